import type { Knex } from 'knex';
import type { AuditAction, Cause, Change } from '../domain/audit.ts';
import { notFound } from '../domain/errors.ts';
import type { MovementType } from '../domain/movement.ts';
import type { CancelReason, Order } from '../domain/order.ts';
import { canTransition, invalidTransition, type OrderStatus } from '../domain/order-status.ts';
import { belongsToOrder, reservationEnded, type Reservation, type ReservationEnding } from '../domain/reservation.ts';
import { stockMoves, type StockDelta } from '../domain/stock.ts';
import { notReserved, type Freed } from '../domain/waiting.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import { lockOrder, rereadOrder, updateStatus } from '../persistence/orders.ts';
import {
  endReservations,
  productsHeldBy,
  readHeld,
  readReservation,
  type Holder,
} from '../persistence/reservations.ts';
import { changeStock, lockProducts } from '../persistence/stock-levels.ts';
import { productAwaitedBy, readTurns, readWait } from '../persistence/waiting-list.ts';
import { movesOf } from './allocate-items.ts';
import { statusChange } from './status-change.ts';

/** What each way of ending a hold does to the stock, to the order, and what the audit log calls it. */
export const holdEndings: Readonly<
  Record<
    ReservationEnding,
    {
      readonly move: (quantity: number) => StockDelta;
      readonly type: MovementType;
      readonly action: AuditAction;
      readonly status: OrderStatus;
      readonly cancelReason: CancelReason | null;
    }
  >
> = {
  confirmed: {
    move: stockMoves.fulfil,
    type: 'fulfilled',
    action: 'RESERVATION_FULFILLED',
    status: 'confirmed',
    cancelReason: null,
  },
  released: {
    move: stockMoves.giveBack,
    type: 'released',
    action: 'RESERVATION_RELEASED',
    status: 'cancelled',
    cancelReason: 'requested',
  },
  expired: {
    move: stockMoves.giveBack,
    type: 'expired',
    action: 'RESERVATION_EXPIRED',
    status: 'cancelled',
    cancelReason: 'expired',
  },
};

/**
 * Ends the hold of a pending order: its reservations end, its stock moves and the order takes the status that follows, in one
 * locked transaction. An order that this very step has brought where it is, is returned as it stands.
 * @throws DomainError not-found; not-reserved of an order that waits; invalid-transition when the order is somewhere else by now
 */
export async function endOrderHold(
  db: Knex,
  input: { readonly orderId: string; readonly reason?: string },
  endedAs: ReservationEnding,
  cause: Cause,
): Promise<Freed<Order>> {
  const { orderId, reason } = input;
  const { status, cancelReason } = holdEndings[endedAs];
  return db.transaction(async (trx) => {
    // That of an order that waits as well: it may be served until the lock is there.
    const locking = productsHeldBy(trx, { orderId }).union(productAwaitedBy(trx, orderId));
    const products = await lockProducts(trx, locking);
    const current = await lockOrder(trx, orderId);
    if (!current) throw notFound('Order', orderId);
    const done = current.status === status && current.cancelReason === cancelReason;
    if (!done) {
      // Only a pending order holds stock: a confirmed one is cancelled by a restock, not by a release.
      if (current.status !== 'pending' || !canTransition(current.status, status)) {
        throw invalidTransition(current.status, status);
      }
      await writeEnding(trx, { orderId }, endedAs, cause, {
        writes: [updateStatus(trx, orderId, status, cancelReason)],
        changes: [statusChange(orderId, current.status, status, reason)],
        reason,
      });
    }
    const order = await rereadOrder(trx, orderId);
    return { value: order, turns: await turnsBehind(trx, endedAs, products) };
  });
}

/**
 * Ends a reservation that stands alone. One that has ended the same way is returned as it stands.
 * @throws DomainError not-found; belongs-to-order; reservation-ended when it ended another way
 */
export async function endReservationHold(
  db: Knex,
  { reservationId, reason }: { readonly reservationId: string; readonly reason?: string },
  endedAs: ReservationEnding,
  cause: Cause,
): Promise<Freed<Reservation>> {
  return db.transaction(async (trx) => {
    const products = await lockProducts(trx, productsHeldBy(trx, { reservationId }));
    const reservation = await readReservation(trx, reservationId);
    if (!reservation) throw notFound('Reservation', reservationId);
    if (reservation.orderId !== null) throw belongsToOrder(reservation.orderId);
    if (reservation.endedAs !== null && reservation.endedAs !== endedAs) throw reservationEnded(reservation.endedAs);
    if (reservation.endedAs === null) {
      await writeEnding(trx, { reservationId }, endedAs, cause, { writes: [], changes: [], reason });
    }
    const value = { ...reservation, endedAs, isActive: false, confirmed: endedAs === 'confirmed' };
    return { value, turns: await turnsBehind(trx, endedAs, products) };
  });
}

/** Whose turn it is behind a hold that ended. Behind one that ended with a sale nothing is free. */
async function turnsBehind(
  trx: Transaction,
  endedAs: ReservationEnding,
  products: readonly string[],
): Promise<readonly string[]> {
  return endedAs === 'confirmed' ? [] : readTurns(trx, products);
}

async function writeEnding(
  trx: Transaction,
  holder: Holder,
  endedAs: ReservationEnding,
  cause: Cause,
  also: {
    readonly writes: readonly Knex.QueryBuilder[];
    readonly changes: readonly Change[];
    readonly reason?: string | undefined;
  },
): Promise<void> {
  const { move, type, action } = holdEndings[endedAs];
  const held = (await readHeld(trx, holder)).filter((reservation) => reservation.endedAs === null);
  // Only then: whoever holds units does not wait for them.
  if (held.length === 0 && 'orderId' in holder) await assertNotWaiting(trx, holder.orderId);
  const ids = held.map(({ id }) => id);
  const ended = held.map<Change>(({ id, quantity }) => ({
    action,
    objectType: 'Reservation',
    objectId: id,
    oldValue: { qty: quantity },
    newValue: { qty: quantity },
  }));
  await writeTogether(trx, [
    ...also.writes,
    endReservations(trx, ids, endedAs),
    ...changeStock(trx, movesOf(held, { type, move, reason: also.reason }), cause),
    auditEntries(trx, [...ended, ...also.changes], cause),
  ]);
}

async function assertNotWaiting(trx: Transaction, orderId: string): Promise<void> {
  const wait = await readWait(trx, orderId);
  if (wait?.endedAs === null) throw notReserved(orderId, wait);
}
