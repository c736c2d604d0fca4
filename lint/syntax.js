const functions = new Set(['ArrowFunctionExpression', 'FunctionDeclaration', 'FunctionExpression']);
const wrappers = new Set(['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression', 'ChainExpression']);

/** Whether a node is a function of any form. */
export function isFunction(node) {
  return functions.has(node?.type);
}

/** An expression without the type assertions, `!` and `?.` around it. */
export function unwrap(node) {
  return wrappers.has(node?.type) || node?.type === 'ParenthesizedExpression' ? unwrap(node.expression) : node;
}

/** The name of the property that a member expression or a property of a pattern reads; undefined when it is computed. */
export function propertyName(node) {
  const key = node.type === 'MemberExpression' ? node.property : node.key;
  if (node.computed) return typeof key.value === 'string' ? key.value : undefined;
  return key.name ?? key.value;
}

/** The name of the method that a call calls: `raw` for `db.raw(…)`; undefined for a plain function. */
export function calledMethod(call) {
  const callee = unwrap(call.callee);
  return callee.type === 'MemberExpression' ? propertyName(callee) : undefined;
}

/** What a variable that is declared with `const` holds; every other expression is itself. */
export function valueOf(node, sourceCode) {
  const expression = unwrap(node);
  if (expression?.type !== 'Identifier') return expression;
  let scope = sourceCode.getScope(expression);
  while (scope && !scope.set.has(expression.name)) scope = scope.upper;
  const definition = scope?.set.get(expression.name).defs[0]?.node;
  const held = definition?.type === 'VariableDeclarator' && definition.id.type === 'Identifier' && definition.init;
  return held && definition.parent.kind === 'const' ? unwrap(held) : expression;
}

/** The nodes below a node for which `wanted` holds, without those in nested functions. */
export function findInBody(node, wanted, sourceCode) {
  if (isFunction(node)) return [];
  const children = (sourceCode.visitorKeys[node.type] ?? []).flatMap((key) => node[key] ?? []);
  const below = children.filter(Boolean).flatMap((child) => findInBody(child, wanted, sourceCode));
  return wanted(node) ? [node, ...below] : below;
}
