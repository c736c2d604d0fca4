import type { Knex } from 'knex';
import { repairedChange, type Cause, type Change } from '../domain/audit.ts';
import { NeedsPerson, type Fields } from '../domain/finding.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import {
  overReturnedLines,
  returnDiscrepancies,
  returnedTooSoon,
  returnFields,
  type LoggedReturn,
  type ReturnDiscrepancy,
} from '../persistence/books/returns.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import { lockOrder } from '../persistence/orders.ts';
import { setReturn } from '../persistence/repairs.ts';
import { readOrderedLine } from '../persistence/returns.ts';
import { lockProducts } from '../persistence/stock-levels.ts';
import { readWarehouseIds } from '../persistence/warehouses.ts';
import { agreedOrderFields } from './agreed-order.ts';

/** What brings a return and its entries together again. */
interface ReturnRepair {
  readonly write?: Knex.QueryBuilder;
  readonly change: Change;
}

/**
 * Gives the rows of an order's returns what their audit entries say; a return without an entry, or with several, is taken as it stands.
 * Stock is not touched: what came back into it is in the entries of the stock level.
 * @returns what was done; undefined when everything agrees by now
 * @throws NeedsPerson when a return cannot be written down again, when more came back than was delivered, or before it was delivered
 */
export async function restoreReturns(db: Knex, orderId: string, cause: Cause): Promise<string | undefined> {
  const restored = await db.transaction(async (trx) => {
    await lockProducts(trx, trx('order_lines').where({ order_id: orderId }).select('product_id'));
    await lockOrder(trx, orderId);
    const discrepancies = await returnDiscrepancies(trx, [orderId]);
    if (discrepancies.length === 0) return false;
    const order = await agreedOrderFields(trx, orderId);
    const repairs: ReturnRepair[] = [];
    for (const discrepancy of discrepancies) repairs.push(await repairOf(trx, discrepancy, order));
    await writeTogether(trx, [
      ...repairs.flatMap(({ write }) => write ?? []),
      auditEntries(
        trx,
        repairs.map(({ change }) => change),
        cause,
      ),
    ]);
    return true;
  });
  await assertPlausible(db, orderId);
  return restored ? 'its returns and their audit entries agree again' : undefined;
}

async function repairOf(trx: Transaction, discrepancy: ReturnDiscrepancy, order: Fields): Promise<ReturnRepair> {
  const { id, orderId, row, log, entries } = discrepancy;
  const change = (repaired: Fields, reason: string): Change => {
    const [found, then] = [row && returnFields(id, row), repaired].map((fields) => ({ ...order, return: fields }));
    return repairedChange('Order', orderId, found as object, then as object, reason);
  };
  if (log !== null && (row === null || entries === 1)) {
    const write = setReturn(trx, id, { ...log, warehouseId: await placeOf(trx, id, log) });
    return { write, change: change(returnFields(id, log), 'a return was restored from its audit entry') };
  }
  // The rule finds nothing that has neither an entry nor a row.
  if (row === null) throw new Error(`Nothing tells of return ${id}`);
  const why = log === null ? 'a return had no audit entry' : 'a return had several audit entries';
  return { change: change(returnFields(id, row), `${why}: taken as it stands`) };
}

/** Where a return's units were put, by its entry. */
async function placeOf(
  trx: Transaction,
  id: string,
  { orderId, line, warehouse }: LoggedReturn,
): Promise<string | null> {
  if (!(await readOrderedLine(trx, orderId, line))) {
    throw new NeedsPerson(
      `Return ${id} is of line ${line} of order ${orderId}, which has no such line: restore it from a backup.`,
    );
  }
  if (warehouse === null) return null;
  const warehouseId = (await readWarehouseIds(trx, [warehouse])).get(warehouse);
  if (warehouseId !== undefined) return warehouseId;
  throw new NeedsPerson(`Return ${id} went into the warehouse ${warehouse}, which is gone: restore it from a backup.`);
}

/** @throws NeedsPerson when the returns of an order say what cannot have been */
async function assertPlausible(db: Knex, orderId: string): Promise<void> {
  const [over] = await overReturnedLines(db, [orderId]);
  if (over) {
    const { line, quantity, returned } = over;
    throw new NeedsPerson(
      `${returned} units of line ${line} of order ${orderId} came back, and it is for ${quantity}: find out which is wrong, and ` +
        'correct its rows in returns or in order_lines by hand.',
    );
  }
  const [tooSoon] = await returnedTooSoon(db, [orderId]);
  if (tooSoon) {
    throw new NeedsPerson(
      `Order ${orderId} is ${tooSoon.status} and has returns: move it on to delivered if it was, else correct its rows in returns ` +
        'by hand.',
    );
  }
}
