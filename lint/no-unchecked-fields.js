import { comesFromCaller, containing, requests } from './input.js';
import { calledMethod, unwrap } from './syntax.js';

const message = 'Fields that nobody checked: name those that are meant, or parse with a strict schema first.';

/** `request` is the name of what was checked. */
const unchecked = requests.filter((name) => name !== 'request');
const writers = new Set(['insert', 'update', 'merge', 'where', 'whereNot', 'andWhere', 'orWhere', 'having']);

/**
 * What was sent is not poured into an object or a query: a field too many would be written, or would change the prototype. The `request`
 * of a route is checked by its schemas; `ctx` and the result of JSON.parse are as they came.
 */
export const noUncheckedFields = {
  meta: { type: 'problem', docs: { description: 'No object or query made of fields that were not checked.' } },
  create(context) {
    const { sourceCode } = context;
    const isRaw = (node) => containing(node, sourceCode, isParsed) || comesFromCaller(node, sourceCode, unchecked);
    const judge = (node) => {
      if (node && isRaw(node)) context.report({ node, message });
    };
    return {
      'ObjectExpression > SpreadElement': ({ argument }) => judge(unwrap(argument)),
      CallExpression(node) {
        const method = calledMethod(node);
        const isAssign = method === 'assign' && unwrap(node.callee).object.name === 'Object';
        if (isAssign) node.arguments.slice(1).forEach((each) => judge(unwrap(each)));
        else if (writers.has(method) && isWhole(node.arguments[0])) judge(node.arguments[0]);
      },
    };
  },
};

/** One value in an object of ours is bound; an object that is theirs is not ours. */
function isWhole(node) {
  return ['MemberExpression', 'Identifier', 'CallExpression'].includes(unwrap(node)?.type);
}

function isParsed(node) {
  return node.type === 'CallExpression' && calledMethod(node) === 'parse' && unwrap(node.callee).object.name === 'JSON';
}
