import type { Knex } from 'knex';
import type { Cause, Change } from '../domain/audit.ts';
import { notFound } from '../domain/errors.ts';
import { assertExtensible, holdEndingOf, spanOf } from '../domain/hold.ts';
import { belongsToOrder, reservationEnded, type Reservation } from '../domain/reservation.ts';
import { notReserved } from '../domain/waiting.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import { extendOrder, lockOrder, rereadOrder } from '../persistence/orders.ts';
import { extendReservations, productsHeldBy, readRemainingHold, readReservation } from '../persistence/reservations.ts';
import { lockProducts } from '../persistence/stock-levels.ts';
import { holdOf, type OrderHold } from './order-hold.ts';
import type { ReservationHold } from './reserve-stock.ts';

/** By how much a hold is to last longer. */
export interface ExtendHoldInput {
  readonly seconds: number;
  /** When it ends as far as the workflow knows: an attempt that finds another end has been carried out, or has been overtaken. */
  readonly expiresAt: string;
  readonly reason?: string;
}

/**
 * Lets the hold of an order last longer: that of the order and those of its reservations. One that was extended by this very step is
 * returned as it stands.
 * @throws DomainError not-found; not-reserved of an order that waits; reservation-ended; limit-exceeded
 */
export async function extendOrderHold(
  db: Knex,
  { orderId, ...extension }: ExtendHoldInput & { readonly orderId: string },
  maxFactor: number,
  cause: Cause,
): Promise<OrderHold> {
  return db.transaction(async (trx) => {
    await lockProducts(trx, productsHeldBy(trx, { orderId }));
    if (!(await lockOrder(trx, orderId))) throw notFound('Order', orderId);
    const order = await rereadOrder(trx, orderId);
    if (order.waiting) throw notReserved(orderId, order.waiting);
    const ended = holdEndingOf(order);
    if (ended) throw reservationEnded(ended);
    const [reservation] = order.reservations;
    if (!reservation || order.expiresAt !== extension.expiresAt) return holdOf(trx, order);
    assertExtensible(spanOf(reservation), extension.seconds, maxFactor);
    await writeTogether(trx, [
      extendOrder(trx, orderId, extension.seconds),
      extendReservations(trx, { orderId }, extension.seconds),
      auditEntries(trx, [holdExtended('Order', orderId, extension)], cause),
    ]);
    return holdOf(trx, await rereadOrder(trx, orderId));
  });
}

/**
 * Lets the hold of a reservation that stands alone last longer; repeats as with an order.
 * @throws DomainError not-found; belongs-to-order; reservation-ended; limit-exceeded
 */
export async function extendReservationHold(
  db: Knex,
  { reservationId, ...extension }: ExtendHoldInput & { readonly reservationId: string },
  maxFactor: number,
  cause: Cause,
): Promise<ReservationHold> {
  return db.transaction(async (trx) => {
    await lockProducts(trx, productsHeldBy(trx, { reservationId }));
    const reservation = await readReservation(trx, reservationId);
    if (!reservation) throw notFound('Reservation', reservationId);
    if (reservation.orderId !== null) throw belongsToOrder(reservation.orderId);
    if (reservation.endedAs !== null) throw reservationEnded(reservation.endedAs);
    if (reservation.expiresAt !== extension.expiresAt) return reservationHold(trx, reservation);
    assertExtensible(spanOf(reservation), extension.seconds, maxFactor);
    await writeTogether(trx, [
      extendReservations(trx, { reservationId }, extension.seconds),
      auditEntries(trx, [holdExtended('Reservation', reservationId, extension)], cause),
    ]);
    return reservationHold(trx, (await readReservation(trx, reservationId)) ?? reservation);
  });
}

async function reservationHold(trx: Transaction, reservation: Reservation): Promise<ReservationHold> {
  const remaining = await readRemainingHold(trx, { reservationId: reservation.id });
  return { reservation, remainingHoldMs: remaining ?? 0 };
}

function holdExtended(
  objectType: 'Order' | 'Reservation',
  objectId: string,
  { seconds, expiresAt, reason }: ExtendHoldInput,
): Change {
  const later = new Date(Date.parse(expiresAt) + seconds * 1000).toISOString();
  const newValue = { expires_at: later, seconds, ...(reason === undefined ? {} : { reason }) };
  return { action: 'HOLD_EXTENDED', objectType, objectId, oldValue: { expires_at: expiresAt }, newValue };
}
