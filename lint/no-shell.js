import { calledMethod, propertyName, unwrap } from './syntax.js';

const message = 'A shell reads its line anew: run the program itself, with execFile or spawn and a list of arguments.';

const shells = new Set(['exec', 'execSync']);

/** Programs are started with their arguments as a list. */
export const noShell = {
  meta: { type: 'problem', docs: { description: 'No shell between this program and another.' } },
  create(context) {
    const report = (node) => context.report({ node, message });
    return {
      ImportSpecifier(node) {
        if (/^(?:node:)?child_process$/.test(node.parent.source.value) && shells.has(node.imported.name)) report(node);
      },
      CallExpression(node) {
        const object = unwrap(node.callee).object;
        if (shells.has(calledMethod(node)) && /^(?:cp|child_?process)$/i.test(object?.name ?? '')) report(node);
      },
      Property(node) {
        const isOption = node.parent.type === 'ObjectExpression' && propertyName(node) === 'shell';
        if (isOption && unwrap(node.value).value !== false) report(node);
      },
    };
  },
};
