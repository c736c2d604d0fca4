import { calledMethod, findInBody, isFunction, propertyName, unwrap, valueOf } from './syntax.js';

const message = 'Use db.transaction(async (trx) => …): a hand-held COMMIT that failed looks like success.';

const ending = new Set(['commit', 'rollback', 'transactionProvider']);
const transactionControl = /^\s*(?:begin|start\s+transaction|commit|rollback|end|abort|savepoint|release)\b/i;
/** What `transaction(…)` can be given that certainly is not the work to do in it. */
const notWork = new Set(['ObjectExpression', 'Literal', 'TemplateLiteral']);

/**
 * `await trx.commit()` resolves even when COMMIT failed, so Knex alone ends a transaction: when the promise settles that the
 * function passed to `db.transaction` gave.
 */
export const noHandHeldTransaction = {
  meta: { type: 'problem', docs: { description: 'Transactions only as db.transaction(async (trx) => …).' } },
  create(context) {
    const { sourceCode } = context;
    const report = (node) => context.report({ node, message });
    return {
      CallExpression(node) {
        const method = calledMethod(node);
        const first = node.arguments[0] && valueOf(node.arguments[0], sourceCode);
        if (method === 'transaction' && isHandHeld(first, sourceCode)) report(node);
        if (method === 'raw' && first && transactionControl.test(textOf(first))) report(node);
      },
      MemberExpression(node) {
        if (ending.has(propertyName(node)) && !isMigrator(unwrap(node.object))) report(node.property);
      },
      'ObjectPattern > Property'(node) {
        if (ending.has(propertyName(node))) report(node);
      },
    };
  },
};

/** Knex waits for what the function returns; one that returns nothing leaves the transaction to whoever commits it. */
function isHandHeld(work, sourceCode) {
  if (!work || notWork.has(work.type) || (work.type === 'Identifier' && work.name === 'undefined')) return true;
  if (!isFunction(work) || work.async || work.body.type !== 'BlockStatement') return false;
  return findInBody(work.body, ({ type, argument }) => type === 'ReturnStatement' && argument, sourceCode).length === 0;
}

/** `db.migrate.rollback` goes back in the schema. */
function isMigrator(object) {
  return object.type === 'MemberExpression' && propertyName(object) === 'migrate';
}

function textOf(node) {
  if (node.type === 'TemplateLiteral') return node.quasis[0].value.raw;
  return typeof node.value === 'string' ? node.value : '';
}
