import type { AllocationStrategy } from './allocation.ts';
import type { OrderStatus } from './order-status.ts';
import type { Reservation } from './reservation.ts';
import type { Waiting } from './waiting.ts';

export const cancelReasons = ['requested', 'expired', 'not-available'] as const;

/** Why a cancelled order ended: somebody asked, its hold ran out, or it waited for units that did not come. */
export type CancelReason = (typeof cancelReasons)[number];

export const shortagePolicies = ['reject', 'partial', 'wait'] as const;

/**
 * What an order does when there are not enough units. `reject`: it is refused. `partial`: it takes what there is, at least one unit in
 * all. `wait`: it joins the waiting list of its one product.
 */
export type ShortagePolicy = (typeof shortagePolicies)[number];

/** What applies where nobody said anything, and to everything that was begun before there was a choice. */
export const defaultShortagePolicy: ShortagePolicy = 'reject';

/** One line of an order as it was priced when the order was placed. */
export interface OrderLine {
  /** Its number, from 1; absent in answers that older versions left in their workflows. */
  readonly line?: number;
  readonly product: { readonly id: string; readonly sku: string; readonly name: string };
  /** The units it is for, which its total covers: those reserved, or of an order that waits those it waits for. */
  readonly quantity: number;
  /** What was asked for; absent as the number is. */
  readonly orderedQuantity?: number;
  /** The units that were reserved for it, whatever became of them; absent as the number is. */
  readonly reservedQuantity?: number;
  /** Units that came back so far; absent as the number is. */
  readonly returned?: number;
  /** Decimal string with two decimals. */
  readonly unitPrice: string;
  /** Decimal string with two decimals. */
  readonly lineTotal: string;
}

/** An order as it stands. JSON-safe: times are RFC 3339 UTC with milliseconds, money is a decimal string. */
export interface Order {
  readonly id: string;
  readonly status: OrderStatus;
  readonly reference: string | null;
  readonly quantity: number;
  readonly total: string;
  /** How its units were looked for. */
  readonly allocation: AllocationStrategy;
  /** Where it goes; null when nobody said. */
  readonly region: string | null;
  readonly lines: readonly OrderLine[];
  readonly reservations: readonly Reservation[];
  readonly cancelReason: CancelReason | null;
  readonly placedBy: string;
  /** What it does, or did, when there were not enough units. */
  readonly onShortage: ShortagePolicy;
  /** Its place in the waiting list, from 1, and how long it waits at most; null when it does not wait (any more). */
  readonly waiting: Waiting | null;
  /** The order that expired before it was confirmed, which this one takes the place of; else null. */
  readonly rescuedFrom: string | null;
  /** The order that takes the place of this one, which was confirmed too late; else null. */
  readonly rescuedBy: string | null;
  /** When its hold ends, or ended; null when it never had one: it waits, or waited in vain. */
  readonly expiresAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What somebody wants: units of one product. */
export interface RequestedItem {
  readonly productId: string;
  readonly quantity: number;
}

/** The same items with each product once, quantities summed, in the order they first appear. */
export function sumByProduct(items: readonly RequestedItem[]): RequestedItem[] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of items) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  return Array.from(quantities, ([productId, quantity]) => ({ productId, quantity }));
}
