import type { Knex } from 'knex';

const tables = [
  'products',
  'warehouses',
  'stock_levels',
  'stock_movements',
  'orders',
  'order_lines',
  'reservations',
  'reservation_allocations',
  'audit_log',
  'idempotency_keys',
  'returns',
  'waiting_list',
  'refusals',
  'api_keys',
] as const;

/** How many rows each table has, and what the stock is: two equal answers mean that nothing happened in between. */
export async function rowCounts(db: Knex): Promise<Readonly<Record<string, unknown>>> {
  const counts = Object.fromEntries(tables.map((table) => [table, db(table).count()]));
  const units = db('stock_levels').sum('total');
  const changed = db('products').max('updated_at');
  const [row] = await db.select<Record<string, unknown>[]>({ ...counts, units, changed });
  return row ?? {};
}
