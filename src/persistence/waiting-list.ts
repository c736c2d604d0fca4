import type { Knex } from 'knex';
import { allocate, type AllocationStrategy } from '../domain/allocation.ts';
import type { WaitEnding, WaitingOrder } from '../domain/waiting.ts';
import type { Queryable, Transaction } from './database.ts';
import { readPage, type Keyset, type Page, type PageRequest } from './keyset.ts';
import { secondsFromNow } from './seconds-from-now.ts';
import { readStock } from './stock-levels.ts';

/** An order that joins the waiting list of its product; it waits until the database's now() + wait. */
export interface NewWait {
  readonly orderId: string;
  readonly productId: string;
  readonly quantity: number;
  /** Of the hold that begins when it is served. */
  readonly holdSeconds: number;
  readonly waitSeconds: number;
  readonly placedBy: string;
}

/** A place in a waiting list. */
export interface Wait {
  readonly productId: string;
  readonly quantity: number;
  readonly holdSeconds: number;
  /** Null while it waits. */
  readonly endedAs: WaitEnding | null;
  readonly until: string;
  /** Milliseconds until then by the database's clock, 0 when it is past. */
  readonly remainingMs: number;
}

interface WaitRow {
  product_id: string;
  quantity: number;
  hold_seconds: number;
  ended_as: WaitEnding | null;
  until: Date;
  remaining: string;
}

interface ListedRow {
  order_id: string;
  quantity: number;
  place: string;
  position: string;
  placed_by: string;
  until: Date;
  created_at: Date;
}

interface HeadRow {
  productId: string;
  orderId: string;
  quantity: number;
  strategy: AllocationStrategy;
  region: string | null;
}

/** The write that puts an order at the end of its product's waiting list; the caller holds the product's lock. */
export function joinWaitingList(trx: Transaction, wait: NewWait): Knex.QueryBuilder {
  return trx('waiting_list').insert({
    order_id: wait.orderId,
    product_id: wait.productId,
    quantity: wait.quantity,
    hold_seconds: wait.holdSeconds,
    placed_by: wait.placedBy,
    until: secondsFromNow(trx, wait.waitSeconds),
  });
}

/** The write that takes an order out of its waiting list; the caller holds the product's lock. */
export function endWait(trx: Transaction, orderId: string, endedAs: WaitEnding): Knex.QueryBuilder {
  return trx('waiting_list').where({ order_id: orderId }).whereNull('ended_as').update({ ended_as: endedAs });
}

/** The subquery of the product that an order waits, or waited, for: for locking it. */
export function productAwaitedBy(db: Queryable, orderId: string): Knex.QueryBuilder {
  return db('waiting_list').where({ order_id: orderId }).select('product_id');
}

/** The ids of the products that somebody waits for, in their order. */
export async function readAwaited(db: Queryable): Promise<string[]> {
  const query = db('waiting_list').whereNull('ended_as').distinct('product_id').orderBy('product_id');
  return (await query.pluck('product_id')) as string[];
}

/** The place that an order has, or had, in a waiting list; undefined when it never waited. */
export async function readWait(db: Queryable, orderId: string): Promise<Wait | undefined> {
  const row: WaitRow | undefined = await db('waiting_list')
    .where({ order_id: orderId })
    .first(
      'product_id',
      'quantity',
      'hold_seconds',
      'ended_as',
      'until',
      db.raw('greatest(0, ceil(extract(epoch FROM until - clock_timestamp()) * 1000))::bigint AS remaining'),
    );
  return (
    row && {
      productId: row.product_id,
      quantity: row.quantity,
      holdSeconds: row.hold_seconds,
      endedAs: row.ended_as,
      until: row.until.toISOString(),
      remainingMs: Number(row.remaining),
    }
  );
}

/** Whether an order is the first in the waiting list of a product; the caller holds the product's lock. */
export async function isFirst(trx: Transaction, orderId: string, productId: string): Promise<boolean> {
  const first: { order_id: string } | undefined = await trx('waiting_list')
    .where({ product_id: productId })
    .whereNull('ended_as')
    .orderBy('place')
    .first('order_id');
  return first?.order_id === orderId;
}

/**
 * The orders whose turn has come: first in the waiting list of their product, which is for sale and has their units as they want them.
 * Whoever frees or adds units, or leaves a waiting list, asks for them in the same transaction, and wakes their workflows afterwards.
 * @param products ids, or a subquery that selects them; undefined for all that somebody waits for
 */
export async function readTurns(
  db: Queryable,
  products?: readonly string[] | Knex.QueryBuilder,
): Promise<readonly string[]> {
  const query = db('waiting_list as w')
    .join('orders as o', 'o.id', 'w.order_id')
    .whereNull('w.ended_as')
    .distinctOn('w.product_id')
    .orderBy(['w.product_id', 'w.place'])
    .select('w.product_id as productId', 'w.order_id as orderId', 'w.quantity', 'o.allocation as strategy', 'o.region');
  if (products !== undefined) void query.whereIn('w.product_id', products as readonly string[]);
  const heads: HeadRow[] = await query;
  if (heads.length === 0) return [];
  const stock = await readStock(
    db,
    heads.map(({ productId }) => productId),
  );
  return heads
    .filter(({ productId, quantity, strategy, region }) => {
      const product = stock.get(productId);
      if (!product?.active) return false;
      return 'met' in allocate([{ quantity, levels: product.levels }], { strategy, region });
    })
    .map(({ orderId }) => orderId);
}

/** The orders that wait for a product, in the order in which they are served. */
export async function listWaiting(db: Queryable, productId: string, page: PageRequest): Promise<Page<WaitingOrder>> {
  const numbered = db('waiting_list')
    .where({ product_id: productId })
    .whereNull('ended_as')
    .select('order_id', 'quantity', 'place', 'placed_by', 'until', 'created_at')
    .select(db.raw('row_number() OVER (ORDER BY place) AS position'))
    .as('w');
  const keyset: Keyset<ListedRow> = {
    keys: [{ column: 'place', type: 'bigint' }],
    direction: 'asc',
    position: ({ place }) => [place],
  };
  return readPage(db.from(numbered).select('w.*'), keyset, page, (row) => ({
    orderId: row.order_id,
    position: Number(row.position),
    quantity: row.quantity,
    placedBy: row.placed_by,
    joinedAt: row.created_at.toISOString(),
    until: row.until.toISOString(),
  }));
}
