import { allocate } from '../domain/allocation.ts';
import type { Cause, Change } from '../domain/audit.ts';
import type { Order } from '../domain/order.ts';
import { stockMoves } from '../domain/stock.ts';
import type { WaitEnding } from '../domain/waiting.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import { beginHold } from '../persistence/orders.ts';
import { insertReservations } from '../persistence/reservations.ts';
import { changeStock, type LockedProduct } from '../persistence/stock-levels.ts';
import { endWait, isFirst, readWait } from '../persistence/waiting-list.ts';
import { movesOf } from './allocate-items.ts';
import { reservationIdOf } from './place-order.ts';
import { reservationCreated } from './reservation-change.ts';

/**
 * Reserves the units of an order that waits, when it is the first in its list and they are there; its normal hold begins. The caller
 * holds the lock of its product.
 * @returns whether it was served
 */
export async function serveWaiting(
  trx: Transaction,
  order: Order,
  products: ReadonlyMap<string, LockedProduct>,
  cause: Cause,
): Promise<boolean> {
  const { id: orderId } = order;
  const wait = await readWait(trx, orderId);
  const product = wait && products.get(wait.productId);
  if (!wait || wait.endedAs !== null || !product?.active || !(await isFirst(trx, orderId, product.id))) return false;
  const { quantity, holdSeconds } = wait;
  const outcome = allocate([{ quantity, levels: product.levels }], {
    strategy: order.allocation,
    region: order.region,
  });
  if ('unmet' in outcome) return false;
  const [line] = order.lines;
  const number = line?.line ?? 1;
  const allocations = outcome.met[0]?.allocations ?? [];
  const of = { id: reservationIdOf(orderId, number), orderId, line: number, productId: product.id, quantity };
  const reservation = { ...of, holdSeconds, heldBy: order.placedBy, allocations };
  await writeTogether(trx, [
    endWait(trx, orderId, 'served'),
    beginHold(trx, orderId, holdSeconds),
    ...insertReservations(trx, [reservation], null),
    ...changeStock(trx, movesOf([reservation], { type: 'reserved', move: stockMoves.reserve }), cause),
    auditEntries(trx, [waitingEnded(orderId, product.id, quantity, 'served'), reservationCreated(reservation)], cause),
  ]);
  return true;
}

/** The audit entry of an order that left its waiting list. */
export function waitingEnded(orderId: string, product: string, qty: number, endedAs: WaitEnding): Change {
  return {
    action: 'WAITING_ENDED',
    objectType: 'Order',
    objectId: orderId,
    oldValue: { product, qty },
    newValue: { product, qty, ended_as: endedAs },
  };
}
