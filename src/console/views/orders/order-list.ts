import { useEffect, useRef, useState } from 'preact/hooks';
import { ask, type Answer } from '../../client/ask.ts';
import { useLive, type LiveEntry } from '../../client/live.ts';
import type { Order } from '../../client/shapes.ts';
import { useData, type Data } from '../../client/use-data.ts';
import { addressOf } from '../../parts/address.ts';
import { listQuery, type OrderQuery } from './order-query.ts';

const rowsPerPage = '20';

/** Milliseconds in which changes of single orders are gathered. */
const calm = 250;

/** New orders are counted up to so many. */
const mostCounted = 100;

export interface OrderList {
  readonly data: Data<readonly Order[]>;
  /** What was read last, also while a page with other filters is still being read. */
  readonly shown: Answer<readonly Order[]> | undefined;
  /** Names the list and the page that `shown` is of. */
  readonly list: string;
  /** Orders placed since one looks at a later page, as text; undefined when there are none. */
  readonly since: string | undefined;
}

/**
 * A page of orders that goes with what happens. The first page is read anew and so has the new orders. On a later one no order comes or goes:
 * those that are there change in their places, and the new ones are counted.
 */
export function useOrderList(query: OrderQuery): OrderList {
  const { cursor } = query;
  const path = addressOf('/api/orders/', { ...listQuery(query), cursor, limit: rowsPerPage });
  const data = useData<readonly Order[]>(path, ({ order_id }) => cursor === undefined && order_id !== null);
  const kept = useRef<{ path: string; answer: Answer<readonly Order[]> }>(undefined);
  if (data.answer) kept.current = { path, answer: data.answer };
  else if (data.error) kept.current = undefined;
  const shown = kept.current?.answer;
  const later = useSingleOrders(kept.current?.path ?? path, cursor === undefined ? [] : (shown?.data ?? []));
  return {
    data,
    shown: shown && { ...shown, data: shown.data.map((order) => laterOf(order, later.get(order.id))) },
    list: kept.current?.path ?? path,
    since: useNewOrders(query),
  };
}

/** Of two readings of an order the later one; of two that may be either, the other one. */
export function laterOf(order: Order, other: Order | undefined): Order {
  return other && other.updated_at >= order.updated_at ? other : order;
}

/** Reads those of some orders that change, each by itself. */
function useSingleOrders(list: string, orders: readonly Order[]): ReadonlyMap<string, Order> {
  const [read, setRead] = useState<{ list: string; orders: ReadonlyMap<string, Order> }>();
  const due = useRef(new Set<string>());
  const timer = useRef<number>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const readDue = async (): Promise<void> => {
    const ids = Array.from(due.current);
    due.current.clear();
    const answers = await Promise.allSettled(ids.map((id) => ask<Order>('GET', `/api/orders/${id}/`)));
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.data] : []));
    setRead((before) => ({
      list,
      orders: new Map([
        ...(before?.list === list ? before.orders : []),
        ...found.map((order) => [order.id, order] as const),
      ]),
    }));
  };
  useLive((happened) => {
    if (happened === 'everything') return;
    const shown = new Set(orders.map(({ id }) => id));
    for (const { order_id: id } of happened) if (id !== null && shown.has(id)) due.current.add(id);
    if (due.current.size === 0) return;
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => void readDue(), calm);
  });
  return read?.list === list ? read.orders : new Map();
}

const isPlaced = ({ action }: LiveEntry): boolean => action === 'ORDER_CREATED';

/** Counts the orders of a list that were placed since one left its first page. */
function useNewOrders(query: OrderQuery): string | undefined {
  const filters = listQuery(query);
  const list = addressOf('', filters);
  const isLater = query['cursor'] !== undefined;
  const [since, setSince] = useState<{ list: string; at: string }>();
  const isCounting = isLater && since?.list === list;
  useEffect(() => {
    if (!isLater) setSince(undefined);
  }, [isLater]);
  useLive((happened) => {
    if (!isLater || isCounting || happened === 'everything') return;
    const first = happened.find(isPlaced);
    if (first) setSince({ list, at: first.timestamp });
  });
  const from = filters['start_date'];
  const start = since && from !== undefined && Date.parse(from) > Date.parse(since.at) ? from : since?.at;
  const counted = { ...filters, sort: undefined, start_date: start, limit: String(mostCounted) };
  const found = useData<readonly Order[]>(isCounting ? addressOf('/api/orders/', counted) : null, isPlaced).answer;
  if (!found || found.data.length === 0) return undefined;
  const count = found.data.length;
  return `${found.nextCursor === null ? count : `More than ${count}`} new ${count === 1 ? 'order' : 'orders'} since`;
}
