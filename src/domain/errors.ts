import type { OrderStatus } from './order-status.ts';

/** One product of which there was not enough: units asked for over all lines, and units the order could have taken. */
export interface Shortage {
  readonly productId: string;
  readonly sku: string;
  readonly requested: number;
  readonly available: number;
  /** Orders that wait for the product, whose turn comes first; absent when there are none. */
  readonly waiting?: number;
}

/**
 * What somebody may have only so much of. `units-per-line`: units of one product in one order or reservation. `held-units`: units of one
 * product that an actor holds or waits for. `open-holds`: orders and reservations that an actor has not confirmed yet. `hold-extension`:
 * seconds by which a hold can still be extended.
 */
export const limitNames = ['units-per-line', 'held-units', 'open-holds', 'hold-extension'] as const;

export type LimitName = (typeof limitNames)[number];

/** What a request may name that is not there. */
export type NamedObject = 'Product' | 'Order' | 'Line' | 'Reservation' | 'Warehouse' | 'Transfer' | 'Return' | 'Key';

/** What each refusal says beyond its code: the shape of {@link DomainError.details}. JSON-safe, since it crosses Temporal. */
export interface RefusalDetails {
  'not-found': { readonly objectType: NamedObject; readonly id: string };
  'product-inactive': { readonly productId: string; readonly sku: string };
  'insufficient-stock': { readonly shortages: readonly Shortage[] };
  'invalid-transition': {
    readonly from: OrderStatus;
    readonly to: OrderStatus;
    readonly allowed: readonly OrderStatus[];
  };
  'reservation-ended': { readonly endedAs: 'confirmed' | 'released' | 'expired' };
  'belongs-to-order': { readonly orderId: string };
  'sku-taken': { readonly sku: string };
  'stock-conflict': {
    readonly total: number;
    readonly reserved: number;
    readonly delta: number;
    /** The code of the level's warehouse. Refusals that were kept before it was told have none. */
    readonly warehouse?: string;
  };
  'stock-moved': { readonly warehouse: string; readonly expected: number; readonly total: number };
  'code-taken': { readonly warehouse: string };
  'default-warehouse': { readonly warehouse: string };
  'not-delivered': { readonly orderId: string; readonly status: OrderStatus };
  'return-exceeds-delivery': {
    readonly line: number;
    readonly delivered: number;
    readonly returned: number;
    readonly requested: number;
  };
  'not-reserved': { readonly orderId: string; readonly until: string };
  'limit-exceeded': { readonly limit: LimitName; readonly allowed: number; readonly left: number };
  'reservation-expired': {
    readonly orderId: string;
    readonly expiredAt: string;
    /** What was paid for nothing, if it was paid: decimal string with two decimals. */
    readonly refund: string;
    /** Why the same items could not be had again; empty when the confirmation came too late for that. */
    readonly shortages: readonly Shortage[];
  };
}

export type RefusalCode = keyof RefusalDetails;

const refusalCodes: ReadonlySet<string> = new Set<RefusalCode>([
  'not-found',
  'product-inactive',
  'insufficient-stock',
  'invalid-transition',
  'reservation-ended',
  'belongs-to-order',
  'sku-taken',
  'stock-conflict',
  'stock-moved',
  'code-taken',
  'default-warehouse',
  'not-delivered',
  'return-exceeds-delivery',
  'not-reserved',
  'limit-exceeded',
  'reservation-expired',
]);

/** Whether a string (the type of a failure that crossed Temporal, say) names a refusal of the domain. */
export function isRefusalCode(code: unknown): code is RefusalCode {
  return typeof code === 'string' && refusalCodes.has(code);
}

/** A refusal as plain data: what workflows keep in history and the API turns into a problem. */
export type Refusal = { [C in RefusalCode]: RefusalOf<C> }[RefusalCode];

/** The refusal with one code. */
export interface RefusalOf<C extends RefusalCode> {
  readonly code: C;
  readonly message: string;
  readonly details: RefusalDetails[C];
}

/** Thrown when a request is well formed but the rules of stock or orders forbid it. Trying again unchanged gives the same answer. */
export class DomainError<C extends RefusalCode = RefusalCode> extends Error {
  override readonly name = 'DomainError';
  readonly code: C;
  readonly details: RefusalDetails[C];

  constructor(code: C, message: string, details: RefusalDetails[C]) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** The refusal of a request about something that is not there. */
export function notFound(objectType: NamedObject, id: string): DomainError<'not-found'> {
  return new DomainError('not-found', `There is no ${objectType.toLowerCase()} ${id}.`, { objectType, id });
}
