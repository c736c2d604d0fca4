import type { Knex } from 'knex';
import { repairedChange, type Cause } from '../domain/audit.ts';
import { NeedsPerson } from '../domain/finding.ts';
import { limits } from '../domain/limits.ts';
import { repairPrefix } from '../domain/movement.ts';
import { sumOf, type StockFigures } from '../domain/stock.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { ledgerDiscrepancies, type LedgerDiscrepancy } from '../persistence/books/ledger.ts';
import {
  stockDiscrepancies,
  stockFields,
  unitsSoldByLostReservations,
  unplacedUnits,
  type StockDiscrepancy,
} from '../persistence/books/stock.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import { setStockLevel } from '../persistence/repairs.ts';
import { lockProducts } from '../persistence/stock-levels.ts';
import { insertMovements } from '../persistence/stock-movements.ts';
import { readWarehouseIds } from '../persistence/warehouses.ts';

const noStock: StockFigures = { total: 0, available: 0, reserved: 0 };

/**
 * Gives a stock level the total that its audit entries add up to, and as `reserved` what active reservations hold. A level whose
 * beginning no entry tells keeps its total, and so does one that lacks units which a reservation whose row is gone may have sold:
 * otherwise they would be sold again. A movement brings the ledger to the figures, or tells that the level was set right when the ledger is
 * there already; it is the line from which on the ledger counts, where somebody changed that by hand.
 * @param id `<product id>/<warehouse code>`
 * @returns what was done; undefined when everything agrees by now
 * @throws NeedsPerson when that would leave fewer than no units available, or when nothing says where units of the product are
 */
export async function restoreStockLevel(db: Knex, id: string, cause: Cause): Promise<string | undefined> {
  const [productId = '', warehouse = ''] = id.split('/');
  return db.transaction(async (trx) => {
    await lockProducts(trx, [productId]);
    const [discrepancy] = await stockDiscrepancies(trx, [id]);
    const [ledger] = await ledgerDiscrepancies(trx, [id]);
    if (!discrepancy && !ledger) return undefined;
    const warehouseId = (await readWarehouseIds(trx, [warehouse])).get(warehouse);
    if (warehouseId === undefined) {
      throw new NeedsPerson(`The warehouse of stock level ${id} is gone: restore its row from a backup.`);
    }
    const { figures, reason } = discrepancy ? await figuresOf(trx, id, productId, discrepancy) : figuresBeside(ledger);
    const found = discrepancy ? discrepancy.row : (ledger?.row ?? null);
    const balance = ledger?.balance ?? found ?? noStock;
    const delta = sumOf(figures, { total: -balance.total, available: -balance.available, reserved: -balance.reserved });
    const ledgerDiffered = delta.total !== 0 || delta.reserved !== 0 || (ledger?.astray ?? 0) > 0;
    const move = { productId, warehouseId, type: 'adjusted', delta, of: {}, reason: repairPrefix + reason } as const;
    const fields = (of: StockFigures, ledger: StockFigures) => {
      return { ...stockFields(of), ...(ledgerDiffered ? { ledger: stockFields(ledger) } : {}) };
    };
    const change = repairedChange('StockLevel', id, found && fields(found, balance), fields(figures, figures), reason);
    await writeTogether(trx, [
      setStockLevel(trx, productId, warehouseId, figures),
      // Also when nothing has to be added: no level changes without a movement, and it tells that somebody set this one right.
      insertMovements(trx, [move], cause),
      auditEntries(trx, [change], cause),
    ]);
    return reason;
  });
}

/** The figures of a level that only the ledger disagrees with: its own, as long as there is a row. */
function figuresBeside(ledger: LedgerDiscrepancy | undefined): {
  readonly figures: StockFigures;
  readonly reason: string;
} {
  if (ledger?.row) {
    return { figures: ledger.row, reason: 'the ledger did not agree: it goes on from what the level has' };
  }
  return {
    figures: ledger?.balance ?? noStock,
    reason: 'its row was gone, and no audit entry tells of it: restored from the ledger',
  };
}

/** The figures that a level is to have by its audit entries and by the reservations, and why. */
async function figuresOf(
  trx: Transaction,
  id: string,
  productId: string,
  discrepancy: StockDiscrepancy,
): Promise<{ readonly figures: StockFigures; readonly reason: string }> {
  const { held } = discrepancy;
  const [unplaced] = await unplacedUnits(trx, productId);
  if (unplaced !== undefined) {
    throw new NeedsPerson(
      `Nothing says which units of stock level ${id} belong to ${unplaced}: repair that first, and run this again.`,
    );
  }
  const { total, reason } = await totalOf(trx, discrepancy);
  if (total < held || total > limits.stock) {
    throw new NeedsPerson(
      `Stock level ${id} would have ${total} units, and reservations hold ${held}: count the units, adjust the product's stock ` +
        'by what is missing in the books, and run this again.',
    );
  }
  return { figures: { total, available: total - held, reserved: held }, reason };
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
