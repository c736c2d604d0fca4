import type { Knex } from 'knex';
import { v7 as uuidv7 } from 'uuid';

/** An order to be written straight into the tables, for lists that a test needs to control to the millisecond. */
export interface OrderRowFields {
  readonly createdAt: string;
  readonly status?: 'pending' | 'delivered' | 'cancelled';
  readonly totalMinor?: number;
  readonly reference?: string;
}

/** Writes orders of one unit each, without workflows and without stock; returns their ids in the order given. */
export async function insertOrderRows(
  db: Knex,
  productId: string,
  orders: readonly OrderRowFields[],
): Promise<string[]> {
  const rows = orders.map(({ createdAt, status = 'delivered', totalMinor = 100, reference = null }) => ({
    id: uuidv7(),
    status,
    reference,
    quantity: 1,
    total_minor: totalMinor,
    cancel_reason: status === 'cancelled' ? 'requested' : null,
    placed_by: 'anna',
    expires_at: createdAt,
    request_id: uuidv7(),
    created_at: createdAt,
    updated_at: createdAt,
  }));
  const lines = rows.map(({ id, total_minor, created_at }) => ({
    order_id: id,
    line: 1,
    product_id: productId,
    quantity: 1,
    unit_price_minor: total_minor,
    order_total_minor: total_minor,
    created_at,
  }));
  await db('orders').insert(rows);
  await db('order_lines').insert(lines);
  return rows.map(({ id }) => id);
}

/** Orders that one statement writes, which has its time like any other. */
const most = 5_000;

/**
 * Writes many orders of one unit each, as {@link insertOrderRows}, a second apart and of few different totals.
 * @param reference of all of them
 */
export async function insertManyOrderRows(
  db: Knex,
  productId: string,
  { count, reference = null }: { readonly count: number; readonly reference?: string | null },
): Promise<void> {
  for (let from = 1; from <= count; from += most) {
    await db.raw(
      `WITH added AS (
         INSERT INTO orders (id, status, reference, quantity, total_minor, placed_by, expires_at, request_id, created_at, updated_at)
         SELECT gen_random_uuid(), 'delivered', ?, 1, 100 + n % 7, 'anna', at, gen_random_uuid(), at, at
         FROM (SELECT n, timestamptz '2026-01-01T00:00:00Z' + n / 3 * interval '1 second' AS at FROM generate_series(?::int, ?::int) AS n) AS each
         RETURNING id, total_minor, created_at)
       INSERT INTO order_lines (order_id, line, product_id, quantity, unit_price_minor, order_total_minor, created_at)
       SELECT id, 1, ?, 1, total_minor, total_minor, created_at FROM added`,
      [reference, from, Math.min(count, from + most - 1), productId],
    );
  }
}
