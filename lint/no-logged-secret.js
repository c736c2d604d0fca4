import { containing } from './input.js';
import { calledMethod, propertyName, unwrap } from './syntax.js';

const message =
  'A log is read by many and kept for long: log what is needed by name, never credentials or all of the headers, settings or variables.';

const levels = new Set(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'log']);
const logs = /^(?:console|log|logger|#?log)$/i;
const secret =
  /^(?:headers|headersDistinct|rawHeaders|authorization|cookies?|env|config|connectionString|databaseUrl|credentials?|passw(?:or)?d|secret|token|apiKey|key_?secret)$/i;

/** Headers, settings and variables hold credentials: they are not logged as a whole, nor are credentials themselves. */
export const noLoggedSecret = {
  meta: { type: 'problem', docs: { description: 'No credentials in logs.' } },
  create(context) {
    return {
      CallExpression(node) {
        if (!levels.has(calledMethod(node)) || !logs.test(nameOf(unwrap(unwrap(node.callee).object)))) return;
        const told = node.arguments.find((argument) => containing(argument, context.sourceCode, isSecret));
        if (told) context.report({ node: told, message });
      },
    };
  },
};

/** `config` itself is one, `config.port` is none. */
function isSecret(node) {
  if (node.type !== 'Identifier' && node.type !== 'MemberExpression') return false;
  const isLookedInto = node.parent.type === 'MemberExpression' && node.parent.object === node;
  return secret.test(nameOf(node)) && (!isLookedInto || nameOf(node) === 'env' || /headers/i.test(nameOf(node)));
}

function nameOf(node) {
  return String((node.type === 'MemberExpression' ? propertyName(node) : node.name) ?? '');
}
