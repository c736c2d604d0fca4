import { calledMethod, unwrap, valueOf } from './syntax.js';

const message =
  'SQL is a text that stands in the source: bind values with ? and names with ??, and choose between whole texts.';

/** `raw`, and `whereRaw`, `joinRaw`, `orderByRaw` and so on. */
const takesSql = /^(?:raw|[a-z]\w*Raw)$/;

/**
 * SQL that is put together from pieces lets a value become a statement. Its text is a literal, or a template without `${}`, or a
 * constant that holds one; what varies is bound.
 */
export const noTemplateInRaw = {
  meta: { type: 'problem', docs: { description: 'No SQL put together by templates, concatenation or calls.' } },
  create(context) {
    return {
      CallExpression(node) {
        const [sql] = node.arguments;
        if (!sql || !takesSql.test(calledMethod(node) ?? '')) return;
        if (isPutTogether(sql, context.sourceCode)) context.report({ node: sql, message });
      },
    };
  },
};

function isPutTogether(node, sourceCode) {
  const value = valueOf(node, sourceCode);
  const isPiecemeal = (part) => isPutTogether(part, sourceCode);
  switch (value.type) {
    case 'TemplateLiteral':
      return value.expressions.length > 0;
    case 'BinaryExpression':
      return ![value.left, value.right].every((side) => isLiteralText(unwrap(side)));
    case 'ConditionalExpression':
      return [value.consequent, value.alternate].some(isPiecemeal);
    case 'LogicalExpression':
      return [value.left, value.right].some(isPiecemeal);
    case 'CallExpression':
    case 'TaggedTemplateExpression':
      return true;
    default:
      return false;
  }
}

/** A text over several lines may be joined by `+`. */
function isLiteralText(node) {
  if (node.type === 'BinaryExpression') return [node.left, node.right].every((side) => isLiteralText(unwrap(side)));
  return node.type === 'Literal' || (node.type === 'TemplateLiteral' && node.expressions.length === 0);
}
