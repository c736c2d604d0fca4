import { calledMethod, propertyName, unwrap } from './syntax.js';

const message = 'How long this takes tells how much of it is right: compare hashes of both with timingSafeEqual.';

const secret = /(?:^|[a-z])(?:secret|token|hash|digest|signature|password|apiKey|mac)$/i;
const comparisons = new Set(['===', '!==', '==', '!=']);

/** A secret, or a hash of one, is compared in a time that does not depend on it. */
export const noOpenComparison = {
  meta: { type: 'problem', docs: { description: 'No secret compared with ===.' } },
  create(context) {
    return {
      BinaryExpression(node) {
        if (!comparisons.has(node.operator)) return;
        const sides = [node.left, node.right].map(unwrap);
        if (sides.some(isSecret) && !sides.some(isKnown)) context.report({ node, message });
      },
      CallExpression(node) {
        const sides = [unwrap(node.callee).object, node.arguments[0]].map((side) => side && unwrap(side));
        const isEquality = ['equals', 'localeCompare', 'compare'].includes(calledMethod(node)) && sides.every(Boolean);
        if (isEquality && sides.some(isSecret)) context.report({ node, message });
      },
    };
  },
};

function isSecret(node) {
  const name = node.type === 'MemberExpression' ? propertyName(node) : node.name;
  return typeof name === 'string' && secret.test(name);
}

/** Whether something is there, and of which type, is no secret. */
function isKnown(node) {
  const isNothing = node.type === 'Identifier' && node.name === 'undefined';
  return isNothing || node.type === 'Literal' || (node.type === 'UnaryExpression' && node.operator === 'typeof');
}
