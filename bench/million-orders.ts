import type { Knex } from 'knex';

/** The products that a list is filtered by, from one that every tenth order has to one that nobody wants. */
export interface MadeProducts {
  readonly common: string;
  readonly middling: string;
  readonly rare: string;
  readonly unwanted: string;
}

/** What was made, as far as a list is asked for it. */
export interface MadeOrders {
  readonly products: MadeProducts;
  /** Of one order, and of every fortieth. */
  readonly references: { readonly own: string; readonly shared: string };
  /** When the oldest order was placed; the newest was placed just now. */
  readonly since: Date;
  /** Minor units that a hundredth, half and all but a hundredth of the totals are below. */
  readonly totals: { readonly low: bigint; readonly middle: bigint; readonly high: bigint };
}

const products = 1_000;
const days = 730;

/**
 * Fills a migrated database that has no orders with as many as are asked for, over two years, by SQL: with lines, reservations, allocations, returns,
 * audit entries and the stock they hold. Some products are wanted often and most seldom; old orders are delivered or cancelled, and the
 * newest are open. Rows keep to the constraints, and no workflow stands behind them.
 * @param db a pool of the owner, whose statements may take minutes
 */
export async function makeOrders(db: Knex, orders: number): Promise<MadeOrders> {
  await db.transaction(async (trx) => {
    // Foreign keys are checked row by row, and triggers with them: what is written below goes by the rows before it.
    await trx.raw(
      'SET LOCAL session_replication_role = replica; SET LOCAL statement_timeout = 0; SET LOCAL work_mem = 262144',
    );
    await trx.raw('SELECT setseed(0.5)');
    await drawOrders(trx, orders);
    for (const write of writes) await trx.raw(write);
  });
  // So that the planner knows the tables, and what is read from an index alone need not look whether a row is still there.
  await db.raw('VACUUM (ANALYZE)');
  return pickFrom(db);
}

/** Draws products, orders and lines into temporary tables, the orders in the order of their time, as they are placed. */
async function drawOrders(trx: Knex.Transaction, orders: number): Promise<void> {
  await trx.raw(
    `CREATE TEMPORARY TABLE made_products ON COMMIT DROP AS
       SELECT n, uuidv7((:days + 1) * interval '-1 day') AS id, (100 * exp(random() * 6))::bigint AS price
         FROM generate_series(0, :products - 1) n`,
    { products, days },
  );
  await trx.raw(
    `CREATE TEMPORARY TABLE made_times ON COMMIT DROP AS
       SELECT row_number() OVER (ORDER BY at) AS n, at
         FROM (SELECT date_trunc('milliseconds', now() - :days * interval '1 day' * random()) AS at FROM generate_series(1, :orders)) t`,
    { orders, days },
  );
  // Of the newest ones some are still open, the more the newer; of all, an eighth is cancelled.
  await trx.raw(
    `CREATE TEMPORARY TABLE made_orders ON COMMIT DROP AS
       SELECT n, at, uuidv7(at - clock_timestamp()) AS id, random() AS chance, 1 + floor(12 * random())::integer AS buyer,
              1 + floor(1.6 * random() ^ 2 * 2.5)::integer AS lines,
              CASE WHEN n > 0.999 * :orders THEN 'pending' WHEN random() < 0.125 THEN 'cancelled'
                   WHEN n > 0.99 * :orders THEN 'confirmed' WHEN n > 0.98 * :orders THEN 'processing'
                   WHEN n > 0.95 * :orders THEN 'shipped' ELSE 'delivered' END AS status
         FROM made_times`,
    { orders },
  );
  await trx.raw(
    `CREATE TEMPORARY TABLE made_lines ON COMMIT DROP AS
       SELECT d.n, d.order_id, d.at, d.status, d.chance, row_number() OVER (PARTITION BY d.n ORDER BY p.n)::integer AS line,
              p.id AS product_id, d.quantity, p.price, gen_random_uuid() AS reservation_id
         FROM (SELECT DISTINCT ON (o.n, product) o.n, o.id AS order_id, o.at, o.status, o.chance, 1 + floor(4 * random() ^ 2)::integer AS quantity,
                      floor((:products - 1) * random() ^ 3)::integer AS product
                 FROM made_orders o CROSS JOIN LATERAL generate_series(1, o.lines)) d
         JOIN made_products p ON p.n = d.product`,
    { products },
  );
  await trx.raw('ANALYZE made_products, made_orders, made_lines');
}

