import type { AllocationStrategy } from './allocation.ts';
import type { OrderStatus } from './order-status.ts';
import type { Reservation } from './reservation.ts';

export const cancelReasons = ['requested', 'expired'] as const;

/** Why a cancelled order ended: somebody asked, or its hold ran out. */
export type CancelReason = (typeof cancelReasons)[number];

/** One line of an order as it was priced when its units were reserved. */
export interface OrderLine {
  /** Its number, from 1; absent in answers that older versions left in their workflows. */
  readonly line?: number;
  readonly product: { readonly id: string; readonly sku: string; readonly name: string };
  readonly quantity: number;
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
  readonly expiresAt: string;
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
