import type { Knex } from 'knex';
import { stockChange, stockLevelId, type Cause } from '../domain/audit.ts';
import { DomainError, notFound } from '../domain/errors.ts';
import { defaultWarehouse, type Product } from '../domain/product.ts';
import { applyDelta, noStock, stockMoves, type StockFigures } from '../domain/stock.ts';
import type { Transfer } from '../domain/transfer.ts';
import type { Freed } from '../domain/waiting.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import { readProduct } from '../persistence/products.ts';
import { changeStock, lockStock, lockStockIn, type LockedProduct } from '../persistence/stock-levels.ts';
import { readTransfer } from '../persistence/stock-transfers.ts';
import { readTurns } from '../persistence/waiting-list.ts';
import { findWarehouses } from './warehouses.ts';

/** Units counted in (positive) or out (negative) by hand, or the total of a level as it was counted. */
export type StockAdjustment = {
  readonly reason: string;
  /** By its code; the default one when there is none. */
  readonly warehouse?: string;
} & (
  | { readonly delta: number }
  /** `expected`: the total that it replaces. */
  | { readonly setTo: number; readonly expected?: number }
);

/**
 * Adjusts the stock of a product in one warehouse. A total that is there already writes nothing.
 * @throws DomainError not-found; stock-moved when the total is not the expected one; stock-conflict when it would cut into reserved
 * stock or exceed what a level can hold
 */
export async function adjustStock(
  db: Knex,
  id: string,
  adjustment: StockAdjustment,
  cause: Cause,
): Promise<Freed<Product>> {
  const { reason, warehouse = defaultWarehouse } = adjustment;
  return db.transaction(async (trx) => {
    const warehouseId = (await findWarehouses(trx, [warehouse]))(warehouse);
    const level = await lockLevel(trx, id, warehouseId, adjustment);
    const delta = deltaOf(adjustment, level, warehouse);
    if (delta !== 0) {
      const move = stockMoves.adjust(delta);
      const figures = { from: level, to: applyDelta(level, move, warehouse) };
      const moved = { productId: id, warehouseId, type: 'adjusted', delta: move, of: {}, reason } as const;
      await writeTogether(trx, [
        ...changeStock(trx, [moved], cause),
        auditEntries(trx, [stockChange('STOCK_ADJUSTED', stockLevelId(id, warehouse), figures, { reason })], cause),
      ]);
    }
    const product = await readProduct(trx, id);
    if (!product) throw new Error(`Product ${id} was adjusted and cannot be read`);
    return { value: product, turns: await readTurns(trx, [id]) };
  });
}

/** A transfer as it is asked for. */
export type NewTransfer = Omit<Transfer, 'actor' | 'createdAt'>;

/**
 * Moves available units of a product from one warehouse to another.
 * @throws DomainError not-found; stock-conflict when there are not enough units available, or more than the target can hold
 */
export async function transferStock(db: Knex, transfer: NewTransfer, cause: Cause): Promise<Freed<Transfer>> {
  const { id, productId, from, to, quantity, reason } = transfer;
  return db.transaction(async (trx) => {
    const idOf = await findWarehouses(trx, [from, to]);
    const places = [from, to].map((code) => ({ productId, warehouseId: idOf(code) }));
    const product = (await lockStockIn(trx, places)).get(productId);
    if (!product) throw notFound('Product', productId);
    const steps = [
      { warehouse: from, type: 'transferred-out', delta: stockMoves.transferOut(quantity) },
      { warehouse: to, type: 'transferred-in', delta: stockMoves.transferIn(quantity) },
    ] as const;
    const moves = steps.map(({ warehouse, type, delta }) => {
      return { productId, warehouseId: idOf(warehouse), type, delta, of: { transferId: id }, reason };
    });
    const changes = steps.map(({ warehouse, delta }) => {
      const level = levelIn(product, idOf(warehouse));
      const figures = { from: level, to: applyDelta(level, delta, warehouse) };
      return stockChange('STOCK_TRANSFERRED', stockLevelId(productId, warehouse), figures, { reason, transfer: id });
    });
    await writeTogether(trx, [...changeStock(trx, moves, cause), auditEntries(trx, changes, cause)]);
    const made = await readTransfer(trx, id);
    if (!made) throw new Error(`Transfer ${id} was made and cannot be read`);
    return { value: made, turns: await readTurns(trx, [productId]) };
  });
}

/**
 * Locks the level that is to be adjusted, and opens it if need be.
 * @throws DomainError not-found when there is no such product
 */
async function lockLevel(
  trx: Transaction,
  productId: string,
  warehouseId: string,
  adjustment: StockAdjustment,
): Promise<StockFigures> {
  // To have no units somewhere, no level is opened: nothing would tell of it.
  const opens = !('setTo' in adjustment && adjustment.setTo === 0);
  const locked = await (opens ? lockStockIn(trx, [{ productId, warehouseId }]) : lockStock(trx, [productId]));
  const product = locked.get(productId);
  if (!product) throw notFound('Product', productId);
  return levelIn(product, warehouseId);
}

/** @throws DomainError stock-moved */
function deltaOf(adjustment: StockAdjustment, { total }: StockFigures, warehouse: string): number {
  if ('delta' in adjustment) return adjustment.delta;
  const { setTo, expected = total } = adjustment;
  if (expected !== total) {
    const found = `The stock in ${warehouse} is ${total} and not ${expected}. Look at it again, and count again if need be.`;
    throw new DomainError('stock-moved', found, { warehouse, expected, total });
  }
  return setTo - total;
}

function levelIn({ levels }: LockedProduct, warehouseId: string): StockFigures {
  return levels.find((level) => level.warehouseId === warehouseId) ?? noStock;
}
