import type { Knex } from 'knex';
import type { AllocationStrategy } from '../domain/allocation.ts';
import type { RequestedItem } from '../domain/order.ts';
import { isFinal, orderStatuses, type OrderStatus } from '../domain/order-status.ts';
import type { Queryable } from './database.ts';
import { readPage, type Page, type PageRequest } from './keyset.ts';

/** An order that has not ended, with all that its workflow has to know to be started again. */
export interface OpenOrder {
  readonly id: string;
  readonly status: OrderStatus;
  readonly items: readonly RequestedItem[];
  /** The whole of its hold. */
  readonly holdSeconds: number;
  readonly reference: string | null;
  readonly allocation: AllocationStrategy;
  readonly region: string | null;
  readonly placedBy: string;
  readonly requestId: string;
}

/** An active reservation that stands alone, in the same way. */
export interface OpenReservation {
  readonly id: string;
  readonly productId: string;
  readonly quantity: number;
  readonly holdSeconds: number;
  readonly placedBy: string;
  readonly requestId: string;
}

const openStatuses = orderStatuses.filter((status) => !isFinal(status));
const finalStatuses = orderStatuses.filter(isFinal);

/** The seconds for which something was held to begin with. */
function wholeHold(db: Queryable): Knex.Raw {
  return db.raw(
    'least(86400, greatest(1, round(extract(epoch FROM expires_at - created_at))))::integer AS "holdSeconds"',
  );
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
  return (await db('orders')
    .whereIn('id', ids)
    .whereIn('status', openStatuses)
    .orderBy('id')
    .select('id', 'status', 'reference', 'allocation', 'region', 'placed_by as placedBy', 'request_id as requestId')
    .select(
      wholeHold(db),
      db.raw(`(SELECT coalesce(json_agg(json_build_object('productId', l.product_id, 'quantity', l.quantity) ORDER BY l.line), '[]')
                 FROM order_lines l WHERE l.order_id = orders.id) AS items`),
    )) as OpenOrder[];
}

/** Those of some standalone reservations that are active. Who asked for them, only the audit log tells. */
export async function readOpenReservations(db: Queryable, ids: readonly string[]): Promise<OpenReservation[]> {
  return (await db('reservations')
    .joinRaw(
      `LEFT JOIN LATERAL (SELECT actor, request_id FROM audit_log
         WHERE object_type = 'Reservation' AND object_id = reservations.id::text ORDER BY audit_log.id LIMIT 1) made ON true`,
    )
    .whereIn('reservations.id', ids)
    .whereNull('ended_as')
    .whereNull('order_id')
    .orderBy('reservations.id')
    .select('reservations.id', 'product_id as productId', 'quantity')
    .select(
      db.raw(`coalesce(made.actor, 'system') AS "placedBy"`),
      db.raw('coalesce(made.request_id, reservations.id) AS "requestId"'),
      wholeHold(db),
    )) as OpenReservation[];
}

/**
 * Those of some orders that ended more than `graceSeconds` ago and hold nothing.
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
