import type { Knex } from 'knex';

/** Lets the audit log say REPAIRED. Old code writes no such entry and goes on as before. */
export async function up(db: Knex): Promise<void> {
  await db.raw(`
    ALTER TABLE audit_log DROP CONSTRAINT audit_log_action_known;
    -- Checked for new entries alone: the old constraint vouches for those that are there, and the log may be long.
    ALTER TABLE audit_log ADD CONSTRAINT audit_log_action_known CHECK (action IN (
      'PRODUCT_CREATED', 'PRODUCT_UPDATED', 'STOCK_ADJUSTED', 'ORDER_CREATED', 'ORDER_STATUS_CHANGED',
      'RESERVATION_CREATED', 'RESERVATION_EXPIRED', 'RESERVATION_RELEASED', 'RESERVATION_FULFILLED', 'REPAIRED')) NOT VALID;
  `);
}

/** Migrations are append-only: going back would throw the audit log away. */
export async function down(): Promise<void> {
  throw new Error('Migrations are not undone; restore a backup instead.');
}
