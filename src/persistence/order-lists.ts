import type { Knex } from 'knex';
import type { Order } from '../domain/order.ts';
import type { OrderStatus } from '../domain/order-status.ts';
import type { Queryable } from './database.ts';
import {
  boundToPage,
  inOrder,
  presentPage,
  type Direction,
  type Page,
  type PageRequest,
  type SortKey,
} from './keyset.ts';
import { presentOrder, selectOrders, type OrderRow } from './orders.ts';

export const orderSorts = ['created_at', '-created_at', 'total', '-total'] as const;

export type OrderSort = (typeof orderSorts)[number];

export interface OrderFilters {
  readonly statuses?: readonly OrderStatus[];
  readonly productId?: string;
  readonly reference?: string;
  /** Minor units, inclusive. */
  readonly minTotal?: bigint;
  /** Minor units, inclusive. */
  readonly maxTotal?: bigint;
  /** Inclusive. */
  readonly start?: Date;
  /** Exclusive. */
  readonly end?: Date;
}

interface Sorting {
  /** Of orders. */
  readonly keys: readonly SortKey[];
  /** The same of their lines, which carry it along so that an index finds the orders of a product in their order. */
  readonly lineKeys: readonly SortKey[];
  readonly direction: Direction;
  readonly position: (row: OrderRow) => readonly string[];
}

/**
 * Orders with lines and reservations, in the order asked for. What is filtered by one thing alone costs its page, however many orders there
 * are: each filter has an index in the order of each sort, and only then, for the rows of the page, the rest is read.
 */
export async function listOrders(
  db: Queryable,
  filters: OrderFilters,
  sort: OrderSort,
  page: PageRequest,
): Promise<Page<Order>> {
  const sorting = sortingOf(sort);
  const { keys, direction } = sorting;
  const found = findOrders(db, filters, sorting, page).as('orders');
  const rows: OrderRow[] = await inOrder(selectOrders(db, found), keys, direction);
  return presentPage(rows, sorting, page, presentOrder);
}

function sortingOf(sort: OrderSort): Sorting {
  const direction = sort.startsWith('-') ? 'desc' : 'asc';
  const id = { column: 'orders.id', type: 'uuid' } as const;
  const lineId = { column: 'l.order_id', type: 'uuid' } as const;
  return sort.endsWith('total')
    ? {
        keys: [{ column: 'orders.total_minor', type: 'bigint' }, id],
        lineKeys: [{ column: 'l.order_total_minor', type: 'bigint' }, lineId],
        direction,
        position: (row) => [row.total_minor, row.id],
      }
    : {
        keys: [{ column: 'orders.created_at', type: 'timestamptz' }, id],
        lineKeys: [{ column: 'l.created_at', type: 'timestamptz' }, lineId],
        direction,
        position: (row) => [row.created_at.toISOString(), row.id],
      };
}

/** The rows of a page of orders and the one behind it, and of these no more than the table has. */
function findOrders(db: Queryable, filters: OrderFilters, sorting: Sorting, page: PageRequest): Knex.QueryBuilder {
  const { statuses, productId, reference, ...ranges } = filters;
  const { keys, lineKeys, direction } = sorting;
  const orders = db('orders').select('orders.*');
  if (productId !== undefined && statuses === undefined && reference === undefined) {
    // From the lines, which are in the order asked for. The planner, not knowing which orders have which products, would go through all orders.
    void orders.join('order_lines as l', 'l.order_id', 'orders.id').where('l.product_id', productId);
    filterRanges(orders, ranges, { total: 'l.order_total_minor', created: 'l.created_at' });
    return boundToPage(orders, lineKeys, direction, page);
  }
  if (productId !== undefined) {
    void orders.whereIn('orders.id', db('order_lines').where({ product_id: productId }).select('order_id'));
  }
  if (statuses !== undefined) void orders.whereRaw('orders.status = s.status');
  if (reference !== undefined) void orders.where('orders.reference', reference);
  filterRanges(orders, ranges, { total: 'orders.total_minor', created: 'orders.created_at' });
  const found = boundToPage(orders, keys, direction, page);
  if (statuses === undefined) return found;
  // A look into the index for each status: over several at once it is in no order. Nor is the planner told which statuses they are: of
  // one that most orders have, it would go through all orders, and not know that the newest are not among them.
  const each = db.from(db.raw('unnest(?::text[]) AS s(status)', [Array.from(new Set(statuses))]));
  void each.joinRaw('CROSS JOIN LATERAL ? AS orders', [found] as never).select('orders.*');
  return inOrder(each, keys, direction).limit(page.limit + 1);
}

function filterRanges(
  query: Knex.QueryBuilder,
  { minTotal, maxTotal, start, end }: Pick<OrderFilters, 'minTotal' | 'maxTotal' | 'start' | 'end'>,
  { total, created }: { readonly total: string; readonly created: string },
): void {
  if (minTotal !== undefined) void query.where(total, '>=', minTotal.toString());
  if (maxTotal !== undefined) void query.where(total, '<=', maxTotal.toString());
  if (start !== undefined) void query.where(created, '>=', start);
  if (end !== undefined) void query.where(created, '<', end);
}
