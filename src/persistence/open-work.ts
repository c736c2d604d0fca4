import type { Knex } from 'knex';
import type { AllocationStrategy } from '../domain/allocation.ts';
import type { RequestedItem, ShortagePolicy } from '../domain/order.ts';
import { isFinal, orderStatuses, type OrderStatus } from '../domain/order-status.ts';
import type { Queryable } from './database.ts';
import { readPage, type Keyset, type Page, type PageRequest } from './keyset.ts';

/** An order that has not ended, with all that its workflow has to know to be started again. */
export interface OpenOrder {
  readonly id: string;
  readonly status: OrderStatus;
  /** As they were ordered, whether all of it was to be had or not. */
  readonly items: readonly RequestedItem[];
  /** The whole of its hold without extensions; of one that waited, or waits, the hold that begins when it is served. */
  readonly holdSeconds: number;
  readonly reference: string | null;
  readonly allocation: AllocationStrategy;
  readonly region: string | null;
  readonly onShortage: ShortagePolicy;
  /** The whole of its waiting; null when it never had to wait. */
  readonly waitSeconds: number | null;
  /** The expired order that it takes the place of, or null. */
  readonly rescuedFrom: string | null;
  /** Who placed it, as the audit log says. */
  readonly actor: string;
  readonly onBehalfOf: string | null;
  readonly requestId: string;
}

/** An active reservation that stands alone, in the same way. */
export interface OpenReservation {
  readonly id: string;
  readonly productId: string;
  readonly quantity: number;
  readonly holdSeconds: number;
  /** Who placed it, as the audit log says. */
  readonly actor: string;
  readonly onBehalfOf: string | null;
  readonly requestId: string;
}

const openStatuses = orderStatuses.filter((status) => !isFinal(status));
const finalStatuses = orderStatuses.filter(isFinal);

/**
 * The seconds for which something was held to begin with.
 * @param extended the seconds by which it was extended
 */
function wholeHold(db: Queryable, extended: Knex.Raw): Knex.Raw {
  return db.raw('least(86400, greatest(1, round(extract(epoch FROM expires_at - created_at)) - ?))::integer', [
    extended,
  ]);
}

/** Joins as `made` the first entry of each object in the audit log: who made it, for whom and under which request. */
function madeBy(objectType: 'Order' | 'Reservation', table: string): [sql: string, bindings: string[]] {
  return [
    `LEFT JOIN LATERAL (SELECT actor, on_behalf_of, request_id FROM audit_log
       WHERE object_type = ? AND object_id = ??::text ORDER BY audit_log.id LIMIT 1) made ON true`,
    [objectType, `${table}.id`],
  ];
}

/** The ids of orders that have not ended, by id. */
export function listOpenOrders(db: Queryable, page: PageRequest): Promise<Page<string>> {
  return listIds(db('orders').whereIn('status', openStatuses), page);
}

/** The ids of active reservations that stand alone, by id. */
export function listOpenReservations(db: Queryable, page: PageRequest): Promise<Page<string>> {
  return listIds(db('reservations').whereNull('ended_as').whereNull('order_id'), page);
}

function listIds(query: Knex.QueryBuilder, page: PageRequest): Promise<Page<string>> {
  const keyset = {
    keys: [{ column: 'id', type: 'uuid' }],
    direction: 'asc',
    position: ({ id }: { id: string }) => [id],
  } as const;
  return readPage(query.select('id'), keyset, page, ({ id }: { id: string }) => id);
}

/** Those of some orders that have not ended. */
export async function readOpenOrders(db: Queryable, ids: readonly string[]): Promise<OpenOrder[]> {
  const ofWait = (what: string) => db('waiting_list').whereRaw('order_id = orders.id').select(db.raw(what));
  const extended = db.raw(
    '(SELECT coalesce(max(r.extended_seconds), 0) FROM reservations r WHERE r.order_id = orders.id)',
  );
  return (await db('orders')
    .joinRaw(...madeBy('Order', 'orders'))
    .whereIn('orders.id', ids)
    .whereIn('status', openStatuses)
    .orderBy('orders.id')
    .select('orders.id', 'status', 'reference', 'allocation', 'region', 'on_shortage as onShortage')
    .select('rescued_from as rescuedFrom', 'orders.request_id as requestId', 'made.on_behalf_of as onBehalfOf')
    .select(
      db.raw('coalesce(made.actor, placed_by) AS actor'),
      db.raw('coalesce((?), ?) AS "holdSeconds"', [ofWait('hold_seconds'), wholeHold(db, extended)]),
      db.raw('(?) AS "waitSeconds"', [
        ofWait('least(604800, greatest(1, round(extract(epoch FROM until - created_at))))::integer'),
      ]),
      db.raw(`(SELECT coalesce(json_agg(json_build_object('productId', l.product_id, 'quantity', l.quantity + l.missing)
                                        ORDER BY l.line), '[]')
                 FROM order_lines l WHERE l.order_id = orders.id) AS items`),
    )) as OpenOrder[];
}

