import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { v7 } from 'uuid';
import type { z } from 'zod';
import type { levelResults } from '../../src/api/schemas/stock-levels.ts';
import { readDefaultWarehouseId } from '../../src/persistence/warehouses.ts';
import { createProduct, type ProductWire, type TestApi } from './api.ts';
import type { Reply } from './http.ts';

export type ResultsWire = z.output<typeof levelResults>;

/** A row of a list as a caller writes it. */
export interface RowSent {
  readonly sku: string;
  readonly warehouse?: string;
  readonly set_to?: number;
  readonly delta?: number;
  readonly reason?: string;
}

/** Sends a list of stock levels as JSON. */
export function putLevels(
  api: Pick<TestApi, 'put'>,
  rows: readonly RowSent[],
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply<ResultsWire>> {
  return api.put(
    '/api/stock-levels/',
    rows.map((row) => ({ reason: 'count', ...row })),
    headers,
  );
}

/** Sends a list of stock levels as CSV. */
export function putCsv(
  api: Pick<TestApi, 'put'>,
  csv: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply<ResultsWire>> {
  return api.put('/api/stock-levels/', csv, { 'Content-Type': 'text/csv', ...headers });
}

/** Makes a warehouse. @returns its code */
export async function makeWarehouse(db: Knex, code: string): Promise<string> {
  await db('warehouses').insert({ id: db.raw('gen_random_uuid()'), code, name: code });
  return code;
}

/** Makes some products with so many units each, named `prefix-0` and so on. */
export async function someProducts(api: TestApi, prefix: string, count: number, units = 0): Promise<ProductWire[]> {
  const products: ProductWire[] = [];
  for (let n = 0; n < count; n += 1) {
    products.push(await createProduct(api, { sku: `${prefix}-${n}`, total_stock: units }));
  }
  return products;
}

/** Makes many products without units, named in the same way, as rows: over HTTP it would take long. */
export async function manyProducts(db: Knex, prefix: string, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, n) => ({ id: v7(), sku: `${prefix}-${n}`, name: 'Lamp' }));
  await db('products').insert(names.map((name) => ({ ...name, price_minor: 100 })));
  const warehouse_id = await readDefaultWarehouseId(db);
  await db('stock_levels').insert(names.map(({ id }) => ({ product_id: id, warehouse_id })));
}

/** The totals of the stock levels of some products by SKU; with the warehouse before it where it is not MAIN. */
export async function totalsOf(db: Knex, prefix: string): Promise<Readonly<Record<string, number>>> {
  const rows: { sku: string; code: string; total: number }[] = await db('stock_levels as s')
    .join('products as p', 'p.id', 's.product_id')
    .join('warehouses as w', 'w.id', 's.warehouse_id')
    .whereLike('p.sku', `${prefix}%`)
    .orderBy(['p.sku', 'w.code'])
    .select('p.sku', 'w.code', 's.total');
  return Object.fromEntries(rows.map(({ sku, code, total }) => [code === 'MAIN' ? sku : `${code} ${sku}`, total]));
}

/** The mistakes that an answer names. */
export function mistakesOf({ status, json }: Reply): readonly (readonly [path: string, message: string])[] {
  assert.deepEqual([status, json.code], [400, 'validation-failed']);
  return (json.errors ?? []).map(({ path, message }) => [path, message] as const);
}
