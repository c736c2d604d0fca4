import type { Knex } from 'knex';

/**
 * Lists of orders that cost their page alone: each filter has an index in the order of each sort. So that the orders of a product are found
 * by their totals, their lines carry the order's total along.
 */
export async function up(db: Knex): Promise<void> {
  await db.raw(`
    -- Whatever moves stock locks a product first and waits here, with nothing that is wanted below.
    LOCK TABLE products IN EXCLUSIVE MODE;

    -- The third column does not sort, it is looked at without the row: a range of totals by time, and of times by total.
    DROP INDEX orders_created_at;
    CREATE INDEX orders_created_at ON orders (created_at, id, total_minor);
    DROP INDEX orders_total;
    CREATE INDEX orders_total ON orders (total_minor, id, created_at);
    CREATE INDEX orders_reference_total ON orders (reference, total_minor, id) WHERE reference IS NOT NULL;

    ALTER TABLE order_lines ADD COLUMN order_total_minor bigint;
    UPDATE order_lines l SET order_total_minor = o.total_minor FROM orders o WHERE o.id = l.order_id;
    ALTER TABLE order_lines ALTER COLUMN order_total_minor SET NOT NULL;
    CREATE INDEX order_lines_product_total ON order_lines (product_id, order_total_minor, order_id);

    -- Totals change in repairs alone. As the owner, so that who may set a total need not be let at the lines.
    CREATE FUNCTION carry_order_total() RETURNS trigger LANGUAGE plpgsql
      SECURITY DEFINER SET search_path = pg_catalog AS $$
    BEGIN
      EXECUTE format('UPDATE %I.order_lines SET order_total_minor = $1 WHERE order_id = $2', TG_TABLE_SCHEMA) USING NEW.total_minor, NEW.id;
      RETURN NULL;
    END
    $$;
    CREATE TRIGGER orders_carry_total AFTER UPDATE OF total_minor ON orders
      FOR EACH ROW WHEN (NEW.total_minor IS DISTINCT FROM OLD.total_minor) EXECUTE FUNCTION carry_order_total();
  `);
}

/** Migrations are append-only; old code writes no totals into lines. */
export async function down(): Promise<void> {
  throw new Error('Migrations are not undone; restore a backup instead.');
}
