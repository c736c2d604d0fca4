import type { Queryable } from './database.ts';
import { boundToPage, presentPage, type Keyset, type Page, type PageRequest } from './keyset.ts';

/** The waiting list of a product that somebody waits for. JSON-safe. */
export interface WaitingList {
  readonly product: {
    readonly id: string;
    readonly sku: string;
    readonly name: string;
    readonly active: boolean;
  };
  /** Units, in all warehouses. */
  readonly available: number;
  /** How many orders wait, and for how many units together. */
  readonly orders: number;
  readonly units: number;
  /** Who is served next. */
  readonly first: {
    readonly orderId: string;
    readonly quantity: number;
    readonly until: string;
    readonly joinedAt: string;
  };
}

interface HeadRow {
  product_id: string;
  sku: string;
  name: string;
  active: boolean;
  available: string;
  orders: string;
  units: string;
  order_id: string;
  quantity: number;
  place: string;
  until: Date;
  created_at: Date;
}

const keyset: Keyset<HeadRow> = {
  keys: [{ column: 'place', type: 'bigint' }],
  direction: 'asc',
  position: ({ place }) => [place],
};

/** The first of each waiting list: from one product to the next by the index, however many wait for each of them. */
const heads = `
  (SELECT * FROM waiting_list WHERE ended_as IS NULL ORDER BY product_id, place LIMIT 1)
  UNION ALL
  SELECT next.* FROM heads CROSS JOIN LATERAL (
    SELECT * FROM waiting_list WHERE ended_as IS NULL AND product_id > heads.product_id
     ORDER BY product_id, place LIMIT 1) next`;

/**
 * The waiting lists of all products that somebody waits for, the one whose first order has waited longest first. When that is served
 * while somebody turns pages, the list moves back: it may be seen twice, and is not missed.
 */
export async function listWaitingLists(db: Queryable, page: PageRequest): Promise<Page<WaitingList>> {
  const rows: HeadRow[] = await db
    .withRecursive('heads', db.raw(heads))
    .with('page', boundToPage(db('heads').select('*'), keyset.keys, keyset.direction, page))
    .from('page as h')
    .join('products as p', 'p.id', 'h.product_id')
    .joinRaw(
      `CROSS JOIN LATERAL (SELECT count(*) AS orders, sum(quantity) AS units FROM waiting_list w
         WHERE w.product_id = h.product_id AND w.ended_as IS NULL) w`,
    )
    .joinRaw(
      `CROSS JOIN LATERAL (SELECT coalesce(sum(available), 0) AS available FROM stock_levels l
         WHERE l.product_id = h.product_id) s`,
    )
    .select('h.*', 'p.sku', 'p.name', 'p.active', 'w.orders', 'w.units', 's.available')
    .orderBy('h.place');
  return presentPage(rows, keyset, page, (row) => ({
    product: { id: row.product_id, sku: row.sku, name: row.name, active: row.active },
    available: Number(row.available),
    orders: Number(row.orders),
    units: Number(row.units),
    first: {
      orderId: row.order_id,
      quantity: row.quantity,
      until: row.until.toISOString(),
      joinedAt: row.created_at.toISOString(),
    },
  }));
}
