import type { Knex } from 'knex';
import { formatMoney } from '../domain/money.ts';
import type { Product, WarehouseStock } from '../domain/product.ts';
import type { Queryable } from './database.ts';
import { readPage, type Keyset, type Page, type PageRequest } from './keyset.ts';

interface ProductRow {
  id: string;
  sku: string;
  name: string;
  price_minor: string;
  active: boolean;
  created_at: Date;
  updated_at: Date;
  total_stock: string;
  available_stock: string;
  reserved_stock: string;
  stock: readonly WarehouseStock[];
  low_stock_threshold: number | null;
}

export interface NewProduct {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly priceMinor: bigint;
  /** None unless given. */
  readonly lowStockThreshold?: number | null;
}

export interface ProductChanges {
  readonly name?: string;
  readonly priceMinor?: bigint;
  readonly active?: boolean;
  /** Null takes it away. */
  readonly lowStockThreshold?: number | null;
}

export interface ProductFilters {
  /** Exact SKUs, any case. */
  readonly skus?: readonly string[];
  /** Part of the name or of the SKU, any case. */
  readonly search?: string;
}

/** Name of the constraint that a second product with the same SKU breaks. */
export const skuConstraint = 'products_sku_unique';

/** The write that creates a product. */
export function insertProduct(db: Queryable, product: NewProduct): Knex.QueryBuilder {
  const { id, sku, name, priceMinor, lowStockThreshold = null } = product;
  const row = { id, sku, name, price_minor: priceMinor.toString(), low_stock_threshold: lowStockThreshold };
  return db('products').insert(row);
}

/** The write that changes a product; absent fields stay. */
export function updateProduct(db: Queryable, id: string, changes: ProductChanges): Knex.QueryBuilder {
  const { name, priceMinor, active, lowStockThreshold } = changes;
  return db('products')
    .where({ id })
    .update({
      ...(name === undefined ? {} : { name }),
      ...(priceMinor === undefined ? {} : { price_minor: priceMinor.toString() }),
      ...(active === undefined ? {} : { active }),
      ...(lowStockThreshold === undefined ? {} : { low_stock_threshold: lowStockThreshold }),
      updated_at: db.fn.now(),
    });
}

/** A product with its stock, or undefined. */
export async function readProduct(db: Queryable, id: string): Promise<Product | undefined> {
  const row: ProductRow | undefined = await selectProducts(db).where('p.id', id).first();
  return row && presentProduct(row);
}

/** Products by their SKUs in lower case, whatever the case of those given; those that are not there are absent. */
export async function readProductsBySku(
  db: Queryable,
  skus: readonly string[],
): Promise<Map<string, { readonly id: string; readonly sku: string }>> {
  const rows: { id: string; sku: string }[] = await db('products')
    .whereRaw('lower(sku) = ANY(?)', [skus.map((sku) => sku.toLowerCase())])
    .select('id', 'sku');
  return new Map(rows.map((row) => [row.sku.toLowerCase(), row]));
}

/** Products, newest first. */
export async function listProducts(db: Queryable, filters: ProductFilters, page: PageRequest): Promise<Page<Product>> {
  const query = selectProducts(db);
  const { skus, search } = filters;
  if (skus !== undefined) void query.whereRaw('lower(p.sku) = ANY(?)', [skus.map((sku) => sku.toLowerCase())]);
  if (search !== undefined) {
    const pattern = `%${search.replace(/[\\%_]/g, String.raw`\$&`)}%`;
    void query.where((either) => either.whereILike('p.name', pattern).orWhereILike('p.sku', pattern));
  }
  const keyset: Keyset<ProductRow> = {
    keys: [
      { column: 'p.created_at', type: 'timestamptz' },
      { column: 'p.id', type: 'uuid' },
    ],
    direction: 'desc',
    position: (row) => [row.created_at.toISOString(), row.id],
  };
  return readPage(query, keyset, page, presentProduct);
}

function selectProducts(db: Queryable): Knex.QueryBuilder {
  // Summed per product and not grouped over the whole table, so that a page costs only its own rows.
  const stock = db('stock_levels as s')
    .join('warehouses as w', 'w.id', 's.warehouse_id')
    .whereRaw('s.product_id = p.id')
    .select(
      db.raw('coalesce(sum(s.total), 0) AS total_stock'),
      db.raw('coalesce(sum(s.available), 0) AS available_stock'),
      db.raw('coalesce(sum(s.reserved), 0) AS reserved_stock'),
      db.raw(
        `coalesce(json_agg(json_build_object('warehouse', w.code, 'total', s.total, 'available', s.available,
                                             'reserved', s.reserved) ORDER BY w.priority, w.code COLLATE "C"), '[]') AS stock`,
      ),
    );
  return db('products as p')
    .joinRaw('CROSS JOIN LATERAL ? AS stock', db.raw('?', [stock]))
    .select('p.*', 'stock.total_stock', 'stock.available_stock', 'stock.reserved_stock', 'stock.stock');
}

function presentProduct(row: ProductRow): Product {
  return {
    id: row.id,
    sku: row.sku,
    name: row.name,
    price: formatMoney(BigInt(row.price_minor)),
    active: row.active,
    totalStock: Number(row.total_stock),
    availableStock: Number(row.available_stock),
    reservedStock: Number(row.reserved_stock),
    stock: row.stock,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    lowStockThreshold: row.low_stock_threshold,
  };
}
