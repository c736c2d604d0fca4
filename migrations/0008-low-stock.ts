import type { Knex } from 'knex';

/**
 * When a product is low, as somebody says of each, and what an overview of the last hours is counted by. Products that are there have no
 * threshold; old code neither sees nor sets one.
 */
export async function up(db: Knex): Promise<void> {
  // NOT VALID: the old constraint vouches for the entries that are there, and the log may be long.
  await db.raw(`
    -- Whatever moves stock locks a product first and waits here, with nothing that is wanted below.
    LOCK TABLE products IN EXCLUSIVE MODE;

    ALTER TABLE products ADD COLUMN low_stock_threshold integer
      CONSTRAINT products_low_stock_threshold_not_negative CHECK (low_stock_threshold >= 0);

    ALTER TABLE audit_log
      DROP CONSTRAINT audit_log_action_known,
      ADD CONSTRAINT audit_log_action_known CHECK (action IN (
        'PRODUCT_CREATED', 'PRODUCT_UPDATED', 'WAREHOUSE_CREATED', 'WAREHOUSE_UPDATED', 'STOCK_ADJUSTED', 'STOCK_TRANSFERRED',
        'ORDER_CREATED', 'ORDER_STATUS_CHANGED', 'ITEMS_RETURNED', 'WAITING_STARTED', 'WAITING_ENDED', 'HOLD_EXTENDED',
        'RESERVATION_CREATED', 'RESERVATION_EXPIRED', 'RESERVATION_RELEASED', 'RESERVATION_FULFILLED',
        'RESERVATION_RESCUED', 'CONFIRMATION_TOO_LATE', 'KEY_CREATED', 'KEY_REVOKED', 'LOW_STOCK', 'REPAIRED')) NOT VALID;

    -- Counted by time in the index alone. A cancelled order stays as it was updated last; of a confirmed one only the log knows when.
    CREATE INDEX orders_cancelled ON orders (updated_at, cancel_reason) WHERE status = 'cancelled';
    CREATE INDEX audit_log_confirmed ON audit_log (at)
      WHERE action = 'ORDER_STATUS_CHANGED' AND new_value ->> 'status' = 'confirmed';
  `);
}

/** Migrations are append-only: going back would forget when products were low. */
export async function down(): Promise<void> {
  throw new Error('Migrations are not undone; restore a backup instead.');
}
