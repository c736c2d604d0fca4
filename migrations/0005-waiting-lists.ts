import type { Knex } from 'knex';

/**
 * When there is not enough, or it is too late: orders that take what there is, that wait for their units, that were extended, or that
 * were placed again since they were confirmed too late. Whoever holds units is known by name, so that nobody can hoard.
 */
export async function up(db: Knex): Promise<void> {
  // NOT VALID throughout: new columns have values that fit, and what is widened fits all the more. So no table is gone through to check it.
  await db.raw(`
    -- Whatever moves stock locks a product first and waits here, with nothing that is wanted below.
    LOCK TABLE products IN EXCLUSIVE MODE;
    ALTER TABLE orders
      ADD COLUMN on_shortage text NOT NULL DEFAULT 'reject',
      ADD CONSTRAINT orders_on_shortage_known CHECK (on_shortage IN ('reject', 'partial', 'wait')) NOT VALID,
      ADD COLUMN rescued_from uuid REFERENCES orders,
      ALTER COLUMN expires_at DROP NOT NULL,
      DROP CONSTRAINT orders_cancel_reason_known,
      ADD CONSTRAINT orders_cancel_reason_known CHECK (cancel_reason IN ('requested', 'expired', 'not-available')) NOT VALID,
      ADD CONSTRAINT orders_expires_unless_it_waits CHECK (expires_at IS NOT NULL OR status IN ('pending', 'cancelled')) NOT VALID;
    CREATE UNIQUE INDEX orders_rescued_from ON orders (rescued_from) WHERE rescued_from IS NOT NULL;

    ALTER TABLE order_lines
      ADD COLUMN missing integer NOT NULL DEFAULT 0,
      ADD CONSTRAINT order_lines_missing_not_negative CHECK (missing >= 0) NOT VALID,
      DROP CONSTRAINT order_lines_quantity_positive,
      ADD CONSTRAINT order_lines_quantity_not_negative CHECK (quantity >= 0) NOT VALID,
      ADD CONSTRAINT order_lines_ordered_positive CHECK (quantity + missing > 0) NOT VALID;

    -- Until here nobody wrote down who holds units that no order holds; of those the audit log knows.
    ALTER TABLE reservations
      ADD COLUMN extended_seconds integer NOT NULL DEFAULT 0,
      ADD CONSTRAINT reservations_extended_not_negative CHECK (extended_seconds >= 0) NOT VALID,
      ADD COLUMN held_by text;
    UPDATE reservations r
       SET held_by = coalesce(
             (SELECT o.placed_by FROM orders o WHERE o.id = r.order_id),
             (SELECT a.actor FROM audit_log a WHERE a.object_type = 'Reservation' AND a.object_id = r.id::text ORDER BY a.id LIMIT 1),
             'system')
     WHERE r.ended_as IS NULL;
    -- Old code does not know who holds units, nor that others wait for them: what it would reserve is refused.
    ALTER TABLE reservations
      ADD CONSTRAINT reservations_held_by_somebody CHECK (ended_as IS NOT NULL OR held_by IS NOT NULL) NOT VALID;
    CREATE INDEX reservations_held_by ON reservations (held_by, product_id) WHERE ended_as IS NULL;

    CREATE TABLE waiting_list (
      order_id uuid PRIMARY KEY REFERENCES orders,
      product_id uuid NOT NULL REFERENCES products,
      quantity integer NOT NULL CONSTRAINT waiting_list_quantity_positive CHECK (quantity > 0),
      hold_seconds integer NOT NULL CONSTRAINT waiting_list_hold_in_bounds CHECK (hold_seconds BETWEEN 1 AND 86400),
      -- Given out under the product's lock, so of one product in the order of commits.
      place bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
      placed_by text NOT NULL,
      until timestamptz(3) NOT NULL,
      ended_as text CONSTRAINT waiting_list_ending_known CHECK (ended_as IN ('served', 'cancelled', 'not-available')),
      created_at timestamptz(3) NOT NULL DEFAULT now()
    );
    CREATE UNIQUE INDEX waiting_list_places ON waiting_list (product_id, place) WHERE ended_as IS NULL;
    CREATE INDEX waiting_list_placed_by ON waiting_list (placed_by, product_id) WHERE ended_as IS NULL;
    CREATE INDEX waiting_list_until ON waiting_list (until, order_id) WHERE ended_as IS NULL;

    ALTER TABLE audit_log DROP CONSTRAINT audit_log_action_known;
    ALTER TABLE audit_log ADD CONSTRAINT audit_log_action_known CHECK (action IN (
      'PRODUCT_CREATED', 'PRODUCT_UPDATED', 'WAREHOUSE_CREATED', 'WAREHOUSE_UPDATED', 'STOCK_ADJUSTED', 'STOCK_TRANSFERRED',
      'ORDER_CREATED', 'ORDER_STATUS_CHANGED', 'ITEMS_RETURNED', 'WAITING_STARTED', 'WAITING_ENDED', 'HOLD_EXTENDED',
      'RESERVATION_CREATED', 'RESERVATION_EXPIRED', 'RESERVATION_RELEASED', 'RESERVATION_FULFILLED',
      'RESERVATION_RESCUED', 'CONFIRMATION_TOO_LATE', 'REPAIRED')) NOT VALID;
  `);
}

/** Migrations are append-only: going back would forget who waits. */
export async function down(): Promise<void> {
  throw new Error('Migrations are not undone; restore a backup instead.');
}
