import type { Knex } from 'knex';
import { repairedChange, type Cause } from '../domain/audit.ts';
import { NeedsPerson } from '../domain/finding.ts';
import { limits } from '../domain/limits.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { stockDiscrepancies, stockFields } from '../persistence/books/stock.ts';
import { writeTogether } from '../persistence/database.ts';
import { setStockLevel } from '../persistence/repairs.ts';
import { lockStock } from '../persistence/stock-levels.ts';

/**
 * Gives a stock level the total that its audit entries add up to, and as `reserved` what active reservations hold. A level whose
 * beginning no entry tells keeps its total.
 * @param id `<product id>/<warehouse code>`
 * @returns what was done; undefined when everything agrees by now
 * @throws NeedsPerson when that would leave fewer than no units available
 */
export async function restoreStockLevel(db: Knex, id: string, cause: Cause): Promise<string | undefined> {
  const [productId = '', warehouse = ''] = id.split('/');
  return db.transaction(async (trx) => {
    await lockStock(trx, [productId]);
    const [discrepancy] = await stockDiscrepancies(trx, [id]);
    if (!discrepancy) return undefined;
    const { row, log, recorded, held } = discrepancy;
    const total = recorded || row === null ? log.total : row.total;
    const figures = { total, available: total - held, reserved: held };
    if (figures.available < 0 || total > limits.stock) {
      throw new NeedsPerson(
        `Stock level ${id} would have ${total} units, and reservations hold ${held}: count the units, adjust the product's stock ` +
          'by what is missing in the books, and run this again.',
      );
    }
    const reason = recorded
      ? 'restored from its audit entries'
      : 'no audit entry said how it began: taken as it stands';
    const found = row && stockFields(row);
    await writeTogether(trx, [
      setStockLevel(trx, productId, warehouse, figures),
      auditEntries(trx, [repairedChange('StockLevel', id, found, stockFields(figures), reason)], cause),
    ]);
    return reason;
  });
}
