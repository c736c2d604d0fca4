import type { Knex } from 'knex';

/** Stock, orders, reservations and the audit log. Every rule that a row alone can break is held by a constraint. */
export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE warehouses (
      id uuid PRIMARY KEY,
      code text NOT NULL CONSTRAINT warehouses_code_unique UNIQUE,
      name text NOT NULL,
      region text,
      priority integer NOT NULL DEFAULT 100,
      active boolean NOT NULL DEFAULT true
    );
    INSERT INTO warehouses (id, code, name) VALUES (gen_random_uuid(), 'MAIN', 'Main warehouse');

    CREATE TABLE products (
      id uuid PRIMARY KEY,
      sku text NOT NULL,
      name text NOT NULL,
      price_minor bigint NOT NULL CONSTRAINT products_price_in_range CHECK (price_minor BETWEEN 0 AND 999999999),
      active boolean NOT NULL DEFAULT true,
      created_at timestamptz(3) NOT NULL DEFAULT now(),
      updated_at timestamptz(3) NOT NULL DEFAULT now()
    );
    CREATE UNIQUE INDEX products_sku_unique ON products (lower(sku));
    CREATE INDEX products_created_at ON products (created_at, id);

    CREATE TABLE stock_levels (
      product_id uuid NOT NULL REFERENCES products,
      warehouse_id uuid NOT NULL REFERENCES warehouses,
      total integer NOT NULL DEFAULT 0 CONSTRAINT stock_levels_total_not_negative CHECK (total >= 0),
      available integer NOT NULL DEFAULT 0 CONSTRAINT stock_levels_available_not_negative CHECK (available >= 0),
      reserved integer NOT NULL DEFAULT 0 CONSTRAINT stock_levels_reserved_not_negative CHECK (reserved >= 0),
      PRIMARY KEY (product_id, warehouse_id),
      CONSTRAINT stock_levels_balance CHECK (available + reserved = total)
    );

    CREATE TABLE orders (
      id uuid PRIMARY KEY,
      status text NOT NULL CONSTRAINT orders_status_known
        CHECK (status IN ('pending', 'confirmed', 'processing', 'shipped', 'delivered', 'cancelled')),
      reference text,
      quantity integer NOT NULL CONSTRAINT orders_quantity_positive CHECK (quantity > 0),
      total_minor bigint NOT NULL CONSTRAINT orders_total_not_negative CHECK (total_minor >= 0),
      cancel_reason text CONSTRAINT orders_cancel_reason_known CHECK (cancel_reason IN ('requested', 'expired')),
      placed_by text NOT NULL,
      expires_at timestamptz(3) NOT NULL,
      request_id uuid NOT NULL,
      created_at timestamptz(3) NOT NULL DEFAULT now(),
      updated_at timestamptz(3) NOT NULL DEFAULT now(),
      CONSTRAINT orders_cancelled_for_a_reason CHECK ((status = 'cancelled') = (cancel_reason IS NOT NULL))
    );
    CREATE INDEX orders_created_at ON orders (created_at, id);
    CREATE INDEX orders_status_created_at ON orders (status, created_at, id);
    CREATE INDEX orders_total ON orders (total_minor, id);
    CREATE INDEX orders_status_total ON orders (status, total_minor, id);
    CREATE INDEX orders_reference ON orders (reference, created_at, id) WHERE reference IS NOT NULL;

    CREATE TABLE order_lines (
      order_id uuid NOT NULL REFERENCES orders,
      line integer NOT NULL CONSTRAINT order_lines_line_positive CHECK (line > 0),
      product_id uuid NOT NULL REFERENCES products,
      quantity integer NOT NULL CONSTRAINT order_lines_quantity_positive CHECK (quantity > 0),
      unit_price_minor bigint NOT NULL CONSTRAINT order_lines_price_not_negative CHECK (unit_price_minor >= 0),
      created_at timestamptz(3) NOT NULL DEFAULT now(),
      PRIMARY KEY (order_id, line)
    );
    CREATE INDEX order_lines_product ON order_lines (product_id, created_at, order_id);

    CREATE TABLE reservations (
      id uuid PRIMARY KEY,
      order_id uuid,
      line integer,
      product_id uuid NOT NULL REFERENCES products,
      quantity integer NOT NULL CONSTRAINT reservations_quantity_positive CHECK (quantity > 0),
      expires_at timestamptz(3) NOT NULL,
      ended_as text CONSTRAINT reservations_ending_known CHECK (ended_as IN ('confirmed', 'released', 'expired')),
      is_active boolean NOT NULL GENERATED ALWAYS AS (ended_as IS NULL) STORED,
      confirmed boolean NOT NULL GENERATED ALWAYS AS (ended_as IS NOT NULL AND ended_as = 'confirmed') STORED,
      created_at timestamptz(3) NOT NULL DEFAULT now(),
      FOREIGN KEY (order_id, line) REFERENCES order_lines,
      CONSTRAINT reservations_line_of_an_order CHECK ((order_id IS NULL) = (line IS NULL))
    );
    CREATE UNIQUE INDEX reservations_one_active_per_line ON reservations (order_id, line) WHERE ended_as IS NULL;
    CREATE INDEX reservations_order ON reservations (order_id, line) WHERE order_id IS NOT NULL;
    CREATE INDEX reservations_created_at ON reservations (created_at, id);
    CREATE INDEX reservations_active ON reservations (created_at, id) WHERE ended_as IS NULL;
    CREATE INDEX reservations_product ON reservations (product_id, created_at, id);
    CREATE INDEX reservations_overdue ON reservations (expires_at, id) WHERE ended_as IS NULL;

    CREATE TABLE reservation_allocations (
      reservation_id uuid NOT NULL REFERENCES reservations,
      warehouse_id uuid NOT NULL REFERENCES warehouses,
      quantity integer NOT NULL CONSTRAINT reservation_allocations_quantity_positive CHECK (quantity > 0),
      PRIMARY KEY (reservation_id, warehouse_id)
    );

    CREATE TABLE refusals (
      id uuid PRIMARY KEY,
      refusal jsonb NOT NULL,
      created_at timestamptz(3) NOT NULL DEFAULT now()
    );
    CREATE INDEX refusals_created_at ON refusals (created_at);

    CREATE TABLE audit_log (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at timestamptz(3) NOT NULL DEFAULT now(),
      tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
      actor text NOT NULL,
      action text NOT NULL CONSTRAINT audit_log_action_known CHECK (action IN (
        'PRODUCT_CREATED', 'PRODUCT_UPDATED', 'STOCK_ADJUSTED', 'ORDER_CREATED', 'ORDER_STATUS_CHANGED',
        'RESERVATION_CREATED', 'RESERVATION_EXPIRED', 'RESERVATION_RELEASED', 'RESERVATION_FULFILLED')),
      object_type text NOT NULL CONSTRAINT audit_log_object_type_known
        CHECK (object_type IN ('Product', 'StockLevel', 'Order', 'Reservation', 'Warehouse')),
      object_id text NOT NULL,
      old_value jsonb,
      new_value jsonb,
      request_id uuid,
      workflow_id text
    );
    CREATE INDEX audit_log_object ON audit_log (object_type, object_id, id);
    CREATE INDEX audit_log_actor ON audit_log (actor, id);
    CREATE INDEX audit_log_action ON audit_log (action, id);
    CREATE INDEX audit_log_at ON audit_log (at, id);
    CREATE INDEX audit_log_feed ON audit_log (tx, id);

    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '% is append-only: % is not allowed', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
    END
    $$;
    CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
  `);
}

/** Migrations are append-only: going back would throw the audit log away. */
export async function down(): Promise<void> {
  throw new Error('Migrations are not undone; restore a backup instead.');
}
