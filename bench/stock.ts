import { v4, v7 } from 'uuid';
import { createWarehouse, findWarehouses } from '../src/api/warehouses.ts';
import { stockChange, stockLevelId, type Change } from '../src/domain/audit.ts';
import { formatMoney } from '../src/domain/money.ts';
import { applyDelta, noStock, stockMoves, type StockFigures } from '../src/domain/stock.ts';
import { auditEntries } from '../src/persistence/audit-log.ts';
import { writeTogether, type Transaction } from '../src/persistence/database.ts';
import { insertProduct, readProduct } from '../src/persistence/products.ts';
import { insertStockLevels } from '../src/persistence/stock-levels.ts';
import { readDefaultWarehouseId, readWarehouse } from '../src/persistence/warehouses.ts';
import type { System } from './system.ts';

/** So many units that no run sells out what is not to sell out. */
const plenty = 100_000_000;

/** Products that are written in one transaction: with each in its own, making them would take longer than measuring. */
const batchSize = 100;

/**
 * Makes products with what the API writes for each, so that ledger and audit log are as they would be.
 * @param stock units in each warehouse, by its code; plenty in the first one unless given
 * @returns their ids
 */
export async function makeProducts(
  { db }: Pick<System, 'db'>,
  count: number,
  stock: Readonly<Record<string, number>> = { MAIN: plenty },
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => v7());
  for (let from = 0; from < count; from += batchSize) {
    await db.transaction((trx) => writeProducts(trx, ids.slice(from, from + batchSize), stock));
  }
  return ids;
}

async function writeProducts(
  trx: Transaction,
  ids: readonly string[],
  stock: Readonly<Record<string, number>>,
): Promise<void> {
  const cause = { actor: 'bench', requestId: v4(), workflowId: null };
  const idOf = await findWarehouses(trx, Object.keys(stock));
  // The default one has a level even without units, see createProduct.
  const units = Object.entries(stock);
  const unitsIn = new Map([[await readDefaultWarehouseId(trx), 0]]);
  for (const [code, count] of Object.entries(stock)) unitsIn.set(idOf(code), count);
  const products = ids.map((id) => ({ id, sku: `BENCH-${id}`, name: `Product ${id.slice(-4)}`, priceMinor: 1250n }));
  const created = products.map<Change>(({ id, sku, name, priceMinor }) => {
    const newValue = { sku, name, price: formatMoney(priceMinor), active: true };
    return { action: 'PRODUCT_CREATED', objectType: 'Product', objectId: id, oldValue: null, newValue };
  });
  const stocked = ids.flatMap((id) =>
    units
      .filter(([, count]) => count > 0)
      .map(([code, count]) => {
        const figures = { from: noStock, to: applyDelta(noStock, stockMoves.adjust(count), code) };
        return stockChange('STOCK_ADJUSTED', stockLevelId(id, code), figures, { reason: 'initial stock' });
      }),
  );
  const openings = ids.flatMap((productId) =>
    Array.from(unitsIn, ([warehouseId, count]) => ({ productId, warehouseId, units: count })),
  );
  await writeTogether(trx, [
    ...products.map((product) => insertProduct(trx, product)),
    ...insertStockLevels(trx, openings, cause),
    auditEntries(trx, [...created, ...stocked], cause),
  ]);
}

const spreads = new WeakMap<System, Promise<string[]>>();

/** The 1,000 products that orders are spread over; made once for each system. */
export function spreadOf(system: System): Promise<string[]> {
  const made = spreads.get(system) ?? makeProducts(system, 1_000);
  spreads.set(system, made);
  return made;
}

/** The figures of a product over all its warehouses. */
export async function stockOf({ db }: System, productId: string): Promise<StockFigures> {
  const product = await readProduct(db, productId);
  if (product === undefined) throw new Error(`There is no product ${productId}.`);
  return { total: product.totalStock, available: product.availableStock, reserved: product.reservedStock };
}

/** Opens those warehouses that are not there yet. */
export async function openWarehouses({ db }: System, codes: readonly string[]): Promise<void> {
  for (const code of codes) {
    const by = { actor: 'bench', requestId: v4(), workflowId: null };
    if (code === 'MAIN' || (await readWarehouse(db, code)) !== undefined) continue;
    await createWarehouse(db, { id: v7(), code, name: code, region: null, priority: 100, active: true }, by);
  }
}
