// The project's own lint rules about SQL and transactions, run by oxlint. Each rule's file says what it is for.
import { noCaughtSqlError } from './no-caught-sql-error.js';
import { noHandHeldTransaction } from './no-hand-held-transaction.js';
import { noTemplateInRaw } from './no-template-in-raw.js';

// oxlint reads a plugin from the default export.
// oxlint-disable-next-line import/no-default-export
export default {
  meta: { name: 'earmark' },
  rules: {
    'no-caught-sql-error': noCaughtSqlError,
    'no-hand-held-transaction': noHandHeldTransaction,
    'no-template-in-raw': noTemplateInRaw,
  },
};
