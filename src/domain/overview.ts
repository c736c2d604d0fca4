import type { OrderStatus } from './order-status.ts';
import type { StockFigures } from './stock.ts';

/** A hold that ends soon, or was to have ended. JSON-safe. */
export interface EndingHold {
  readonly reservationId: string;
  /** Null of one that stands alone. */
  readonly orderId: string | null;
  /** Of the order. */
  readonly reference: string | null;
  readonly product: { readonly id: string; readonly sku: string; readonly name: string };
  readonly quantity: number;
  readonly expiresAt: string;
  readonly heldBy: string;
}

/** A product that there is too little of, its units summed over all warehouses. JSON-safe. */
export interface ScarceProduct {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly availableStock: number;
  readonly reservedStock: number;
  readonly lowStockThreshold: number | null;
}

/** What happened to orders between a moment and the next bucket's. JSON-safe. */
export interface ActivityBucket {
  readonly at: string;
  readonly placed: number;
  readonly confirmed: number;
  /** Cancelled since their hold ended. */
  readonly expired: number;
  /** Cancelled for any other reason. */
  readonly cancelled: number;
}

/** How the shop stands at one moment, and what happened lately. JSON-safe. */
export interface Overview {
  readonly now: string;
  /** How many there are of each status; those that wait for their units are no pending ones here. */
  readonly orders: Readonly<Record<OrderStatus | 'waiting', number>>;
  /** Units of all products. */
  readonly stock: StockFigures;
  readonly products: { readonly total: number; readonly active: number };
  /** The holds that end within {@link endingSoonMinutes} minutes: how many, and the first of them, soonest first. */
  readonly endingSoon: { readonly count: number; readonly holds: readonly EndingHold[] };
  /** Active products without available units: how many, and the first of them, by SKU. */
  readonly soldOut: { readonly count: number; readonly products: readonly ScarceProduct[] };
  /** Active products with some, and no more than their threshold: how many, and the first of them, fewest left first. */
  readonly low: { readonly count: number; readonly products: readonly ScarceProduct[] };
  /** Orders that wait for units, and how many units. */
  readonly waitingLists: { readonly count: number; readonly units: number };
  readonly activity: {
    readonly bucketSeconds: number;
    readonly from: string;
    /** One behind the other without a gap; the last one is not over yet. */
    readonly buckets: readonly ActivityBucket[];
  };
}

/** A hold that has no more minutes than this left ends soon. */
export const endingSoonMinutes = 15;

/** How many entries each list of an overview has at most. */
export const overviewEntries = 10;

/** The longest time that an overview looks back: a week. */
export const mostOverviewHours = 168;

const mostBuckets = 60;

/** Seconds, each a part of a day, so that buckets begin at round times. */
const bucketSizes = [60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800] as const;

/**
 * Into how many buckets a time is divided, at most sixty, and how long each is.
 * @param hours 1 to {@link mostOverviewHours}
 */
export function bucketsOf(hours: number): { readonly seconds: number; readonly count: number } {
  const seconds = bucketSizes.find((size) => hours * 3_600 <= size * mostBuckets);
  if (seconds === undefined) throw new Error(`An overview of ${hours} hours is too long`);
  return { seconds, count: Math.ceil((hours * 3_600) / seconds) };
}
