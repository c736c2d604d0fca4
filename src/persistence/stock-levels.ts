import type { Knex } from 'knex';
import type { AllocatableLevel } from '../domain/allocation.ts';
import type { Cause } from '../domain/audit.ts';
import type { StockMove } from '../domain/movement.ts';
import { stockMoves, type StockFigures } from '../domain/stock.ts';
import type { Queryable, Transaction } from './database.ts';
import { inOneTrip, nothing } from './in-one-trip.ts';
import { lowStockEntries } from './low-stock.ts';
import { insertMovements } from './stock-movements.ts';

/** One locked stock level: what allocation and stock arithmetic need to know. */
export type LockedLevel = AllocatableLevel & StockFigures;

/** A locked product with its levels in the order warehouses are used: priority, then code. */
export interface LockedProduct {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly priceMinor: bigint;
  readonly active: boolean;
  readonly lowStockThreshold: number | null;
  /** Orders that wait for it. */
  readonly waiting: number;
  readonly levels: readonly LockedLevel[];
}

/** The first units of one product in one warehouse. */
export interface Opening {
  readonly productId: string;
  readonly warehouseId: string;
  readonly units: number;
}

interface ProductRow {
  id: string;
  sku: string;
  name: string;
  price_minor: string;
  active: boolean;
  low_stock_threshold: number | null;
  waiting: string;
}

interface LevelRow {
  warehouse_id: string;
  warehouse: string;
  priority: number;
  region: string | null;
  warehouse_active: boolean;
  total: number;
  available: number;
  reserved: number;
}

/** A product without any level has one row, without a warehouse. */
type StockRow = ProductRow & (LevelRow | { warehouse_id: null });

/**
 * Locks products and then reads their stock. Every transaction that touches stock begins here, or with {@link lockProducts}.
 *
 * Two statements, since one that locks and reads at once reads as of its beginning: having waited for a product, it would miss a level
 * that somebody opened meanwhile and a warehouse that was closed, and refuse units that are there all the time.
 *
 * @param products ids, or a subquery that selects them
 * @returns the products found, by id; missing ones are absent
 */
export async function lockStock(
  trx: Transaction,
  products: readonly string[] | Knex.QueryBuilder,
): Promise<Map<string, LockedProduct>> {
  const [stock] = await lockStockAnd(trx, products, nothing);
  return stock;
}

/**
 * The same, and reads what else has to be known, without a round trip more.
 * @param read sends its statements on `trx`; they see what the locks have waited for
 */
export async function lockStockAnd<T>(
  trx: Transaction,
  products: readonly string[] | Knex.QueryBuilder,
  read: () => Promise<T>,
): Promise<[Map<string, LockedProduct>, T]> {
  const [locked, [stock, found]] = await lockProductsAnd(trx, products, () =>
    Promise.all([readStock(trx, products), read()]),
  );
  // One that was added since then is there for whoever reads, and nobody has locked it.
  return [new Map(Array.from(stock).filter(([id]) => locked.includes(id))), found];
}

/**
 * Locks products: the row of a product guards all its levels, and everything that has units of it. They are locked in the order of their
 * ids, so two carts with the same products cannot deadlock.
 * @param products ids, or a subquery that selects them
 * @returns the ids of those that were found
 */
export async function lockProducts(
  trx: Transaction,
  products: readonly string[] | Knex.QueryBuilder,
): Promise<readonly string[]> {
  const [locked] = await lockProductsAnd(trx, products, nothing);
  return locked;
}

/** The same, and reads or locks further rows behind it, without a round trip more. */
export async function lockProductsAnd<T>(
  trx: Transaction,
  products: readonly string[] | Knex.QueryBuilder,
  behind: () => Promise<T>,
): Promise<[readonly string[], T]> {
  const locking: Knex.QueryBuilder<object, { id: string }[]> = trx('products')
    .whereIn('id', products as readonly string[])
    .orderBy('id')
    .forNoKeyUpdate()
    .select('id');
  const [rows, found] = await inOneTrip(locking, behind);
  return [rows.map(({ id }) => id), found];
}

