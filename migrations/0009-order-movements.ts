import type { Knex } from 'knex';

/** The movements of one order, without going through the ledger of its products. */
export async function up(db: Knex): Promise<void> {
  await db.raw(`
    -- Whatever moves stock locks a product first and waits here, with nothing that is wanted below.
    LOCK TABLE products IN EXCLUSIVE MODE;
    CREATE INDEX stock_movements_order ON stock_movements (order_id, id) WHERE order_id IS NOT NULL;
  `);
}

/** Migrations are append-only. */
export async function down(): Promise<void> {
  throw new Error('Migrations are not undone; restore a backup instead.');
}
