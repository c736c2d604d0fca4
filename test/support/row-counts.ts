import type { Knex } from 'knex';

const tables = [
  'products',
  'stock_levels',
  'orders',
  'order_lines',
  'reservations',
  'reservation_allocations',
  'audit_log',
  'idempotency_keys',
] as const;

/** How many rows each table has, and what the stock is: two equal answers mean that nothing happened in between. */
export async function rowCounts(db: Knex): Promise<Readonly<Record<string, unknown>>> {
  const counts = tables.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`);
  const { rows } = await db.raw<{ rows: Record<string, unknown>[] }>(
    `SELECT ${counts.join(', ')}, (SELECT sum(total) FROM stock_levels) AS units, (SELECT max(updated_at) FROM products) AS changed`,
  );
  return rows[0] ?? {};
}
