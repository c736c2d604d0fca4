import type { Knex } from 'knex';
import { repairedChange, type Cause } from '../domain/audit.ts';
import { NeedsPerson, type Fields } from '../domain/finding.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { waitDiscrepancies, waitFields, type WaitDiscrepancy } from '../persistence/books/waiting.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import { lockOrder } from '../persistence/orders.ts';
import { readLines } from '../persistence/repairs.ts';
import { lockProducts } from '../persistence/stock-levels.ts';
import { productsOfOrder, readPlaceBetween, restoreWait, setWait } from '../persistence/waiting-repairs.ts';
import { agreedOrderFields } from './agreed-order.ts';

/**
 * Gives an order's place in its waiting list what its audit entries add up to; a row that is gone comes back where it was in the list. Where
 * the entries tell nothing, or contradict one another, the row is taken as it stands.
 * @returns what was done; undefined when everything agrees by now
 * @throws NeedsPerson when the row is gone and cannot be made again
 */
export async function restoreWaiting(db: Knex, orderId: string, cause: Cause): Promise<string | undefined> {
  return db.transaction(async (trx) => {
    await lockProducts(trx, productsOfOrder(trx, orderId));
    await lockOrder(trx, orderId);
    const [discrepancy] = await waitDiscrepancies(trx, [orderId]);
    if (!discrepancy) return undefined;
    const order = await agreedOrderFields(trx, orderId);
    const { row, log, astray } = discrepancy;
    const restored = astray === 0 ? log : null;
    const state = restored ?? row;
    if (state === null) throw cannotComeBack(orderId, 'its audit entries contradict one another');
    const reason =
      restored !== null
        ? 'its place in the waiting list was restored from its audit entries'
        : log === null
          ? 'its place in the waiting list had no audit entries: taken as it stands'
          : 'the audit entries of its place in the waiting list contradict one another: taken as it stands';
    const [found, repaired] = [row && waitFields(row), waitFields(state)].map((waiting) => ({ ...order, waiting }));
    await writeTogether(trx, [
      ...(restored === null ? [] : await writesOf(trx, discrepancy)),
      auditEntries(trx, [repairedChange('Order', orderId, found as Fields, repaired as Fields, reason)], cause),
    ]);
    return reason;
  });
}

/** In a list, since a promise of a query would carry it out. */
async function writesOf(
  trx: Transaction,
  { orderId, row, log, seconds }: WaitDiscrepancy,
): Promise<(Knex.QueryBuilder | Knex.Raw)[]> {
  if (log === null) throw new Error(`Nothing tells of the place of order ${orderId}`);
  // The lock of any other product is not held.
  if (!(await readLines(trx, orderId)).some(({ productId }) => productId === log.productId)) {
    throw cannotComeBack(orderId, `its audit entries name product ${log.productId}, which is in none of its lines`);
  }
  if (row !== null) return [setWait(trx, orderId, log)];
  const place = await readPlaceBetween(trx, orderId, log.productId);
  if (place === undefined) throw cannotComeBack(orderId, 'there is no room left between those before and behind it');
  return [restoreWait(trx, orderId, { ...log, seconds, place })];
}

function cannotComeBack(orderId: string, why: string): NeedsPerson {
  return new NeedsPerson(
    `The place of order ${orderId} in a waiting list cannot be made again, since ${why}: restore its row in waiting_list from a backup.`,
  );
}
