import { calledMethod, propertyName, unwrap } from './syntax.js';

const parts = new Set(
  'params query body headers headersDistinct rawHeaders url originalUrl href path querystring search host hostname origin'.split(
    ' ',
  ),
);
const readers = new Set(['get', 'header']);
/** What is found by a caller's word is not the caller's word. */
const lookUps = new Set(['get', 'has', 'find', 'includes', 'indexOf']);

/** The names under which requests are known. */
export const requests = ['ctx', 'context', 'req', 'request'];

/**
 * Whether an expression is made from what a caller sent: a part of a request, by itself, in a template, an argument or a constant. What a
 * function of another file makes of it is not followed.
 * @param names of variables that hold requests
 */
export function comesFromCaller(node, sourceCode, names = requests, seen = new Set()) {
  const wanted = (part) => {
    if (isPartOfRequest(part, names)) return true;
    if (part.type !== 'Identifier' || seen.has(part.name)) return false;
    const { id, init } = declarationOf(part, sourceCode) ?? {};
    if (!init) return false;
    if (id.type === 'ObjectPattern' && isRequest(unwrap(init), names)) return takesPart(id, part.name);
    return comesFromCaller(init, sourceCode, names, new Set([...seen, part.name]));
  };
  const isOwn = (part) => part.type === 'CallExpression' && lookUps.has(calledMethod(part));
  return containing(node, sourceCode, wanted, isOwn);
}

/**
 * Whether a node, or a value below it, is `wanted`. Names of properties are no values, and functions are not looked into, nor is what is
 * `closed`.
 */
export function containing(node, sourceCode, wanted, closed = () => false) {
  if (!node || /Function/.test(node.type)) return false;
  if (wanted(node)) return true;
  if (closed(node)) return false;
  const keys = (sourceCode.visitorKeys[node.type] ?? []).filter((key) => key !== 'typeAnnotation');
  return keys
    .filter((key) => node.computed || !(key === 'key' || (node.type === 'MemberExpression' && key === 'property')))
    .flatMap((key) => node[key] ?? [])
    .some((child) => containing(child, sourceCode, wanted, closed));
}

/** `ctx.query.next`, `request.params`, `ctx.get('Host')`. */
function isPartOfRequest(node, names) {
  if (node.type === 'CallExpression') {
    const { object } = unwrap(node.callee);
    return readers.has(calledMethod(node)) && isRequest(unwrap(object), names);
  }
  if (node.type !== 'MemberExpression') return false;
  const object = unwrap(node.object);
  return (parts.has(propertyName(node)) && isRequest(object, names)) || isPartOfRequest(object, names);
}

function isRequest(node, names) {
  if (node.type === 'MemberExpression') {
    return requests.includes(propertyName(node)) && isRequest(unwrap(node.object), names);
  }
  return node.type === 'Identifier' && names.includes(node.name);
}

/** Whether a pattern takes a part of the request under a name. */
function takesPart({ properties }, name) {
  return properties.some((property) => property.value?.name === name && parts.has(propertyName(property)));
}

function declarationOf(identifier, sourceCode) {
  let scope = sourceCode.getScope(identifier);
  while (scope && !scope.set.has(identifier.name)) scope = scope.upper;
  const definition = scope?.set.get(identifier.name).defs[0]?.node;
  return definition?.type === 'VariableDeclarator' ? definition : undefined;
}
