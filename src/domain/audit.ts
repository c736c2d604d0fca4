import type { StockFigures } from './stock.ts';

export const auditActions = [
  'PRODUCT_CREATED',
  'PRODUCT_UPDATED',
  'WAREHOUSE_CREATED',
  'WAREHOUSE_UPDATED',
  'STOCK_ADJUSTED',
  'STOCK_TRANSFERRED',
  'ORDER_CREATED',
  'ORDER_STATUS_CHANGED',
  'ITEMS_RETURNED',
  'WAITING_STARTED',
  'WAITING_ENDED',
  'HOLD_EXTENDED',
  'RESERVATION_CREATED',
  'RESERVATION_EXPIRED',
  'RESERVATION_RELEASED',
  'RESERVATION_FULFILLED',
  'RESERVATION_RESCUED',
  'CONFIRMATION_TOO_LATE',
  'KEY_CREATED',
  'KEY_REVOKED',
  'LOW_STOCK',
  'REPAIRED',
] as const;

export type AuditAction = (typeof auditActions)[number];

export const auditObjectTypes = ['Product', 'StockLevel', 'Order', 'Reservation', 'Warehouse', 'ApiKey'] as const;

export type AuditObjectType = (typeof auditObjectTypes)[number];

/** The actor of timers and repairs. */
export const systemActor = 'system';

/** On whose behalf a change is made: goes into every audit entry that the change writes. */
export interface Cause {
  /** Who caused it: the name that the credentials prove; `system` for timers and repairs. */
  readonly actor: string;
  /** For whom the actor did it, as the actor says. */
  readonly onBehalfOf?: string;
  /** The HTTP request or command behind it; null when a timer is. */
  readonly requestId: string | null;
  /** The workflow that made it; null for catalogue operations and repairs. */
  readonly workflowId: string | null;
}

/** Whose something is that an actor asks for: of the one named, else of the actor. It goes by this name in orders, holds and limits. */
export function partyOf({ actor, onBehalfOf }: Pick<Cause, 'actor' | 'onBehalfOf'>): string {
  return onBehalfOf ?? actor;
}

/** What changed about one object, before the audit log adds cause and time. */
export interface Change {
  readonly action: AuditAction;
  readonly objectType: AuditObjectType;
  readonly objectId: string;
  readonly oldValue: object | null;
  readonly newValue: object | null;
}

/** One entry of the audit log. JSON-safe; `id` is a decimal string, since it is 64 bits wide. */
export interface AuditEntry extends Change, Omit<Cause, 'onBehalfOf'> {
  readonly id: string;
  readonly onBehalfOf: string | null;
  readonly timestamp: string;
}

/**
 * The entry of a repair. Unlike all others it says what an object is from now on and not what happened to it: whoever adds up entries
 * begins here.
 * @param found the row's fields before, null when there was no row
 * @param repaired all fields that the log tells of such an object
 */
export function repairedChange(
  objectType: AuditObjectType,
  objectId: string,
  found: object | null,
  repaired: object,
  reason: string,
): Change {
  return { action: 'REPAIRED', objectType, objectId, oldValue: found, newValue: { ...repaired, reason } };
}

/**
 * The entry of a stock level whose figures have changed.
 * @param says what it says beside the figures
 */
export function stockChange(
  action: 'STOCK_ADJUSTED' | 'STOCK_TRANSFERRED',
  objectId: string,
  { from, to }: { readonly from: StockFigures; readonly to: StockFigures },
  says: { readonly reason: string; readonly transfer?: string },
): Change {
  const figures = ({ total, available, reserved }: StockFigures): StockFigures => ({ total, available, reserved });
  return { action, objectType: 'StockLevel', objectId, oldValue: figures(from), newValue: { ...figures(to), ...says } };
}

/** The object id of a stock level in the audit log. */
export function stockLevelId(productId: string, warehouse: string): string {
  return `${productId}/${warehouse}`;
}
