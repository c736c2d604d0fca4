import { DomainError } from './errors.ts';

export const waitEndings = ['served', 'cancelled', 'not-available'] as const;

/** How an order left the waiting list: with its units, on request, or because its time was over. */
export type WaitEnding = (typeof waitEndings)[number];

/** How long an order waits for its units that does not say, in seconds. */
export const defaultWaitSeconds = 3600;

/** Where an order stands that waits for its units. JSON-safe. */
export interface Waiting {
  /** In the waiting list of its product, from 1: whoever is first is served next. */
  readonly position: number;
  /** When it gives up. */
  readonly until: string;
}

/** One order in the waiting list of a product. JSON-safe. */
export interface WaitingOrder extends Waiting {
  readonly orderId: string;
  readonly quantity: number;
  readonly placedBy: string;
  readonly joinedAt: string;
}

/** Something that was done in a transaction, and the waiting orders whose turn it has made. */
export interface Freed<T> {
  readonly value: T;
  /** Ids of orders. */
  readonly turns: readonly string[];
}

/** Tells waiting orders that their turn has come. It never throws: whoever was not told, the clean-up schedule tells. */
export type WakeWaiting = (orderIds: readonly string[]) => Promise<void>;

/** The refusal of confirming or extending an order that has no units yet. */
export function notReserved(orderId: string, { until }: Pick<Waiting, 'until'>): DomainError<'not-reserved'> {
  const message =
    `Order ${orderId} waits for its units until ${until}: nothing is reserved yet. Ask again once it is no longer waiting, ` +
    'or cancel it.';
  return new DomainError('not-reserved', message, { orderId, until });
}
