// The project's own lint rules about SQL, transactions and security, run by oxlint. Each rule's file says what it is for.
import { noCallerChosenTarget } from './no-caller-chosen-target.js';
import { noCaughtSqlError } from './no-caught-sql-error.js';
import { noHandHeldTransaction } from './no-hand-held-transaction.js';
import { noLoggedSecret } from './no-logged-secret.js';
import { noNestedQuantifier } from './no-nested-quantifier.js';
import { noOpenComparison } from './no-open-comparison.js';
import { noShell } from './no-shell.js';
import { noTemplateInRaw } from './no-template-in-raw.js';
import { noUncheckedFields } from './no-unchecked-fields.js';
import { noUnlimitedServer } from './no-unlimited-server.js';
import { noUnverifiedPeer } from './no-unverified-peer.js';
import { noWeakCrypto } from './no-weak-crypto.js';

// oxlint reads a plugin from the default export.
// oxlint-disable-next-line import/no-default-export
export default {
  meta: { name: 'earmark' },
  rules: {
    'no-caller-chosen-target': noCallerChosenTarget,
    'no-caught-sql-error': noCaughtSqlError,
    'no-hand-held-transaction': noHandHeldTransaction,
    'no-logged-secret': noLoggedSecret,
    'no-nested-quantifier': noNestedQuantifier,
    'no-open-comparison': noOpenComparison,
    'no-shell': noShell,
    'no-template-in-raw': noTemplateInRaw,
    'no-unchecked-fields': noUncheckedFields,
    'no-unlimited-server': noUnlimitedServer,
    'no-unverified-peer': noUnverifiedPeer,
    'no-weak-crypto': noWeakCrypto,
  },
};
