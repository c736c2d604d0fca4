import type { Fields, Finding, FindingKind } from '../../domain/finding.ts';
import type { CancelReason } from '../../domain/order.ts';
import type { OrderStatus } from '../../domain/order-status.ts';
import type { WaitEnding } from '../../domain/waiting.ts';
import type { Queryable } from '../database.ts';
import { andOnly, type Only } from './logged-states.ts';

/** The fields of a place in a waiting list that audit entries tell. */
export interface WaitState {
  readonly productId: string;
  readonly quantity: number;
  /** Null while it waits. */
  readonly endedAs: WaitEnding | null;
}

/** A place in a waiting list whose row and audit entries do not agree. */
export interface WaitDiscrepancy {
  readonly orderId: string;
  /** Null when there is no such row. */
  readonly row: WaitState | null;
  /** What its entries add up to; null when it has none. */
  readonly log: WaitState | null;
  /** Entries that cannot follow the one before them. */
  readonly astray: number;
  /** How long it was to wait; null when no entry tells. */
  readonly seconds: number | null;
}

/** An order that is not what its place in a waiting list says, or whose hold is not. */
export interface MisplacedOrder {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly cancelReason: CancelReason | null;
  /** Whether it has, or had, a place in a waiting list. */
  readonly listed: boolean;
  readonly endedAs: WaitEnding | null;
  readonly reservations: number;
  readonly expiresAt: Date | null;
}

interface Row {
  id: string;
  exists: boolean;
  product_id: string;
  quantity: number;
  ended_as: WaitEnding | null;
  recorded: boolean;
  logged_product: string;
  logged_qty: number;
  logged_ending: WaitEnding | null;
  astray: number;
  seconds: number | null;
}

/** Why an order is cancelled that left its waiting list without units. */
export const cancelReasonOf = { cancelled: 'requested', 'not-available': 'not-available' } as const;

/**
 * Places in waiting lists that differ from their audit entries, or whose entries contradict one another. An entry REPAIRED of the order may
 * tell of its place, too: what it is from now on. Of an order that has no row, nothing is told here.
 */
export async function waitDiscrepancies(db: Queryable, only?: Only): Promise<WaitDiscrepancy[]> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `WITH told AS (
            SELECT object_id, id, action, CASE action WHEN 'REPAIRED' THEN new_value -> 'waiting' ELSE new_value END AS what
              FROM audit_log
             WHERE object_type = 'Order' AND action IN ('WAITING_STARTED', 'WAITING_ENDED', 'REPAIRED')
               AND (action <> 'REPAIRED' OR new_value -> 'waiting' IS NOT NULL) ?),
          entries AS (
            SELECT *, lag(what) OVER (PARTITION BY object_id ORDER BY id) AS before, id = max(id) OVER whole AS newest,
                   coalesce(max(id) FILTER (WHERE action = 'REPAIRED') OVER whole, 0) AS repaired
              FROM told WINDOW whole AS (PARTITION BY object_id)),
          log AS (
            SELECT object_id, max(what ->> 'product') FILTER (WHERE newest) AS product,
                   max((what ->> 'qty')::integer) FILTER (WHERE newest) AS qty,
                   max(what ->> 'ended_as') FILTER (WHERE newest) AS ended_as,
                   max((what ->> 'seconds')::integer) FILTER (WHERE action = 'WAITING_STARTED') AS seconds,
                   count(*) FILTER (WHERE id > repaired AND NOT coalesce(CASE action
                     WHEN 'WAITING_STARTED' THEN before IS NULL
                     ELSE before ->> 'ended_as' IS NULL AND (before -> 'product', before -> 'qty') = (what -> 'product', what -> 'qty')
                     END, false))::integer AS astray
              FROM entries GROUP BY object_id)
     SELECT o.id::text AS id, w.order_id IS NOT NULL AS exists, w.product_id, w.quantity, w.ended_as,
            l.object_id IS NOT NULL AS recorded, l.product AS logged_product, l.qty AS logged_qty, l.ended_as AS logged_ending,
            coalesce(l.astray, 0) AS astray, l.seconds
       FROM log l FULL JOIN waiting_list w ON w.order_id::text = l.object_id
       JOIN orders o ON o.id::text = coalesce(l.object_id, w.order_id::text)
      WHERE (w.order_id IS NULL OR l.object_id IS NULL OR l.astray > 0
         OR (w.product_id::text, w.quantity, w.ended_as) IS DISTINCT FROM (l.product, l.qty, l.ended_as)) ?
      ORDER BY 1`,
    [andOnly(db, 'object_id', only), andOnly(db, 'o.id', only, 'uuid')],
  );
  return rows.map((row) => ({
    orderId: row.id,
    row: row.exists ? { productId: row.product_id, quantity: row.quantity, endedAs: row.ended_as } : null,
    log: row.recorded ? { productId: row.logged_product, quantity: row.logged_qty, endedAs: row.logged_ending } : null,
    astray: row.astray,
    seconds: row.seconds,
  }));
}

