import { v4, v7 } from 'uuid';
import { createProduct } from '../src/api/catalogue.ts';
import { createWarehouse } from '../src/api/warehouses.ts';
import type { StockFigures } from '../src/domain/stock.ts';
import { readProduct } from '../src/persistence/products.ts';
import { readWarehouse } from '../src/persistence/warehouses.ts';
import { inParallel } from '../src/in-parallel.ts';
import type { System } from './system.ts';

/** So many units that no run sells out what is not to sell out. */
const plenty = 100_000_000;

/**
 * Makes products as the API does it, so that ledger and audit log are as they would be.
 * @param stock units in each warehouse, by its code; plenty in the first one unless given
 * @returns their ids
 */
export async function makeProducts(
  { db }: System,
  count: number,
  stock: Readonly<Record<string, number>> = { MAIN: plenty },
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => v7());
  const units = Object.entries(stock).map(([warehouse, units]) => ({ warehouse, units }));
  await inParallel(ids, async (id) => {
    const by = { actor: 'bench', requestId: v4(), workflowId: null };
    await createProduct(db, { id, sku: `BENCH-${id}`, name: `Product ${id.slice(-4)}`, priceMinor: 1250n }, units, by);
  });
  return ids;
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
