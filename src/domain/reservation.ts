import { DomainError } from './errors.ts';

export const reservationEndings = ['confirmed', 'released', 'expired'] as const;

/** How a reservation ended: sold, given back on request, or given back when its hold ran out. */
export type ReservationEnding = (typeof reservationEndings)[number];

/** A reservation as it stands. JSON-safe: times are RFC 3339 UTC with milliseconds. */
export interface Reservation {
  readonly id: string;
  /** Null when it stands alone. */
  readonly orderId: string | null;
  readonly productId: string;
  readonly quantity: number;
  readonly expiresAt: string;
  readonly isActive: boolean;
  readonly confirmed: boolean;
  readonly endedAs: ReservationEnding | null;
  /** By how much its hold was extended; absent in answers that older versions left in their workflows. */
  readonly extendedSeconds?: number;
  readonly allocations: readonly { readonly warehouse: string; readonly quantity: number }[];
  readonly createdAt: string;
}

/** The refusal of ending or extending a reservation on its own that an order owns. */
export function belongsToOrder(orderId: string): DomainError<'belongs-to-order'> {
  const message = `The reservation belongs to order ${orderId}: confirm, cancel or extend that order instead.`;
  return new DomainError('belongs-to-order', message, { orderId });
}

/** The refusal of ending a reservation that has ended. */
export function reservationEnded(endedAs: ReservationEnding): DomainError<'reservation-ended'> {
  const how = endedAs === 'expired' ? 'has expired' : `was ${endedAs}`;
  return new DomainError('reservation-ended', `The reservation has ended already: it ${how}.`, { endedAs });
}