/** Those of some standalone reservations that are active. The request behind them only the audit log tells. */
export async function readOpenReservations(db: Queryable, ids: readonly string[]): Promise<OpenReservation[]> {
  return (await db('reservations')
    .joinRaw(...madeBy('Reservation', 'reservations'))
    .whereIn('reservations.id', ids)
    .whereNull('ended_as')
    .whereNull('order_id')
    .orderBy('reservations.id')
    .select('reservations.id', 'product_id as productId', 'quantity', 'made.on_behalf_of as onBehalfOf')
    .select(
      db.raw('coalesce(made.actor, held_by) AS actor'),
      db.raw('coalesce(made.request_id, reservations.id) AS "requestId"'),
      db.raw('? AS "holdSeconds"', [wholeHold(db, db.raw('extended_seconds'))]),
    )) as OpenReservation[];
}

/**
 * Those of some orders that ended more than `graceSeconds` ago, hold nothing and wait for nothing.
 * @param atOnce ids for which there is no grace
 */
export async function readEndedOrders(
  db: Queryable,
  ids: readonly string[],
  graceSeconds: number,
  atOnce: readonly string[] = [],
): Promise<string[]> {
  return (await db('orders')
    .whereIn('id', ids)
    .whereIn('status', finalStatuses)
    .whereRaw(`(updated_at <= now() - ? * interval '1 second' OR id = ANY(?::uuid[]))`, [graceSeconds, [...atOnce]])
    .whereNotExists(db('reservations').whereRaw('order_id = orders.id').whereNull('ended_as'))
    .whereNotExists(db('waiting_list').whereRaw('order_id = orders.id').whereNull('ended_as'))
    .orderBy('id')
    .pluck('id')) as string[];
}

/** The same of standalone reservations; when one ended, only the audit log tells. */
export async function readEndedReservations(
  db: Queryable,
  ids: readonly string[],
  graceSeconds: number,
  atOnce: readonly string[] = [],
): Promise<string[]> {
  return (await db('reservations')
    .whereIn('id', ids)
    .whereNull('order_id')
    .whereNotNull('ended_as')
    .whereRaw(
      `(id = ANY(?::uuid[]) OR NOT EXISTS (SELECT FROM audit_log WHERE object_type = 'Reservation'
          AND object_id = reservations.id::text AND at > now() - ? * interval '1 second'))`,
      [[...atOnce], graceSeconds],
    )
    .orderBy('id')
    .pluck('id')) as string[];
}

/** Those of some reservations that are active and whose hold ended more than `graceSeconds` ago. */
export async function readOverdue(db: Queryable, ids: readonly string[], graceSeconds: number): Promise<string[]> {
  return (await db('reservations')
    .whereIn('id', ids)
    .whereNull('ended_as')
    .whereRaw(`expires_at < now() - ? * interval '1 second'`, [graceSeconds])
    .pluck('id')) as string[];
}

/** Ids of the orders that have waited more than `graceSeconds` longer than they should, most overdue first. */
export async function listOverdueWaits(db: Queryable, graceSeconds: number, page: PageRequest): Promise<Page<string>> {
  const keyset: Keyset<{ order_id: string; until: Date }> = {
    keys: [
      { column: 'until', type: 'timestamptz' },
      { column: 'order_id', type: 'uuid' },
    ],
    direction: 'asc',
    position: ({ until, order_id }) => [until.toISOString(), order_id],
  };
  const query = overdueWaits(db, graceSeconds).select('order_id', 'until');
  return readPage(query, keyset, page, ({ order_id }) => order_id);
}

/** Those of some orders that still do. */
export async function readOverdueWaits(
  db: Queryable,
  ids: readonly string[],
  graceSeconds: number,
): Promise<readonly string[]> {
  return (await overdueWaits(db, graceSeconds).whereIn('order_id', ids).pluck('order_id')) as string[];
}

function overdueWaits(db: Queryable, graceSeconds: number): Knex.QueryBuilder {
  return db('waiting_list').whereNull('ended_as').whereRaw(`until < now() - ? * interval '1 second'`, [graceSeconds]);
}
