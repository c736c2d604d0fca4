import type { Knex } from 'knex';
import type { Cause, Change } from '../domain/audit.ts';
import { DomainError, notFound } from '../domain/errors.ts';
import { defaultWarehouse } from '../domain/product.ts';
import type { Freed } from '../domain/waiting.ts';
import type { Warehouse } from '../domain/warehouse.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { breaksConstraint } from '../persistence/broken-constraint.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import {
  codeConstraint,
  insertWarehouse,
  lockWarehouse,
  readWarehouse,
  readWarehouseIds,
  updateWarehouse,
  type NewWarehouse,
  type WarehouseChanges,
} from '../persistence/warehouses.ts';
import { lockProducts } from '../persistence/stock-levels.ts';
import { readAwaited, readTurns } from '../persistence/waiting-list.ts';

/**
 * Creates a warehouse. There is no stock in it yet.
 * @throws DomainError code-taken
 */
export async function createWarehouse(db: Knex, warehouse: NewWarehouse, cause: Cause): Promise<Warehouse> {
  const { code, name, region, priority, active } = warehouse;
  const taken = () => new DomainError('code-taken', `The warehouse code ${code} is taken.`, { warehouse: code });
  // Migrations made it. An inactive second one would break the rule that it is active before the code is looked at.
  if (code === defaultWarehouse) throw taken();
  const created: Change = {
    action: 'WAREHOUSE_CREATED',
    objectType: 'Warehouse',
    objectId: code,
    oldValue: null,
    newValue: { code, name, region, priority, active },
  };
  const writing = db.transaction(async (trx) => {
    await writeTogether(trx, [insertWarehouse(trx, warehouse), auditEntries(trx, [created], cause)]);
    return reread(trx, code);
  });
  // Caught outside: an SQL error swallowed inside a transaction would look like success.
  return writing.catch((error: unknown) => {
    throw breaksConstraint(error, codeConstraint) ? taken() : error;
  });
}

/**
 * Changes name, region, priority or activity of a warehouse. What is as it was writes no audit entry.
 * @throws DomainError not-found; default-warehouse when the default one would become inactive
 */
export async function changeWarehouse(
  db: Knex,
  code: string,
  changes: WarehouseChanges,
  cause: Cause,
): Promise<Freed<Warehouse>> {
  const value = await db.transaction(async (trx) => {
    const current = await lockWarehouse(trx, code);
    if (!current) throw notFound('Warehouse', code);
    if (code === defaultWarehouse && changes.active === false) {
      const why = `${code} takes stock when no warehouse is named, so it stays active.`;
      throw new DomainError('default-warehouse', why, { warehouse: code });
    }
    const changed = (Object.keys(changes) as (keyof WarehouseChanges)[]).filter(
      (field) => changes[field] !== current[field],
    );
    if (changed.length === 0) return current;
    const pick = (of: WarehouseChanges) => Object.fromEntries(changed.map((field) => [field, of[field]]));
    const change: Change = {
      action: 'WAREHOUSE_UPDATED',
      objectType: 'Warehouse',
      objectId: code,
      oldValue: pick(current),
      newValue: pick(changes),
    };
    await writeTogether(trx, [updateWarehouse(trx, code, changes), auditEntries(trx, [change], cause)]);
    return reread(trx, code);
  });
  return { value, turns: changes.active ? await turnsOfAll(db) : [] };
}

/** Products that are locked at once while turns are looked for: whoever sells one of them waits for that. */
const productsAtOnce = 50;

/**
 * Whose turn it is, of whatever product: what lies in a warehouse that is active again can be had again. Only behind the commit, and under
 * the locks: no product's lock guards the warehouse, so whoever counts units into it meanwhile sees it inactive until then.
 */
async function turnsOfAll(db: Knex): Promise<readonly string[]> {
  const products = await readAwaited(db).catch((): string[] => []);
  const turns: string[] = [];
  for (let from = 0; from < products.length; from += productsAtOnce) {
    const some = products.slice(from, from + productsAtOnce);
    const looking = db.transaction(async (trx) => readTurns(trx, await lockProducts(trx, some)));
    // The warehouse is changed by now, and a product that is busy must not make that look failed: the schedule finds whose turn it is.
    turns.push(...(await looking.catch((): readonly string[] => [])));
  }
  return turns;
}

/**
 * The ids of warehouses by their codes.
 * @throws DomainError not-found for the first that is not there
 */
export async function findWarehouses(trx: Transaction, codes: readonly string[]): Promise<(code: string) => string> {
  const ids = await readWarehouseIds(trx, codes);
  const idOf = (code: string): string => {
    const id = ids.get(code);
    if (id === undefined) throw notFound('Warehouse', code);
    return id;
  };
  for (const code of codes) idOf(code);
  return idOf;
}

async function reread(trx: Transaction, code: string): Promise<Warehouse> {
  const warehouse = await readWarehouse(trx, code);
  if (!warehouse) throw new Error(`Warehouse ${code} was written and cannot be read`);
  return warehouse;
}
