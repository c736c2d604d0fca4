import { DomainError } from './errors.ts';
import type { Order } from './order.ts';
import type { Reservation, ReservationEnding } from './reservation.ts';

/** A hold as far as extending it goes. Times are RFC 3339. */
export interface HoldSpan {
  /** When the units were reserved. */
  readonly startedAt: string;
  readonly expiresAt: string;
  /** What it was extended by so far, in seconds. */
  readonly extendedSeconds: number;
}

/** The span of a reservation's hold. */
export function spanOf({ createdAt, expiresAt, extendedSeconds = 0 }: Reservation): HoldSpan {
  return { startedAt: createdAt, expiresAt, extendedSeconds };
}

/** How the hold of an order ended, `released` when there never was one; null while it lasts or is still to begin. */
export function holdEndingOf({ status, cancelReason, reservations }: Order): ReservationEnding | null {
  const ended = reservations.find(({ endedAs }) => endedAs !== null)?.endedAs ?? null;
  if (status === 'pending' || ended !== null) return ended;
  // It waited in vain and never had a hold.
  return cancelReason === 'requested' ? 'released' : 'expired';
}

/**
 * The whole seconds by which a hold can still be extended.
 * @param maxFactor a hold lasts, with all its extensions, at most so many times as long as it was to begin with
 */
export function extensionLeft({ startedAt, expiresAt, extendedSeconds }: HoldSpan, maxFactor: number): number {
  const whole = (Date.parse(expiresAt) - Date.parse(startedAt)) / 1000;
  const hold = Math.round(whole - extendedSeconds);
  return Math.max(0, hold * maxFactor - hold - extendedSeconds);
}

/**
 * Demands that a hold can be extended by so many seconds.
 * @throws DomainError limit-exceeded, with the seconds that are left
 */
export function assertExtensible(span: HoldSpan, seconds: number, maxFactor: number): void {
  const left = extensionLeft(span, maxFactor);
  if (seconds <= left) return;
  const most =
    maxFactor === 1 ? 'cannot be extended' : `lasts at most ${maxFactor} times as long as it was to begin with`;
  const message = `This hold ${most}: ${left} seconds are left, not ${seconds}. Ask for no more than that, or confirm before it ends.`;
  const allowed = left + span.extendedSeconds;
  throw new DomainError('limit-exceeded', message, { limit: 'hold-extension', allowed, left });
}
