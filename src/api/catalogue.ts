import type { Knex } from 'knex';
import { stockChange, stockLevelId, type Cause, type Change } from '../domain/audit.ts';
import { DomainError, notFound } from '../domain/errors.ts';
import { formatMoney } from '../domain/money.ts';
import type { Product } from '../domain/product.ts';
import type { Freed } from '../domain/waiting.ts';
import { applyDelta, noStock, stockMoves } from '../domain/stock.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { breaksConstraint } from '../persistence/broken-constraint.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import {
  insertProduct,
  readProduct,
  skuConstraint,
  updateProduct,
  type NewProduct,
  type ProductChanges,
} from '../persistence/products.ts';
import { insertStockLevels, lockStock, type LockedProduct } from '../persistence/stock-levels.ts';
import { readDefaultWarehouseId } from '../persistence/warehouses.ts';
import { findWarehouses } from './warehouses.ts';
import { readTurns } from '../persistence/waiting-list.ts';

/** Units that a product begins with in one warehouse, which is named by its code. */
export interface FirstUnits {
  readonly warehouse: string;
  readonly units: number;
}

/**
 * Creates a product with its first units.
 * @param stock each warehouse once
 * @throws DomainError sku-taken; not-found when there is no such warehouse
 */
export async function createProduct(
  db: Knex,
  product: NewProduct,
  stock: readonly FirstUnits[],
  cause: Cause,
): Promise<Product> {
  const { id, sku, name, priceMinor, lowStockThreshold = null } = product;
  const created: Change = {
    action: 'PRODUCT_CREATED',
    objectType: 'Product',
    objectId: id,
    oldValue: null,
    newValue: {
      ...{ sku, name, price: formatMoney(priceMinor), active: true },
      ...(lowStockThreshold === null ? {} : { low_stock_threshold: lowStockThreshold }),
    },
  };
  const stocked = stock
    .filter(({ units }) => units > 0)
    .map(({ warehouse, units }) => {
      const figures = { from: noStock, to: applyDelta(noStock, stockMoves.adjust(units), warehouse) };
      return stockChange('STOCK_ADJUSTED', stockLevelId(id, warehouse), figures, { reason: 'initial stock' });
    });
  const writing = db.transaction(async (trx) => {
    const mainId = await readDefaultWarehouseId(trx);
    const named = stock.map(({ warehouse }) => warehouse);
    const idOf = await findWarehouses(trx, named);
    // The default one has a level even without units: locking a product's stock finds the product by its levels.
    const unitsIn = new Map([[mainId, 0], ...stock.map(({ warehouse, units }) => [idOf(warehouse), units] as const)]);
    const openings = Array.from(unitsIn, ([warehouseId, units]) => ({ productId: id, warehouseId, units }));
    await writeTogether(trx, [
      insertProduct(trx, product),
      ...insertStockLevels(trx, openings, cause),
      auditEntries(trx, [created, ...stocked], cause),
    ]);
    return reread(trx, id);
  });
  // Caught outside: an SQL error swallowed inside a transaction would look like success.
  return writing.catch((error: unknown) => {
    throw breaksConstraint(error, skuConstraint)
      ? new DomainError('sku-taken', `The SKU ${sku} is taken.`, { sku })
      : error;
  });
}

/**
 * Changes name, price, activity or threshold of a product. A threshold that is raised above what is available moves no stock: no LOW_STOCK. What is as it was writes no audit entry.
 * @throws DomainError not-found
 */
export async function changeProduct(
  db: Knex,
  id: string,
  changes: ProductChanges,
  cause: Cause,
): Promise<Freed<Product>> {
  return db.transaction(async (trx) => {
    const current = await lockProduct(trx, id);
    const before = auditedFields(current);
    const after = { ...before, ...auditedFields(changes) };
    const changed = Object.keys(before).filter((field) => before[field] !== after[field]);
    if (changed.length > 0) {
      const pick = (fields: AuditedFields) => Object.fromEntries(changed.map((field) => [field, fields[field]]));
      const change: Change = {
        action: 'PRODUCT_UPDATED',
        objectType: 'Product',
        objectId: id,
        oldValue: pick(before),
        newValue: pick(after),
      };
      await writeTogether(trx, [updateProduct(trx, id, changes), auditEntries(trx, [change], cause)]);
    }
    // What is for sale again can be had by whoever waits for it.
    return { value: await reread(trx, id), turns: changes.active ? await readTurns(trx, [id]) : [] };
  });
}

type AuditedFields = Readonly<Record<string, string | boolean | number | null>>;

function auditedFields({ name, priceMinor, active, lowStockThreshold }: ProductChanges): AuditedFields {
  return {
    ...(name === undefined ? {} : { name }),
    ...(priceMinor === undefined ? {} : { price: formatMoney(priceMinor) }),
    ...(active === undefined ? {} : { active }),
    ...(lowStockThreshold === undefined ? {} : { low_stock_threshold: lowStockThreshold }),
  };
}

async function lockProduct(trx: Transaction, id: string): Promise<LockedProduct> {
  const product = (await lockStock(trx, [id])).get(id);
  if (!product) throw notFound('Product', id);
  return product;
}

async function reread(trx: Transaction, id: string): Promise<Product> {
  const product = await readProduct(trx, id);
  if (!product) throw new Error(`Product ${id} was written and cannot be read`);
  return product;
}
