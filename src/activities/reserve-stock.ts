import type { Knex } from 'knex';
import type { AllocationStrategy } from '../domain/allocation.ts';
import { partyOf, type Cause } from '../domain/audit.ts';
import type { HoldingLimits } from '../domain/holding-limits.ts';
import { notEnough } from '../domain/not-enough.ts';
import type { Reservation } from '../domain/reservation.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { writeAndRead } from '../persistence/database.ts';
import { readRefusal } from '../persistence/refusals.ts';
import { insertReservations, readRemainingHold, readReservation } from '../persistence/reservations.ts';
import { stockMoves } from '../domain/stock.ts';
import { changeStock, lockStockAnd } from '../persistence/stock-levels.ts';
import { findUnits, movesOf, ruleOf } from './allocate-items.ts';
import { assertMayHold, assertMayOrder } from './assert-may-hold.ts';
import { refusingFinally } from './refuse-finally.ts';
import { reservationCreated } from './reservation-change.ts';

export interface ReserveStockInput {
  readonly reservationId: string;
  readonly productId: string;
  readonly quantity: number;
  readonly holdSeconds: number;
  /** How its units are looked for. Workflows of rules 1 do not say. */
  readonly allocation?: AllocationStrategy;
  readonly region?: string | null;
}

/** A reservation as it stands, and for an active one the milliseconds that its hold still lasts. */
export interface ReservationHold {
  readonly reservation: Reservation;
  readonly remainingHoldMs: number;
}

/**
 * Takes units of one product out of `available` for a reservation that stands alone. One that exists already is returned as
 * it stands.
 * @throws DomainError not-found, product-inactive, limit-exceeded, insufficient-stock; a refusal is final for this reservation id
 */
export async function reserveStock(
  db: Knex,
  input: ReserveStockInput,
  limits: HoldingLimits,
  cause: Cause,
): Promise<ReservationHold> {
  const { reservationId, productId, quantity, holdSeconds } = input;
  return refusingFinally(db, reservationId, async (trx) => {
    const [products, [existing, refusal]] = await lockStockAnd(trx, [productId], () =>
      Promise.all([readReservation(trx, reservationId), readRefusal(trx, reservationId)]),
    );
    if (existing) {
      return { reservation: existing, remainingHoldMs: (await readRemainingHold(trx, { reservationId })) ?? 0 };
    }
    if (refusal) throw refusal;
    const rule = ruleOf(input);
    const outcome = findUnits(products, [{ productId, quantity }], rule);
    assertMayOrder(limits, outcome.wanted);
    if ('shortages' in outcome) throw notEnough(outcome, rule);
    await assertMayHold(trx, limits, partyOf(cause), outcome.met);
    const reserved = outcome.met.map(({ allocations }) => {
      const of = { id: reservationId, orderId: null, line: null, productId, quantity };
      return { ...of, holdSeconds, heldBy: partyOf(cause), allocations };
    });
    const writes = [
      ...insertReservations(trx, reserved, null),
      ...changeStock(trx, movesOf(reserved, { type: 'reserved', move: stockMoves.reserve }), cause),
      auditEntries(trx, reserved.map(reservationCreated), cause),
    ];
    const reservation = await writeAndRead(trx, writes, () => readReservation(trx, reservationId));
    if (!reservation) throw new Error(`Reservation ${reservationId} was written and cannot be read`);
    return { reservation, remainingHoldMs: holdSeconds * 1000 };
  });
}
