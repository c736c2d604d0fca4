import type { Knex } from 'knex';
import { v4 } from 'uuid';
import { stockLevelId, type Change } from '../../src/domain/audit.ts';
import { auditEntries } from '../../src/persistence/audit-log.ts';
import { writeTogether } from '../../src/persistence/database.ts';
import { insertStockLevels } from '../../src/persistence/stock-levels.ts';
import { readWarehouseIds } from '../../src/persistence/warehouses.ts';
import { stockedProduct, type StockedProduct } from './orders.ts';

/** What a test says of a warehouse; MAIN is there already, with priority 100. */
export interface WarehouseFields {
  readonly code: string;
  readonly priority?: number;
  readonly region?: string;
  readonly active?: boolean;
}

/** Opens warehouses without any stock. */
export async function openWarehouses(db: Knex, ...warehouses: readonly WarehouseFields[]): Promise<void> {
  await db('warehouses').insert(warehouses.map((fields) => ({ id: v4(), name: fields.code, ...fields })));
}

/** Creates a product with units in warehouses, named by their codes. It always has a level in MAIN. */
export async function productIn(db: Knex, units: Readonly<Record<string, number>>): Promise<StockedProduct> {
  const { MAIN = 0, ...others } = units;
  const product = await stockedProduct(db, { stock: MAIN });
  if (Object.keys(others).length === 0) return product;
  const ids = await readWarehouseIds(db, Object.keys(others));
  const by = { actor: 'stock keeper', requestId: v4(), workflowId: null };
  await db.transaction(async (trx) => {
    const openings = Object.entries(others).map(([code, units]) => {
      return { productId: product.id, warehouseId: String(ids.get(code)), units };
    });
    const opened = Object.entries(others).map<Change>(([code, units]) => {
      const newValue = { total: units, available: units, reserved: 0, reason: 'initial stock' };
      const objectId = stockLevelId(product.id, code);
      return { action: 'STOCK_ADJUSTED', objectType: 'StockLevel', objectId, oldValue: null, newValue };
    });
    await writeTogether(trx, [...insertStockLevels(trx, openings, by), auditEntries(trx, opened, by)]);
  });
  return product;
}

/** The total and the reserved units of a product in each warehouse that has any, by code. */
export async function levelsOf(db: Knex, { id }: StockedProduct): Promise<Record<string, readonly [number, number]>> {
  const rows: { code: string; total: number; reserved: number }[] = await db('stock_levels as s')
    .join('warehouses as w', 'w.id', 's.warehouse_id')
    .where({ product_id: id })
    .where('total', '>', 0)
    .orderBy('code')
    .select('code', 'total', 'reserved');
  return Object.fromEntries(rows.map(({ code, total, reserved }) => [code, [total, reserved]]));
}
