import { calledMethod, findInBody, isFunction, unwrap, valueOf } from './syntax.js';

const message =
  'After an SQL error Postgres undoes the transaction, and Knex reports success if the error was caught. Catch outside, or begin the catch with: if (!(error instanceof DomainError)) throw error;';

/**
 * Nothing catches an SQL error inside a transaction: the COMMIT that follows is a ROLLBACK, and its caller hears of success. A catch
 * may translate every error into another, or pass on everything that is not a refusal of the domain, which is thrown before SQL.
 */
export const noCaughtSqlError = {
  meta: { type: 'problem', docs: { description: 'No caught SQL error inside a transaction.' } },
  create(context) {
    const { sourceCode } = context;
    const report = (node) => {
      if (isInTransaction(node)) context.report({ node, message });
    };
    return {
      TryStatement({ block, handler }) {
        if (handler && !passesOn(handler.param, handler.body) && awaits(block, sourceCode)) report(handler);
      },
      CallExpression(node) {
        const method = calledMethod(node);
        const handler = method === 'catch' ? node.arguments[0] : method === 'then' ? node.arguments[1] : undefined;
        if (method === 'allSettled') report(node);
        else if (handler && !handlerPassesOn(valueOf(handler, sourceCode))) report(handler);
      },
    };
  },
};

/** In a function that is given a transaction, or in the work that is passed to `db.transaction`. */
function isInTransaction(node) {
  for (let inner = node; inner.parent; inner = inner.parent) {
    if (isFunction(inner) && (inner.params.some(isTransaction) || isWorkOfTransaction(inner))) return true;
  }
  return false;
}

function isTransaction(parameter) {
  const annotation = parameter.typeAnnotation?.typeAnnotation;
  const type = annotation?.type === 'TSTypeReference' ? annotation.typeName : undefined;
  return parameter.name === 'trx' || [type?.name, type?.right?.name].includes('Transaction');
}

function isWorkOfTransaction({ parent }) {
  return parent.type === 'CallExpression' && calledMethod(parent) === 'transaction';
}

/** Only what is awaited can be an SQL error. */
function awaits(block, sourceCode) {
  const waits = ({ type, await: each }) => type === 'AwaitExpression' || (type === 'ForOfStatement' && each);
  return findInBody(block, waits, sourceCode).length > 0;
}

function handlerPassesOn(handler) {
  if (!isFunction(handler)) return handler.type === 'Identifier' && handler.name === 'undefined';
  return passesOn(handler.params[0], handler.body);
}

/** Whether a handler throws whatever happened, or first of all everything that is not a DomainError. */
function passesOn(parameter, body) {
  const first = body.type === 'BlockStatement' ? body.body[0] : undefined;
  if (first?.type !== 'IfStatement') return first?.type === 'ThrowStatement';
  const thrown = first.consequent.type === 'BlockStatement' ? first.consequent.body[0] : first.consequent;
  return thrown?.type === 'ThrowStatement' && isNotDomainError(unwrap(first.test), parameter?.name);
}

function isNotDomainError(test, error) {
  if (test.type !== 'UnaryExpression' || test.operator !== '!') return false;
  const { type, operator, left, right } = unwrap(test.argument);
  const isInstance = type === 'BinaryExpression' && operator === 'instanceof';
  return isInstance && left.name === error && right.name === 'DomainError';
}