/** In the order of their foreign keys. */
const writes = [
  `INSERT INTO products (id, sku, name, price_minor, created_at, updated_at)
     SELECT id, 'MADE-' || lpad(n::text, 4, '0'), (ARRAY['Lamp', 'Chair', 'Table', 'Shelf', 'Stool'])[1 + n % 5] || ' ' || n, price, at, at
       FROM made_products CROSS JOIN LATERAL (SELECT now() - interval '1 day' * (731 + n) AS at)`,
  `INSERT INTO orders (id, status, reference, quantity, total_minor, cancel_reason, placed_by, expires_at, request_id, created_at, updated_at)
     SELECT o.id, o.status, CASE WHEN o.n % 40 = 0 THEN 'made-shared' WHEN o.n % 2 = 0 THEN 'made-' || o.n END, l.units, l.total,
            CASE WHEN o.status = 'cancelled' THEN CASE WHEN o.chance < 0.7 THEN 'expired' ELSE 'requested' END END,
            'key:shop-' || o.buyer, o.at + CASE WHEN o.status = 'pending' THEN interval '10 days' ELSE interval '10 minutes' END,
            gen_random_uuid(), o.at, o.at
       FROM made_orders o
       JOIN (SELECT n, sum(quantity) AS units, sum(quantity * price) AS total FROM made_lines GROUP BY n) l ON l.n = o.n
      ORDER BY o.n`,
  `INSERT INTO order_lines (order_id, line, product_id, quantity, unit_price_minor, order_total_minor, created_at)
     SELECT l.order_id, l.line, l.product_id, l.quantity, l.price, o.total_minor, l.at
       FROM made_lines l JOIN orders o ON o.id = l.order_id ORDER BY l.n, l.line`,
  `INSERT INTO reservations (id, order_id, line, product_id, quantity, expires_at, held_by, ended_as, created_at)
     SELECT l.reservation_id, l.order_id, l.line, l.product_id, l.quantity, o.expires_at, o.placed_by,
            CASE l.status WHEN 'pending' THEN NULL
                          WHEN 'cancelled' THEN CASE o.cancel_reason WHEN 'expired' THEN 'expired' ELSE 'released' END
                          ELSE 'confirmed' END, l.at
       FROM made_lines l JOIN orders o ON o.id = l.order_id ORDER BY l.n, l.line`,
  `INSERT INTO reservation_allocations (reservation_id, warehouse_id, quantity)
     SELECT l.reservation_id, w.id, l.quantity FROM made_lines l JOIN warehouses w ON w.code = 'MAIN' ORDER BY l.n, l.line`,
  `INSERT INTO returns (id, order_id, line, quantity, restock, reason, returned_by, request_id, created_at)
     SELECT uuidv7(at + interval '9 days' - clock_timestamp()), order_id, line, 1, false, 'wrong colour', 'key:desk', gen_random_uuid(),
            at + interval '9 days'
       FROM made_lines WHERE status = 'delivered' AND line = 1 AND chance < 0.01 ORDER BY n`,
  // What is held is in stock, and what has left was never there: the ledger begins with it.
  `INSERT INTO stock_levels (product_id, warehouse_id, total, available, reserved)
     SELECT p.id, w.id, 1000000 + p.held, 1000000, p.held
       FROM (SELECT p.id, coalesce((SELECT sum(quantity) FROM reservations r WHERE r.product_id = p.id AND r.ended_as IS NULL), 0) AS held
               FROM made_products p) p
       JOIN warehouses w ON w.code = 'MAIN'`,
  `INSERT INTO stock_movements (product_id, warehouse_id, type, total, available, reserved, total_after, available_after, reserved_after,
                                actor, reason)
     SELECT product_id, warehouse_id, 'received', total, available, reserved, total, available, reserved, 'system', 'opening balance'
       FROM stock_levels JOIN made_products p ON p.id = product_id`,
  `INSERT INTO audit_log (at, actor, action, object_type, object_id, new_value, request_id, workflow_id)
     SELECT created_at, placed_by, 'ORDER_CREATED', 'Order', id::text,
            jsonb_build_object('status', 'pending', 'quantity', quantity, 'total', (total_minor / 100.0)::numeric(20, 2)::text,
                               'reference', reference), request_id, 'order-' || id
       FROM orders ORDER BY created_at, id`,
  `INSERT INTO audit_log (at, actor, action, object_type, object_id, old_value, new_value, request_id, workflow_id)
     SELECT created_at, placed_by, 'ORDER_STATUS_CHANGED', 'Order', id::text, '{"status": "pending"}', jsonb_build_object('status', status),
            request_id, 'order-' || id
       FROM orders WHERE status <> 'pending' ORDER BY created_at, id`,
];

async function pickFrom(db: Knex): Promise<MadeOrders> {
  const { rows } = await db.raw<{ rows: [MadeProducts & { own: string; since: Date; totals: string[] }] }>(
    `SELECT (SELECT id FROM products WHERE sku = 'MADE-0000') AS common, (SELECT id FROM products WHERE sku = 'MADE-0030') AS middling,
            (SELECT id FROM products WHERE sku = 'MADE-0998') AS rare, (SELECT id FROM products WHERE sku = 'MADE-0999') AS unwanted,
            (SELECT reference FROM orders WHERE reference <> 'made-shared' LIMIT 1) AS own, (SELECT min(created_at) FROM orders) AS since,
            (SELECT percentile_disc(ARRAY[0.01, 0.5, 0.99]) WITHIN GROUP (ORDER BY total_minor)::text[] FROM orders) AS totals`,
  );
  const { own, since, totals, ...products } = rows[0];
  const [low = 0n, middle = 0n, high = 0n] = totals.map(BigInt);
  return { products, references: { own, shared: 'made-shared' }, since, totals: { low, middle, high } };
}