/** Reads the stock of products as of one moment. Without their locks it tells what could be done, and is no ground for doing it. */
export async function readStock(
  db: Queryable,
  products: readonly string[] | Knex.QueryBuilder,
): Promise<Map<string, LockedProduct>> {
  const rows: StockRow[] = await db('products as p')
    .leftJoin('stock_levels as s', 's.product_id', 'p.id')
    .leftJoin('warehouses as w', 'w.id', 's.warehouse_id')
    .joinRaw(
      `CROSS JOIN LATERAL (SELECT count(*) AS waiting FROM waiting_list WHERE product_id = p.id AND ended_as IS NULL) q`,
    )
    .whereIn('p.id', products as readonly string[])
    .orderByRaw('p.id, w.priority, w.code COLLATE "C"')
    .select('p.id', 'p.sku', 'p.name', 'p.price_minor', 'p.active', 'p.low_stock_threshold', 'q.waiting')
    .select('s.total', 's.available', 's.reserved')
    .select('w.id as warehouse_id', 'w.code as warehouse', 'w.priority', 'w.region', 'w.active as warehouse_active');
  const found = new Map<string, LockedProduct & { levels: LockedLevel[] }>();
  for (const row of rows) {
    const { id, sku, name, active, low_stock_threshold: lowStockThreshold } = row;
    const waiting = Number(row.waiting);
    const product = found.get(id) ?? {
      id,
      sku,
      name,
      active,
      lowStockThreshold,
      waiting,
      priceMinor: BigInt(row.price_minor),
      levels: [],
    };
    if (row.warehouse_id !== null) product.levels.push(presentLevel(row));
    found.set(id, product);
  }
  return found;
}

function presentLevel(row: LevelRow): LockedLevel {
  return {
    warehouseId: row.warehouse_id,
    warehouse: row.warehouse,
    priority: row.priority,
    region: row.region,
    active: row.warehouse_active,
    total: row.total,
    available: row.available,
    reserved: row.reserved,
  };
}

const countedFigures = 'total = s.total + m.total, available = s.available + m.available';
const allFigures =
  'total = s.total + m.total, available = s.available + m.available, reserved = s.reserved + m.reserved';

/**
 * The writes that change stock levels, and with them the ledger, and the audit log where a product becomes low; the caller holds the
 * locks of their products, and makes all of a transaction's changes by one call. Where no move earmarks units, `reserved` is not among
 * the columns: the API's role may not write it.
 */
export function changeStock(trx: Transaction, moves: readonly StockMove[], cause: Cause): Knex.Raw[] {
  const changes = moves.map(({ productId, warehouseId, delta }) => ({ productId, warehouseId, ...delta }));
  const earmarks = moves.some(({ delta }) => delta.reserved !== 0);
  const levels = trx.raw(
    `UPDATE stock_levels s SET ?
       FROM (SELECT "productId", "warehouseId", sum(total)::integer AS total, sum(available)::integer AS available,
                    sum(reserved)::integer AS reserved
               FROM jsonb_to_recordset(?::jsonb)
                 AS c("productId" uuid, "warehouseId" uuid, total integer, available integer, reserved integer)
              GROUP BY 1, 2) m
      WHERE s.product_id = m."productId" AND s.warehouse_id = m."warehouseId"`,
    [earmarks ? trx.raw(allFigures) : trx.raw(countedFigures), JSON.stringify(changes)],
  );
  return [levels, insertMovements(trx, moves, cause), ...lowStockEntries(trx, moves, cause)];
}

/** The writes that open the stock levels of a new product, with what is received there first. */
export function insertStockLevels(
  trx: Transaction,
  openings: readonly Opening[],
  cause: Cause,
): (Knex.QueryBuilder | Knex.Raw)[] {
  const levels = openings.map(({ productId, warehouseId, units }) => {
    return { product_id: productId, warehouse_id: warehouseId, total: units, available: units };
  });
  const received = openings
    .filter(({ units }) => units > 0)
    .map<StockMove>(({ productId, warehouseId, units }) => {
      const delta = stockMoves.adjust(units);
      return { productId, warehouseId, type: 'received', delta, of: {}, reason: 'initial stock' };
    });
  return [trx('stock_levels').insert(levels), ...(received.length > 0 ? [insertMovements(trx, received, cause)] : [])];
}

/**
 * Locks products, opens the stock levels that they lack, empty ones, so that units can be put there, and reads their stock.
 * @returns what is locked, with those levels
 */
export async function lockStockIn(
  trx: Transaction,
  places: readonly Omit<Opening, 'units'>[],
): Promise<Map<string, LockedProduct>> {
  const products = await lockProducts(
    trx,
    places.map(({ productId }) => productId),
  );
  await openStockLevels(trx, places);
  return readStock(trx, products);
}

/**
 * Opens stock levels, empty ones, where there are none; the caller holds the locks of their products. Not of products that do not
 * exist: whoever locks them finds them missing.
 */
export async function openStockLevels(trx: Transaction, places: readonly Omit<Opening, 'units'>[]): Promise<void> {
  const rows = places.map(({ productId, warehouseId }) => ({ product_id: productId, warehouse_id: warehouseId }));
  await trx.raw(
    `INSERT INTO stock_levels (product_id, warehouse_id)
     SELECT n.product_id, n.warehouse_id FROM jsonb_to_recordset(?::jsonb) AS n(product_id uuid, warehouse_id uuid)
       JOIN products p ON p.id = n.product_id
         ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows)],
  );
}