/**
 * Orders that are not what their place in a waiting list says. One that waits is pending and has neither units nor a hold; one that was
 * served has had both; one that left the list otherwise is cancelled for that reason and had neither. Who never waited has had a hold.
 */
export async function misplacedOrders(db: Queryable, only?: Only): Promise<MisplacedOrder[]> {
  const { rows } = await db.raw<{ rows: MisplacedOrder[] }>(
    `WITH held AS (
            SELECT order_id, count(*)::integer AS n FROM reservations
             WHERE order_id IN (SELECT order_id FROM waiting_list UNION ALL SELECT id FROM orders WHERE expires_at IS NULL)
             GROUP BY order_id),
          placed AS (
            SELECT o.id, o.status, o.cancel_reason, o.expires_at, w.order_id IS NOT NULL AS listed, w.ended_as, coalesce(h.n, 0) AS n
              FROM orders o LEFT JOIN waiting_list w ON w.order_id = o.id LEFT JOIN held h ON h.order_id = o.id
             WHERE (w.order_id IS NOT NULL OR o.expires_at IS NULL OR o.cancel_reason = 'not-available') ?)
     SELECT id AS "orderId", status, cancel_reason AS "cancelReason", listed, ended_as AS "endedAs", n AS reservations,
            expires_at AS "expiresAt"
       FROM placed
      WHERE CASE WHEN NOT listed THEN true
                 WHEN ended_as IS NULL THEN status <> 'pending' OR n > 0 OR expires_at IS NOT NULL
                 WHEN ended_as = 'served' THEN n = 0 OR expires_at IS NULL OR coalesce(cancel_reason = 'not-available', false)
                 ELSE status <> 'cancelled' OR n > 0 OR expires_at IS NOT NULL
                      OR cancel_reason <> CASE ended_as WHEN 'cancelled' THEN 'requested' ELSE ended_as END END
      ORDER BY 1`,
    [andOnly(db, 'o.id', only, 'uuid')],
  );
  return rows;
}

/** A place in a waiting list as the audit log writes it. */
export function waitFields({ productId, quantity, endedAs }: WaitState): Fields {
  return { product: productId, qty: quantity, ended_as: endedAs };
}

/** The discrepancies in words. */
export function waitFindings(discrepancies: readonly WaitDiscrepancy[]): Finding[] {
  return discrepancies.map(({ orderId, row, log, astray }) => {
    const finding = (detail: string, expected: Fields, found: Fields): Finding =>
      findingOf('waiting-log', orderId, `The place of order ${orderId} in a waiting list ${detail}.`, expected, found);
    const state = ({ quantity, endedAs }: WaitState) => `${endedAs ?? 'waiting'} with ${quantity} units`;
    const logged = log === null ? {} : waitFields(log);
    if (row === null) return finding('is in the audit log and has no row', logged, {});
    const stands = waitFields(row);
    if (log === null) return finding('has no audit entries', {}, stands);
    if (astray > 0) {
      return finding(`has ${astray} audit entries that cannot follow the ones before them`, { astray: 0 }, { astray });
    }
    const other = log.productId === row.productId ? '' : ` of product ${log.productId}`;
    return finding(`is ${state(row)}, its audit entries say ${state(log)}${other}`, logged, stands);
  });
}

/** Misplaced orders in words. */
export function misplacedFindings(orders: readonly MisplacedOrder[]): Finding[] {
  return orders.map(({ orderId, status, cancelReason, listed, endedAs, reservations, expiresAt }) => {
    const place = listed ? (endedAs === null ? 'waits' : `left its waiting list as ${endedAs}`) : 'never waited';
    const is = cancelReason === null ? status : `${status} (${cancelReason})`;
    const hold = `${reservations} reservations and ${expiresAt === null ? 'no hold' : 'a hold'}`;
    return findingOf(
      'order-waiting',
      orderId,
      `Order ${orderId} ${place}, and is ${is} with ${hold}.`,
      expectedOf(listed, endedAs),
      { status, cancel_reason: cancelReason, reservations, expires_at: expiresAt?.toISOString() ?? null },
    );
  });
}

function expectedOf(listed: boolean, endedAs: WaitEnding | null): Fields {
  const without = { reservations: 0, expires_at: null };
  if (!listed) return { ended_as: null, hold: true };
  if (endedAs === 'served') return { ended_as: endedAs, hold: true, reservations: 1 };
  if (endedAs === null) return { ended_as: null, status: 'pending', cancel_reason: null, ...without };
  return { ended_as: endedAs, status: 'cancelled', cancel_reason: cancelReasonOf[endedAs], ...without };
}

function findingOf(kind: FindingKind, objectId: string, detail: string, expected: Fields, found: Fields): Finding {
  return { kind, objectType: 'Order', objectId, detail, expected, found };
}
