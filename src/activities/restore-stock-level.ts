import type { Knex } from 'knex';
import { repairedChange, type Cause } from '../domain/audit.ts';
import { NeedsPerson } from '../domain/finding.ts';
import { limits } from '../domain/limits.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import {
  stockDiscrepancies,
  stockFields,
  unitsSoldByLostReservations,
  unplacedUnits,
  type StockDiscrepancy,
} from '../persistence/books/stock.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import { setStockLevel } from '../persistence/repairs.ts';
import { lockProducts, lockStock } from '../persistence/stock-levels.ts';

/**
 * Gives a stock level the total that its audit entries add up to, and as `reserved` what active reservations hold. A level whose
 * beginning no entry tells keeps its total, and so does one that lacks units which a reservation whose row is gone may have sold:
 * otherwise they would be sold again.
 * @param id `<product id>/<warehouse code>`
 * @returns what was done; undefined when everything agrees by now
 * @throws NeedsPerson when that would leave fewer than no units available, or when nothing says where units of the product are
 */
export async function restoreStockLevel(db: Knex, id: string, cause: Cause): Promise<string | undefined> {
  const [productId = '', warehouse = ''] = id.split('/');
  return db.transaction(async (trx) => {
    const locked = await lockStock(trx, [productId]);
    // That finds a product by its levels, and this may be the last one.
    if (locked.size === 0) await lockProducts(trx, [productId]);
    const [discrepancy] = await stockDiscrepancies(trx, [id]);
    if (!discrepancy) return undefined;
    const { row, held } = discrepancy;
    const [unplaced] = await unplacedUnits(trx, productId);
    if (unplaced !== undefined) {
      throw new NeedsPerson(
        `Nothing says which units of stock level ${id} belong to ${unplaced}: repair that first, and run this again.`,
      );
    }
    const { total, reason } = await totalOf(trx, discrepancy);
    const figures = { total, available: total - held, reserved: held };
    if (figures.available < 0 || total > limits.stock) {
      throw new NeedsPerson(
        `Stock level ${id} would have ${total} units, and reservations hold ${held}: count the units, adjust the product's stock ` +
          'by what is missing in the books, and run this again.',
      );
    }
    const found = row && stockFields(row);
    await writeTogether(trx, [
      setStockLevel(trx, productId, warehouse, figures),
      auditEntries(trx, [repairedChange('StockLevel', id, found, stockFields(figures), reason)], cause),
    ]);
    return reason;
  });
}

/** The total that a level is to have, and why. */
async function totalOf(
  trx: Transaction,
  { row, log, recorded }: StockDiscrepancy,
): Promise<{ readonly total: number; readonly reason: string }> {
  if (row !== null && !recorded) {
    return { total: row.total, reason: 'no audit entry said how it began: taken as it stands' };
  }
  const lacking = row === null ? 0 : log.total - row.total;
  if (row !== null && lacking > 0 && lacking <= (await unitsSoldByLostReservations(trx))) {
    return {
      total: row.total,
      reason: 'a reservation that is gone may have sold what it lacks: its total was taken as it stands',
    };
  }
  return { total: log.total, reason: 'restored from its audit entries' };
}
