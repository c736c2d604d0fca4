import type { Knex } from 'knex';
import { stockLevelId, type Cause, type Change } from '../domain/audit.ts';
import { DomainError, notFound } from '../domain/errors.ts';
import { formatMoney } from '../domain/money.ts';
import { defaultWarehouse, type Product } from '../domain/product.ts';
import { applyDelta, stockMoves, type StockFigures } from '../domain/stock.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import {
  insertProduct,
  readProduct,
  skuConstraint,
  updateProduct,
  type NewProduct,
  type ProductChanges,
} from '../persistence/products.ts';
import {
  changeStock,
  insertStockLevels,
  lockStock,
  lockStockIn,
  type LockedLevel,
  type LockedProduct,
} from '../persistence/stock-levels.ts';
import { readDefaultWarehouseId, readWarehouseIds } from '../persistence/warehouses.ts';

const noStock: StockFigures = { total: 0, available: 0, reserved: 0 };

/**
 * Creates a product with its first units in the default warehouse.
 * @throws DomainError sku-taken
 */
export async function createProduct(db: Knex, product: NewProduct, units: number, cause: Cause): Promise<Product> {
  const { id, sku, name, priceMinor } = product;
  const created: Change = {
    action: 'PRODUCT_CREATED',
    objectType: 'Product',
    objectId: id,
    oldValue: null,
    newValue: { sku, name, price: formatMoney(priceMinor), active: true },
  };
  const stocked = stockAdjusted(
    id,
    defaultWarehouse,
    noStock,
    applyDelta(noStock, stockMoves.adjust(units)),
    'initial stock',
  );
  const writing = db.transaction(async (trx) => {
    const warehouseId = await readDefaultWarehouseId(trx);
    await writeTogether(trx, [
      insertProduct(trx, product),
      // A level even without units: locking a product's stock finds the product by its levels.
      ...insertStockLevels(trx, [{ productId: id, warehouseId, units }], cause),
      auditEntries(trx, units === 0 ? [created] : [created, stocked], cause),
    ]);
    return reread(trx, id);
  });
  // Caught outside: an SQL error swallowed inside a transaction would look like success.
  return writing.catch((error: unknown) => {
    throw breaks(error, skuConstraint) ? new DomainError('sku-taken', `The SKU ${sku} is taken.`, { sku }) : error;
  });
}

/**
 * Changes name, price or activity of a product. What is as it was writes no audit entry.
 * @throws DomainError not-found
 */
export async function changeProduct(db: Knex, id: string, changes: ProductChanges, cause: Cause): Promise<Product> {
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
    return reread(trx, id);
  });
}

/**
 * Counts units of a product in (positive delta) or out (negative) at a warehouse, the default one when none is named.
 * @throws DomainError not-found; stock-conflict when it would cut into reserved stock or exceed what a level can hold
 */
export async function adjustStock(
  db: Knex,
  id: string,
  { delta, reason, warehouse = defaultWarehouse }: StockAdjustment,
  cause: Cause,
): Promise<Product> {
  return db.transaction(async (trx) => {
    const warehouseId = (await readWarehouseIds(trx, [warehouse])).get(warehouse);
    if (warehouseId === undefined) throw notFound('Warehouse', warehouse);
    const level = levelIn(await lockStockIn(trx, [{ productId: id, warehouseId }]), id, warehouseId);
    const move = stockMoves.adjust(delta);
    const after = applyDelta(level, move);
    await writeTogether(trx, [
      ...changeStock(
        trx,
        [{ productId: id, warehouseId: level.warehouseId, type: 'adjusted', delta: move, of: {}, reason }],
        cause,
      ),
      auditEntries(trx, [stockAdjusted(id, warehouse, level, after, reason)], cause),
    ]);
    return reread(trx, id);
  });
}

/** Units counted in or out by hand. */
export interface StockAdjustment {
  readonly delta: number;
  readonly reason: string;
  /** By its code. */
  readonly warehouse?: string;
}

type AuditedFields = Readonly<Record<string, string | boolean>>;

function auditedFields({ name, priceMinor, active }: ProductChanges): AuditedFields {
  return {
    ...(name === undefined ? {} : { name }),
    ...(priceMinor === undefined ? {} : { price: formatMoney(priceMinor) }),
    ...(active === undefined ? {} : { active }),
  };
}

function stockAdjusted(
  productId: string,
  warehouse: string,
  before: StockFigures,
  after: StockFigures,
  reason: string,
): Change {
  return {
    action: 'STOCK_ADJUSTED',
    objectType: 'StockLevel',
    objectId: stockLevelId(productId, warehouse),
    oldValue: figures(before),
    newValue: { ...figures(after), reason },
  };
}

function figures({ total, available, reserved }: StockFigures): StockFigures {
  return { total, available, reserved };
}

/** @throws DomainError not-found when there is no such product */
function levelIn(products: ReadonlyMap<string, LockedProduct>, id: string, warehouseId: string): LockedLevel {
  const product = products.get(id);
  if (!product) throw notFound('Product', id);
  const level = product.levels.find((level) => level.warehouseId === warehouseId);
  if (!level) throw new Error(`Product ${id} has no stock level in warehouse ${warehouseId}`);
  return level;
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

function breaks(error: unknown, constraint: string): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === constraint;
}
