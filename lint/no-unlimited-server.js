import { calledMethod, propertyName, unwrap } from './syntax.js';

const message =
  'A caller who says nothing holds this for ever: createServer({ headersTimeout, requestTimeout, keepAliveTimeout, … }, …).';

const modules = /^(?:node:)?(?:http|https|http2)$/;
const limits = ['headersTimeout', 'requestTimeout', 'keepAliveTimeout'];

/** A server says for how long it waits for its callers. */
export const noUnlimitedServer = {
  meta: { type: 'problem', docs: { description: 'No HTTP server without time limits.' } },
  create(context) {
    const { sourceCode } = context;
    return {
      CallExpression(node) {
        if (!makesServer(node, sourceCode)) return;
        const [options] = node.arguments.map(unwrap);
        const given =
          options?.type === 'ObjectExpression' ? options.properties.filter(({ key }) => key).map(propertyName) : [];
        if (!limits.every((limit) => given.includes(limit))) context.report({ node, message });
      },
    };
  },
};

function makesServer(node, sourceCode) {
  const callee = unwrap(node.callee);
  if (/^create(?:Secure)?Server$/.test(calledMethod(node) ?? ''))
    return /^(?:http|https|http2)$/.test(callee.object.name);
  if (callee.type !== 'Identifier' || !/^create(?:Secure)?Server$/.test(callee.name)) return false;
  let scope = sourceCode.getScope(callee);
  while (scope && !scope.set.has(callee.name)) scope = scope.upper;
  return modules.test(scope?.set.get(callee.name).defs[0]?.parent?.source?.value ?? '');
}
