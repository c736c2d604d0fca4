import { orderStatuses, type OrderStatus } from './order-status.ts';
import type { ReservationEnding } from './reservation.ts';

/** The state an order was cancelled from; null when it is not cancelled, or nobody knows. */
export type CancelledFrom = 'pending' | 'confirmed' | null;

/**
 * What may have become of the reservations of an order that is in a state; null stands for active. Pending orders hold their units,
 * confirmed ones have sold them, and a cancelled one has given them back: out of the hold, or by a restock after they were sold.
 */
export function fittingEndings(
  status: OrderStatus,
  cancelledFrom: CancelledFrom,
): readonly (ReservationEnding | null)[] {
  if (status === 'pending') return [null];
  if (status !== 'cancelled') return ['confirmed'];
  if (cancelledFrom === 'confirmed') return ['confirmed'];
  return cancelledFrom === 'pending' ? ['released', 'expired'] : ['released', 'expired', 'confirmed'];
}

/** All of it as rows, for a database to judge by. */
export function fittingEndingRows(): { status: OrderStatus; from: string; ended: string }[] {
  return orderStatuses.flatMap((status) =>
    (['pending', 'confirmed', null] as const).flatMap((from) =>
      fittingEndings(status, from).map((ending) => ({ status, from: from ?? 'unknown', ended: ending ?? 'active' })),
    ),
  );
}
