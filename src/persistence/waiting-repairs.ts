import type { Knex } from 'knex';
import { defaultWaitSeconds, type WaitEnding } from '../domain/waiting.ts';
import type { OrderState } from './books/orders.ts';
import type { WaitState } from './books/waiting.ts';
import type { Queryable, Transaction } from './database.ts';
import { orderRow, stepTime } from './repairs.ts';

/** Writes of repairs alone, as in repairs.ts: those of orders that waited, or that take the place of another. */

/** The hold of a place that comes back and has had no units yet, in seconds: no audit entry tells it. */
const unknownHoldSeconds = 600;

/** The subquery of every product that an order has to do with, for locking them. */
export function productsOfOrder(db: Queryable, orderId: string): Knex.QueryBuilder {
  const of = (table: string) => db(table).where({ order_id: orderId }).select('product_id');
  return of('order_lines').union([of('waiting_list'), of('reservations')]);
}

/** The write that sets what the audit log tells of an order, and whether it has a hold: that of its reservations. */
export function setOrderAndHold(trx: Transaction, id: string, state: OrderState, hasHold: boolean): Knex.QueryBuilder {
  const hold = trx('reservations').where({ order_id: id }).max('expires_at');
  const expires_at = hasHold ? trx.raw('coalesce(expires_at, (?))', [hold]) : null;
  return trx('orders')
    .where({ id })
    .update({ ...orderRow(state), expires_at, updated_at: stepTime(trx, state) });
}

/** The write that sets which order another one takes the place of. */
export function setRescuedFrom(trx: Transaction, id: string, rescuedFrom: string | null): Knex.QueryBuilder {
  return trx('orders').where({ id }).update({ rescued_from: rescuedFrom });
}

/** The write that sets what the audit log tells of a place in a waiting list; whoever waits again has its old place. */
export function setWait(
  trx: Transaction,
  orderId: string,
  { productId, quantity, endedAs }: WaitState,
): Knex.QueryBuilder {
  const told = { product_id: productId, quantity, ended_as: endedAs };
  return trx('waiting_list').where({ order_id: orderId }).update(told);
}

/** The write that sets how a place in a waiting list ended; null when it has not. */
export function setWaitEnding(trx: Transaction, orderId: string, endedAs: WaitEnding | null): Knex.QueryBuilder {
  return trx('waiting_list').where({ order_id: orderId }).update({ ended_as: endedAs });
}

/**
 * Where in a product's waiting list an order belongs whose row is gone: between those that joined before and behind it, by their audit
 * entries. The caller holds the product's lock.
 * @returns null for the end of the list; undefined when there is no room
 */
export async function readPlaceBetween(
  trx: Transaction,
  orderId: string,
  productId: string,
): Promise<string | null | undefined> {
  const { rows } = await trx.raw<{ rows: [{ before: string | null; behind: string | null }] }>(
    `WITH started AS (SELECT object_id, min(id) AS id FROM audit_log
                       WHERE object_type = 'Order' AND action = 'WAITING_STARTED' AND new_value ->> 'product' = ? GROUP BY object_id),
          others AS (SELECT w.place, s.id > (SELECT id FROM started WHERE object_id = ?) AS behind
                       FROM waiting_list w JOIN started s ON s.object_id = w.order_id::text WHERE w.product_id = ?)
     SELECT max(place) FILTER (WHERE NOT behind) AS before, min(place) FILTER (WHERE behind) AS behind FROM others`,
    [productId, orderId, productId],
  );
  const [{ before, behind }] = rows;
  if (behind === null) return null;
  const place = BigInt(behind) - 1n;
  return before !== null && place <= BigInt(before) ? undefined : place.toString();
}

/**
 * The write that brings a place in a waiting list back whose row is gone.
 * @param of.place null for the end of the list
 */
export function restoreWait(
  trx: Transaction,
  orderId: string,
  of: WaitState & { readonly seconds: number | null; readonly place: string | null },
): Knex.Raw {
  const { productId, quantity, endedAs, seconds, place } = of;
  return trx.raw(
    `INSERT INTO waiting_list (order_id, product_id, quantity, hold_seconds, place, placed_by, until, ended_as, created_at)
     OVERRIDING SYSTEM VALUE
     SELECT o.id, ?::uuid, ?::integer,
            coalesce((SELECT least(86400, greatest(1, round(extract(epoch FROM r.expires_at - r.created_at)) - r.extended_seconds))
                        FROM reservations r WHERE r.order_id = o.id LIMIT 1), ?::integer)::integer,
            coalesce(?::bigint, nextval(pg_get_serial_sequence('waiting_list', 'place'))), o.placed_by,
            o.created_at + ? * interval '1 second', ?, o.created_at
       FROM orders o WHERE o.id = ?`,
    [productId, quantity, unknownHoldSeconds, place, seconds ?? defaultWaitSeconds, endedAs, orderId],
  );
}
