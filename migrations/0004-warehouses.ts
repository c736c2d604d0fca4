import type { Knex } from 'knex';

/**
 * Many warehouses and a ledger: every change of a stock level from now on is a row of `stock_movements`. What is in stock already gets
 * one opening row a level. Orders remember how they were allocated, and delivered units can come back.
 */
export async function up(db: Knex): Promise<void> {
  await db.raw(`
    -- Checked for new rows alone: before, warehouses could only be made by hand.
    ALTER TABLE warehouses
      ADD COLUMN created_at timestamptz(3) NOT NULL DEFAULT now(),
      ADD COLUMN updated_at timestamptz(3) NOT NULL DEFAULT now(),
      ADD CONSTRAINT warehouses_code_form CHECK (code ~ '^[A-Z0-9][A-Z0-9._-]{0,31}$') NOT VALID,
      ADD CONSTRAINT warehouses_priority_not_negative CHECK (priority >= 0) NOT VALID,
      ADD CONSTRAINT warehouses_main_is_active CHECK (code <> 'MAIN' OR active) NOT VALID;
    CREATE INDEX warehouses_in_use_order ON warehouses (priority, code COLLATE "C");

    ALTER TABLE orders
      ADD COLUMN allocation text NOT NULL DEFAULT 'priority' CONSTRAINT orders_allocation_known
        CHECK (allocation IN ('priority', 'nearest', 'fewest-splits', 'single')),
      ADD COLUMN region text;

    CREATE TABLE returns (
      id uuid PRIMARY KEY,
      order_id uuid NOT NULL,
      line integer NOT NULL,
      quantity integer NOT NULL CONSTRAINT returns_quantity_positive CHECK (quantity > 0),
      restock boolean NOT NULL,
      warehouse_id uuid REFERENCES warehouses,
      reason text NOT NULL,
      returned_by text NOT NULL,
      request_id uuid NOT NULL,
      created_at timestamptz(3) NOT NULL DEFAULT now(),
      FOREIGN KEY (order_id, line) REFERENCES order_lines,
      CONSTRAINT returns_restocked_somewhere CHECK (restock = (warehouse_id IS NOT NULL))
    );
    CREATE INDEX returns_order ON returns (order_id, created_at, id);

    -- Without foreign keys: a row is written for a level that is locked, and outlives whatever becomes of it.
    CREATE TABLE stock_movements (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      -- Not now(): a transaction may have waited for the lock, and as of any moment the ledger has to be in the order of its rows.
      at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
      product_id uuid NOT NULL,
      warehouse_id uuid NOT NULL,
      type text NOT NULL CONSTRAINT stock_movements_type_known CHECK (type IN (
        'received', 'adjusted', 'reserved', 'released', 'expired', 'fulfilled', 'restocked', 'transferred-out', 'transferred-in',
        'returned')),
      total integer NOT NULL,
      available integer NOT NULL,
      reserved integer NOT NULL,
      total_after integer NOT NULL,
      available_after integer NOT NULL,
      reserved_after integer NOT NULL,
      order_id uuid,
      reservation_id uuid,
      transfer_id uuid,
      return_id uuid,
      actor text NOT NULL,
      reason text,
      request_id uuid,
      workflow_id text,
      CONSTRAINT stock_movements_balance
        CHECK (available + reserved = total AND available_after + reserved_after = total_after)
    );
    CREATE INDEX stock_movements_level ON stock_movements (product_id, warehouse_id, id);
    CREATE INDEX stock_movements_product ON stock_movements (product_id, id);
    CREATE INDEX stock_movements_transfer ON stock_movements (transfer_id, id) WHERE transfer_id IS NOT NULL;

    -- Nothing may move between the figures that are read here and the first row of the new code.
    LOCK TABLE stock_levels IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO stock_movements (product_id, warehouse_id, type, total, available, reserved,
                                 total_after, available_after, reserved_after, actor, reason)
      SELECT product_id, warehouse_id, 'received', total, available, reserved, total, available, reserved, 'system', 'opening balance'
        FROM stock_levels ORDER BY product_id, warehouse_id;

    -- A level that changes has its movement from the same transaction. Old code knows no ledger: what it would change is refused. At the
    -- end of a statement, since one statement writes the level and the movement.
    CREATE FUNCTION refuse_unrecorded_stock() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      level text;
    BEGIN
      IF TG_OP = 'INSERT' THEN
        SELECT c.product_id || '/' || w.code INTO level
          FROM changed c JOIN warehouses w ON w.id = c.warehouse_id
         WHERE (c.total, c.available, c.reserved) <> (0, 0, 0)
           AND pg_current_xact_id() IS DISTINCT FROM (
               SELECT m.tx FROM stock_movements m
                WHERE m.product_id = c.product_id AND m.warehouse_id = c.warehouse_id ORDER BY m.id DESC LIMIT 1)
         LIMIT 1;
      ELSE
        SELECT c.product_id || '/' || w.code INTO level
          FROM changed c JOIN warehouses w ON w.id = c.warehouse_id
          LEFT JOIN before b ON b.product_id = c.product_id AND b.warehouse_id = c.warehouse_id
         WHERE (c.total, c.available, c.reserved) IS DISTINCT FROM (b.total, b.available, b.reserved)
           AND pg_current_xact_id() IS DISTINCT FROM (
               SELECT m.tx FROM stock_movements m
                WHERE m.product_id = c.product_id AND m.warehouse_id = c.warehouse_id ORDER BY m.id DESC LIMIT 1)
         LIMIT 1;
      END IF;
      IF level IS NOT NULL THEN
        RAISE EXCEPTION
          'stock level % was changed without a movement in the ledger; an older version of Earmark must not run on this database', level
          USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
      END IF;
      RETURN NULL;
    END
    $$;
    CREATE TRIGGER stock_levels_inserted_with_movement AFTER INSERT ON stock_levels
      REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_unrecorded_stock();
    CREATE TRIGGER stock_levels_updated_with_movement AFTER UPDATE ON stock_levels
      REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_unrecorded_stock();

    CREATE TRIGGER stock_movements_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_movements
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

    ALTER TABLE audit_log DROP CONSTRAINT audit_log_action_known;
    ALTER TABLE audit_log ADD CONSTRAINT audit_log_action_known CHECK (action IN (
      'PRODUCT_CREATED', 'PRODUCT_UPDATED', 'WAREHOUSE_CREATED', 'WAREHOUSE_UPDATED', 'STOCK_ADJUSTED', 'STOCK_TRANSFERRED',
      'ORDER_CREATED', 'ORDER_STATUS_CHANGED', 'ITEMS_RETURNED',
      'RESERVATION_CREATED', 'RESERVATION_EXPIRED', 'RESERVATION_RELEASED', 'RESERVATION_FULFILLED', 'REPAIRED')) NOT VALID;
  `);
}

/** Migrations are append-only: going back would throw the ledger away. */
export async function down(): Promise<void> {
  throw new Error('Migrations are not undone; restore a backup instead.');
}
