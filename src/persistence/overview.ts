import type { Knex } from 'knex';
import { orderStatuses, type OrderStatus } from '../domain/order-status.ts';
import {
  bucketsOf,
  endingSoonMinutes,
  overviewEntries,
  type ActivityBucket,
  type EndingHold,
  type Overview,
  type ScarceProduct,
} from '../domain/overview.ts';
import type { StockFigures } from '../domain/stock.ts';
import type { Transaction } from './database.ts';

/**
 * Reads how the shop stands, all of it from one snapshot, so that its figures agree with one another. Stock levels, products and orders
 * by status are counted whole, everything else is found by an index; it locks nothing.
 * @param hours how far its activity goes back, see {@link bucketsOf}
 */
export async function readOverview(db: Knex, hours: number): Promise<Overview> {
  return db.transaction(
    async (trx) => {
      // Compiling takes longer than it saves, and who sells is to have the other cores.
      const settings = `SET LOCAL jit = off; SET LOCAL work_mem = '32MB'; SET LOCAL max_parallel_workers_per_gather = 0`;
      const [, waiting, statuses, stock, endingSoon, activity] = await Promise.all([
        trx.raw(settings),
        readWaiting(trx),
        countByStatus(trx),
        readStockSums(trx),
        readEndingSoon(trx),
        readActivity(trx, hours),
      ]);
      const { now, count, units } = waiting;
      const orders = { ...statuses, pending: statuses.pending - count, waiting: count };
      return { now: now.toISOString(), orders, ...stock, endingSoon, waitingLists: { count, units }, activity };
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

async function readWaiting(trx: Transaction): Promise<{ now: Date; count: number; units: number }> {
  const { rows } = await trx.raw<{ rows: [{ now: Date; count: number; units: number }] }>(
    `SELECT now()::timestamptz(3) AS now, count(*)::float8 AS count, coalesce(sum(quantity), 0)::float8 AS units
       FROM waiting_list WHERE ended_as IS NULL`,
  );
  return rows[0];
}

async function countByStatus(trx: Transaction): Promise<Record<OrderStatus, number>> {
  const { rows } = await trx.raw<{ rows: { status: OrderStatus; count: number }[] }>(
    'SELECT status, count(*)::float8 AS count FROM orders GROUP BY status',
  );
  const counted = new Map(rows.map(({ status, count }) => [status, count]));
  const counts = orderStatuses.map((status) => [status, counted.get(status) ?? 0] as const);
  return Object.fromEntries(counts) as Record<OrderStatus, number>;
}

interface StockSumsRow extends StockFigures {
  products: number;
  active: number;
  sold_out: number;
  low: number;
  sold_out_products: readonly ScarceProduct[];
  low_products: readonly ScarceProduct[];
}

/** What there is of all products, and which of them there is too little of: one look at each level, and at each product. */
async function readStockSums(trx: Transaction): Promise<Pick<Overview, 'stock' | 'products' | 'soldOut' | 'low'>> {
  const { rows } = await trx.raw<{ rows: [StockSumsRow] }>(
    `WITH scarce AS MATERIALIZED (
       SELECT p.id, p.sku, p.name, coalesce(s.available, 0) AS available, coalesce(s.reserved, 0) AS reserved,
              p.low_stock_threshold AS threshold
         FROM products p
         LEFT JOIN (SELECT product_id, sum(available) AS available, sum(reserved) AS reserved
                      FROM stock_levels GROUP BY product_id) s ON s.product_id = p.id
        WHERE p.active AND coalesce(s.available, 0) <= coalesce(p.low_stock_threshold, 0))
     SELECT units.*, counted.*, few.*, ? AS sold_out_products, ? AS low_products
       FROM (SELECT coalesce(sum(total), 0)::float8 AS total, coalesce(sum(available), 0)::float8 AS available,
                    coalesce(sum(reserved), 0)::float8 AS reserved FROM stock_levels) units
      CROSS JOIN (SELECT count(*)::float8 AS products, (count(*) FILTER (WHERE active))::float8 AS active FROM products) counted
      CROSS JOIN (SELECT (count(*) FILTER (WHERE available = 0))::float8 AS sold_out,
                         (count(*) FILTER (WHERE available > 0))::float8 AS low FROM scarce) few`,
    [scarceProducts(trx, '='), scarceProducts(trx, '>')],
  );
  const { total, available, reserved, products, active, ...few } = rows[0];
  return {
    stock: { total, available, reserved },
    products: { total: products, active },
    soldOut: { count: few.sold_out, products: few.sold_out_products },
    low: { count: few.low, products: few.low_products },
  };
}

/** The first of those that have nothing left, or something: fewest first, then by SKU. */
function scarceProducts(trx: Transaction, left: '=' | '>'): Knex.Raw {
  return trx.raw(
    `(SELECT coalesce(json_agg(json_build_object('id', id, 'sku', sku, 'name', name, 'availableStock', available,
                                                 'reservedStock', reserved, 'lowStockThreshold', threshold)
                               ORDER BY available, sku COLLATE "C"), '[]')
        FROM (SELECT * FROM scarce WHERE available ? 0 ORDER BY available, sku COLLATE "C" LIMIT ?) f)`,
    [trx.raw(left), overviewEntries],
  );
}

interface HoldRow {
  count: number;
  reservation_id: string;
  order_id: string | null;
  reference: string | null;
  product_id: string;
  sku: string;
  name: string;
  quantity: number;
  expires_at: Date;
  held_by: string;
}

async function readEndingSoon(trx: Transaction): Promise<Overview['endingSoon']> {
  const { rows } = await trx.raw<{ rows: HoldRow[] }>(
    `WITH soon AS NOT MATERIALIZED (
       SELECT * FROM reservations WHERE ended_as IS NULL AND expires_at <= now() + make_interval(mins => ?))
     SELECT (SELECT count(*)::float8 FROM soon) AS count, r.id AS reservation_id, r.order_id, o.reference,
            r.product_id, p.sku, p.name, r.quantity, r.expires_at, r.held_by
       FROM (SELECT * FROM soon ORDER BY expires_at, id LIMIT ?) r
       JOIN products p ON p.id = r.product_id
       LEFT JOIN orders o ON o.id = r.order_id
      ORDER BY r.expires_at, r.id`,
    [endingSoonMinutes, overviewEntries],
  );
  return { count: rows[0]?.count ?? 0, holds: rows.map(presentHold) };
}

function presentHold(row: HoldRow): EndingHold {
  return {
    reservationId: row.reservation_id,
    orderId: row.order_id,
    reference: row.reference,
    product: { id: row.product_id, sku: row.sku, name: row.name },
    quantity: row.quantity,
    expiresAt: row.expires_at.toISOString(),
    heldBy: row.held_by,
  };
}

/** Each count is of one stretch of an index, which has all that it asks for: no row is looked at. */
async function readActivity(trx: Transaction, hours: number): Promise<Overview['activity']> {
  const { seconds, count } = bucketsOf(hours);
  const { rows } = await trx.raw<{ rows: (Omit<ActivityBucket, 'at'> & { at: Date })[] }>(
    `SELECT b.at, placed.n AS placed, confirmed.n AS confirmed, ended.expired, ended.cancelled
       FROM (SELECT make_interval(secs => ?) AS length) s
      CROSS JOIN LATERAL generate_series(1, ?) AS k(n)
      CROSS JOIN LATERAL (SELECT date_bin(s.length, now(), timestamptz 'epoch') - (? - k.n) * s.length AS at) b
      CROSS JOIN LATERAL (
            SELECT count(*)::float8 AS n FROM orders WHERE created_at >= b.at AND created_at < b.at + s.length) placed
      CROSS JOIN LATERAL (
            SELECT count(*)::float8 AS n FROM audit_log
             WHERE action = 'ORDER_STATUS_CHANGED' AND new_value ->> 'status' = 'confirmed' AND at >= b.at AND at < b.at + s.length) confirmed
      CROSS JOIN LATERAL (
            SELECT (count(*) FILTER (WHERE cancel_reason = 'expired'))::float8 AS expired,
                   (count(*) FILTER (WHERE cancel_reason <> 'expired'))::float8 AS cancelled
              FROM orders WHERE status = 'cancelled' AND updated_at >= b.at AND updated_at < b.at + s.length) ended
      ORDER BY b.at`,
    [seconds, count, count],
  );
  const buckets = rows.map(({ at, ...counts }) => ({ at: at.toISOString(), ...counts }));
  return { bucketSeconds: seconds, from: buckets[0]?.at ?? '', buckets };
}
