import type { AuditAction, AuditObjectType } from '../domain/audit.ts';
import type { MovementType } from '../domain/movement.ts';
import type { Transaction } from './database.ts';
import type { DatabaseRole } from './privileges.ts';

/** What catalogue operations and keys leave in the audit log: no repair of an order or a reservation believes any of it. */
const catalogueActions = {
  Product: ['PRODUCT_CREATED', 'PRODUCT_UPDATED', 'LOW_STOCK'],
  Warehouse: ['WAREHOUSE_CREATED', 'WAREHOUSE_UPDATED'],
  StockLevel: ['STOCK_ADJUSTED', 'STOCK_TRANSFERRED'],
  ApiKey: ['KEY_CREATED', 'KEY_REVOKED'],
} satisfies Partial<Record<AuditObjectType, AuditAction[]>>;

const catalogueMovements = ['received', 'adjusted', 'transferred-out', 'transferred-in'] satisfies MovementType[];

const byTheApi = `actor <> 'system' AND workflow_id IS NULL`;

const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ');

const isCatalogueEntry = Object.entries(catalogueActions)
  .map(([type, actions]) => `object_type = '${type}' AND action IN (${quoted(actions)})`)
  .join(' OR ');

/**
 * Which rows a role may add to a table, as a condition in SQL; of tables that are not here, any that it has the columns for. A migration
 * that changes the type of a column that is named here has to drop the policies first; they are made again with the roles.
 */
export const rowRules: Readonly<Record<string, Readonly<Record<DatabaseRole, string>>>> = {
  audit_log: {
    api: `${byTheApi} AND (${isCatalogueEntry})`,
    worker: `action NOT IN (${quoted(catalogueActions.ApiKey)})`,
  },
  stock_movements: {
    // Units are counted and moved between warehouses, never earmarked, sold or taken back.
    api:
      `${byTheApi} AND type IN (${quoted(catalogueMovements)}) AND reserved = 0 ` +
      'AND order_id IS NULL AND reservation_id IS NULL AND return_id IS NULL',
    worker: 'true',
  },
};

/** Of the policy that leaves reading to whoever has SELECT. No user has this name: there is a space in it. */
const readersPolicy = 'everybody reads';

/** Milliseconds that requests wait at most behind this, which itself waits for whoever reads these tables. */
const lockMs = 1_000;

/**
 * Holds roles to {@link rowRules}: one policy for each, which has the user's name. Those of other users stay, so that a role that was
 * renamed goes on until it is dropped. The owner of the tables is not held to any.
 */
export async function holdToRowRules(
  trx: Transaction,
  accounts: readonly { readonly role: DatabaseRole; readonly user: string }[],
): Promise<void> {
  await trx.raw(`SELECT set_config('lock_timeout', ?, true)`, [String(lockMs)]);
  // Before anything else is done to them, so that what waits is nothing but this.
  for (const table of Object.keys(rowRules)) await trx.raw('LOCK TABLE ?? IN ACCESS EXCLUSIVE MODE', [table]);
  for (const [table, rules] of Object.entries(rowRules)) {
    await trx.raw('ALTER TABLE ?? ENABLE ROW LEVEL SECURITY', [table]);
    await trx.raw('DROP POLICY IF EXISTS ?? ON ??', [readersPolicy, table]);
    await trx.raw('CREATE POLICY ?? ON ?? FOR SELECT TO PUBLIC USING (true)', [readersPolicy, table]);
    for (const { role, user } of accounts) {
      await trx.raw('DROP POLICY IF EXISTS ?? ON ??', [user, table]);
      // Written by the server, which quotes: such a statement takes no parameters.
      const { rows } = await trx.raw<{ rows: [{ statement: string }] }>(
        `SELECT format('CREATE POLICY %I ON %I FOR INSERT TO %I WITH CHECK (%s)', ?::text, ?::text, ?::text, ?::text) AS statement`,
        [user, table, user, rules[role]],
      );
      await trx.raw(rows[0].statement);
    }
  }
}
