import type { StockDelta } from './stock.ts';

/** Every way in which a stock level changes, as the ledger names it. */
export const movementTypes = [
  'received',
  'adjusted',
  'reserved',
  'released',
  'expired',
  'fulfilled',
  'restocked',
  'transferred-out',
  'transferred-in',
  'returned',
] as const;

export type MovementType = (typeof movementTypes)[number];

/** What a movement was for. Units that are counted by hand move for none of these. */
export interface MovementCause {
  readonly orderId?: string | null;
  readonly reservationId?: string;
  readonly transferId?: string;
  readonly returnId?: string;
}

/**
 * How the reason of a movement begins that a repair made, for the level's own account: with the actor `system`, which nobody else can
 * be, it draws a line in the ledger.
 */
export const repairPrefix = 'repaired: ';

/** One change of one stock level, as it is to be written into the ledger. */
export interface StockMove {
  readonly productId: string;
  readonly warehouseId: string;
  readonly type: MovementType;
  readonly delta: StockDelta;
  readonly of: MovementCause;
  /** In somebody's words; null when nobody gave one. */
  readonly reason: string | null;
}
