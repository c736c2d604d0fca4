import type { Knex } from 'knex';
import { stockChange, stockLevelId, type Cause, type Change } from '../domain/audit.ts';
import { notFound } from '../domain/errors.ts';
import type { KeyNote } from '../domain/key-note.ts';
import type { StockMove } from '../domain/movement.ts';
import type { Order } from '../domain/order.ts';
import { canTransition, invalidTransition, type OrderStatus } from '../domain/order-status.ts';
import { applyDelta, stockMoves } from '../domain/stock.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { writeAndRead, type Transaction } from '../persistence/database.ts';
import { noteKey } from '../persistence/idempotency-keys.ts';
import { lockOrder, rereadOrder, updateStatus } from '../persistence/orders.ts';
import { productsHeldBy, readHeld } from '../persistence/reservations.ts';
import { changeStock, lockStock, type LockedProduct } from '../persistence/stock-levels.ts';
import { readTurns } from '../persistence/waiting-list.ts';
import { movesOf } from './allocate-items.ts';
import { assertOwnStep } from './own-step.ts';
import { statusChange } from './status-change.ts';
import type { Freed } from '../domain/waiting.ts';

export interface AdvanceOrderInput {
  readonly orderId: string;
  readonly newStatus: Exclude<OrderStatus, 'pending' | 'confirmed'>;
  readonly reason?: string;
  /** Noted with the step, unless it was taken before. */
  readonly key?: KeyNote;
}

/** What the audit log says of the units of an order that was cancelled after its confirmation. */
const restockReason = 'order cancelled';

/**
 * Moves a confirmed order on: processing, shipped, delivered, or cancelled, which restocks. An order that is there already is
 * returned as it stands, unless the step was taken under another key.
 * @throws DomainError not-found; invalid-transition when the order is somewhere else by now; stock-conflict when a restock
 * would exceed what a stock level can hold
 */
export async function advanceOrder(db: Knex, input: AdvanceOrderInput, cause: Cause): Promise<Freed<Order>> {
  const { orderId, newStatus, reason, key } = input;
  const restocks = newStatus === 'cancelled';
  return db.transaction(async (trx) => {
    const products = restocks ? await lockStock(trx, productsHeldBy(trx, { orderId })) : undefined;
    const current = await lockOrder(trx, orderId);
    if (!current) throw notFound('Order', orderId);
    const readMoved = async () => {
      const readingTurns = products ? readTurns(trx, Array.from(products.keys())) : [];
      const [order, turns] = await Promise.all([rereadOrder(trx, orderId), readingTurns]);
      return { value: order, turns };
    };
    const done = current.status === newStatus && current.cancelReason !== 'expired';
    if (done) {
      await assertOwnStep(trx, key, { from: current.status, to: newStatus });
      return readMoved();
    }
    // A pending order's hold is ended by a release, which gives back reserved units.
    if (current.status === 'pending' || !canTransition(current.status, newStatus)) {
      throw invalidTransition(current.status, newStatus);
    }
    const { moves, changes } = products ? await restock(trx, input, products) : { moves: [], changes: [] };
    const writes = [
      updateStatus(trx, orderId, newStatus, restocks ? 'requested' : null),
      ...(moves.length > 0 ? changeStock(trx, moves, cause) : []),
      auditEntries(trx, [statusChange(orderId, current.status, newStatus, reason), ...changes], cause),
      ...(key ? [noteKey(trx, key)] : []),
    ];
    return writeAndRead(trx, writes, readMoved);
  });
}

async function restock(
  trx: Transaction,
  { orderId, reason = restockReason }: AdvanceOrderInput,
  products: ReadonlyMap<string, LockedProduct>,
): Promise<{ readonly moves: readonly StockMove[]; readonly changes: readonly Change[] }> {
  const held = await readHeld(trx, { orderId });
  const moves = movesOf(held, { type: 'restocked', move: stockMoves.restock, reason });
  const changes = moves.map(({ productId, warehouseId, delta }) => {
    const level = products.get(productId)?.levels.find((level) => level.warehouseId === warehouseId);
    if (!level) throw new Error(`Product ${productId} has no stock level in warehouse ${warehouseId}`);
    const figures = { from: level, to: applyDelta(level, delta, level.warehouse) };
    return stockChange('STOCK_ADJUSTED', stockLevelId(productId, level.warehouse), figures, { reason: restockReason });
  });
  return { moves, changes };
}
