import type { Knex } from 'knex';
import type { AllocatableLevel } from '../domain/allocation.ts';
import type { StockDelta, StockFigures } from '../domain/stock.ts';
import type { Queryable, Transaction } from './database.ts';

/** One locked stock level: what allocation and stock arithmetic need to know. */
export type LockedLevel = AllocatableLevel & StockFigures;

/** A locked product with its levels in the order warehouses are used: priority, then code. */
export interface LockedProduct {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly priceMinor: bigint;
  readonly active: boolean;
  readonly levels: readonly LockedLevel[];
}

/** A change of one stock level. */
export interface StockMove {
  readonly productId: string;
  readonly warehouseId: string;
  readonly delta: StockDelta;
}

interface LockedRow {
  id: string;
  sku: string;
  name: string;
  price_minor: string;
  active: boolean;
  warehouse_id: string;
  warehouse: string;
  warehouse_active: boolean;
  total: number;
  available: number;
  reserved: number;
}

/**
 * Locks products and reads their stock in one round trip. Every transaction that touches stock begins here.
 *
 * The product row is the lock that guards all its levels; products are locked in the order of their ids, so two carts with
 * the same products cannot deadlock. The levels are locked too, for freshness alone: of a row that is merely joined, a
 * transaction that had to wait would see the figures from before its wait.
 *
 * @param products ids, or a subquery that selects them
 * @returns the products found, by id; missing ones are absent
 */
export async function lockStock(
  trx: Transaction,
  products: readonly string[] | Knex.QueryBuilder,
): Promise<Map<string, LockedProduct>> {
  const rows: LockedRow[] = await trx('products as p')
    .join('stock_levels as s', 's.product_id', 'p.id')
    .join('warehouses as w', 'w.id', 's.warehouse_id')
    .whereIn('p.id', products as readonly string[])
    .orderBy(['p.id', 'w.priority', 'w.code'])
    .forNoKeyUpdate('p', 's')
    .select('p.id', 'p.sku', 'p.name', 'p.price_minor', 'p.active', 's.total', 's.available', 's.reserved')
    .select('w.id as warehouse_id', 'w.code as warehouse', 'w.active as warehouse_active');

  const locked = new Map<string, LockedProduct & { levels: LockedLevel[] }>();
  for (const row of rows) {
    const { id, sku, name, active } = row;
    const product = locked.get(id) ?? { id, sku, name, active, priceMinor: BigInt(row.price_minor), levels: [] };
    product.levels.push(presentLevel(row));
    locked.set(id, product);
  }
  return locked;
}

function presentLevel(row: LockedRow): LockedLevel {
  return {
    warehouseId: row.warehouse_id,
    warehouse: row.warehouse,
    active: row.warehouse_active,
    total: row.total,
    available: row.available,
    reserved: row.reserved,
  };
}

/** The write that changes stock levels, one row each; the caller holds their products' locks. */
export function changeStock(trx: Transaction, moves: readonly StockMove[]): Knex.Raw {
  const changes = moves.map(({ productId, warehouseId, delta }) => ({ productId, warehouseId, ...delta }));
  return trx.raw(
    `UPDATE stock_levels s
        SET total = s.total + m.total, available = s.available + m.available, reserved = s.reserved + m.reserved
       FROM jsonb_to_recordset(?::jsonb)
         AS m("productId" uuid, "warehouseId" uuid, total integer, available integer, reserved integer)
      WHERE s.product_id = m."productId" AND s.warehouse_id = m."warehouseId"`,
    [JSON.stringify(changes)],
  );
}

/** The write that opens a stock level with its first units. */
export function insertStockLevel(
  db: Queryable,
  productId: string,
  warehouseId: string,
  units: number,
): Knex.QueryBuilder {
  return db('stock_levels').insert({
    product_id: productId,
    warehouse_id: warehouseId,
    total: units,
    available: units,
    reserved: 0,
  });
}
