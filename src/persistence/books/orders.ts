import type { Fields, Finding, FindingKind } from '../../domain/finding.ts';
import { formatMoney, parseMoney } from '../../domain/money.ts';
import type { CancelReason } from '../../domain/order.ts';
import { orderTransitions, type OrderStatus } from '../../domain/order-status.ts';
import type { Queryable } from '../database.ts';
import { andOnly, type Only } from './logged-states.ts';

/** The fields of an order that its audit entries tell. */
export interface OrderState {
  readonly status: OrderStatus;
  readonly cancelReason: CancelReason | null;
  readonly quantity: number;
  readonly totalMinor: bigint;
  readonly reference: string | null;
}

/** An order whose row and audit entries do not agree. */
export interface OrderDiscrepancy {
  readonly id: string;
  /** Null when there is no such row. */
  readonly row: OrderState | null;
  /** What its entries add up to; null when it has none, or none that tells how it began. */
  readonly log: OrderState | null;
  /** Whether it has any entries. */
  readonly recorded: boolean;
  /** Entries that cannot follow the one before them. */
  readonly astray: number;
}

interface Row {
  id: string;
  exists: boolean;
  status: OrderStatus;
  cancel_reason: CancelReason | null;
  quantity: number;
  total_minor: string;
  reference: string | null;
  recorded: boolean;
  logged_status: OrderStatus;
  logged_reason: CancelReason | null;
  logged_quantity: number | null;
  logged_total: string | null;
  logged_reference: string | null;
  astray: number;
}

const steps = Object.entries(orderTransitions).flatMap(([from, nexts]) => nexts.map((to) => `${from} ${to}`));

/** Orders that differ from their audit entries, or whose entries contain a step that the table forbids. */
export async function orderDiscrepancies(db: Queryable, only?: Only): Promise<OrderDiscrepancy[]> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `WITH entries AS (
            SELECT object_id, id, action, old_value, new_value, new_value ->> 'status' AS status,
                   lag(new_value ->> 'status') OVER (PARTITION BY object_id ORDER BY id) AS before,
                   id = max(id) OVER whole AS newest,
                   coalesce(max(id) FILTER (WHERE action = 'REPAIRED') OVER whole, 0) AS repaired
              FROM audit_log WHERE object_type = 'Order' AND action IN ('ORDER_CREATED', 'ORDER_STATUS_CHANGED', 'REPAIRED') ?
            WINDOW whole AS (PARTITION BY object_id)),
          log AS (
            SELECT object_id, max(status) FILTER (WHERE newest) AS status,
                   bool_or(newest AND action = 'REPAIRED') AS absolute,
                   max(new_value ->> 'cancel_reason') FILTER (WHERE newest AND action = 'REPAIRED') AS reason,
                   max((new_value ->> 'quantity')::integer) FILTER (WHERE origin) AS quantity,
                   max(new_value ->> 'total') FILTER (WHERE origin) AS total,
                   max(new_value ->> 'reference') FILTER (WHERE origin) AS reference,
                   count(*) FILTER (WHERE id > repaired AND NOT coalesce(CASE action
                     WHEN 'ORDER_CREATED' THEN before IS NULL AND status = 'pending'
                     WHEN 'ORDER_STATUS_CHANGED' THEN old_value ->> 'status' = before AND before || ' ' || status = ANY(?::text[])
                     ELSE false END, false))::integer AS astray
              FROM (SELECT *, id = repaired OR (repaired = 0 AND action = 'ORDER_CREATED') AS origin FROM entries) e
             GROUP BY object_id),
          expired AS (
            SELECT DISTINCT r.order_id FROM reservations r
              JOIN audit_log e ON e.object_type = 'Reservation' AND e.object_id = r.id::text
               AND (e.action = 'RESERVATION_EXPIRED' OR e.action = 'REPAIRED' AND e.new_value ->> 'ended_as' = 'expired')
             WHERE NOT EXISTS (SELECT FROM audit_log later
                                WHERE later.object_type = 'Reservation' AND later.object_id = e.object_id AND later.id > e.id)
               AND r.order_id IS NOT NULL ?),
          unserved AS (
            SELECT DISTINCT object_id FROM audit_log
             WHERE object_type = 'Order' AND action = 'WAITING_ENDED' AND new_value ->> 'ended_as' = 'not-available' ?),
          rows AS (
            SELECT o.id::text AS id, o.status, o.cancel_reason, o.quantity, o.total_minor, o.reference,
                   e.order_id IS NOT NULL AS expired
              FROM orders o LEFT JOIN expired e ON e.order_id = o.id
             WHERE true ?),
          both_sides AS (
            SELECT coalesce(o.id, l.object_id) AS id, o.id IS NOT NULL AS exists, o.status, o.cancel_reason, o.quantity,
                   o.total_minor::text, o.reference, l.object_id IS NOT NULL AS recorded, l.status AS logged_status,
                   CASE WHEN l.absolute THEN l.reason WHEN l.status <> 'cancelled' THEN NULL
                        WHEN w.object_id IS NOT NULL THEN 'not-available'
                        WHEN o.expired THEN 'expired' ELSE 'requested' END AS logged_reason,
                   l.quantity AS logged_quantity, l.total AS logged_total, l.reference AS logged_reference,
                   coalesce(l.astray, 0) AS astray
              FROM rows o FULL JOIN log l ON l.object_id = o.id LEFT JOIN unserved w ON w.object_id = o.id)
     SELECT * FROM both_sides
      WHERE NOT exists OR NOT recorded OR astray > 0
         OR (status, cancel_reason, quantity, reference) IS DISTINCT FROM
            (logged_status, logged_reason, logged_quantity, logged_reference)
         OR total_minor <> translate(logged_total, '.', '')::bigint::text
      ORDER BY id`,
    [
      andOnly(db, 'object_id', only),
      steps,
      andOnly(db, 'r.order_id', only, 'uuid'),
      andOnly(db, 'object_id', only),
      andOnly(db, 'o.id', only, 'uuid'),
    ],
  );
  return rows.map(present);
}

function present(row: Row): OrderDiscrepancy {
  const { id, recorded, astray } = row;
  const known = recorded && row.logged_quantity !== null && row.logged_total !== null;
  return {
    id,
    recorded,
    astray,
    row: row.exists
      ? {
          status: row.status,
          cancelReason: row.cancel_reason,
          quantity: row.quantity,
          totalMinor: BigInt(row.total_minor),
          reference: row.reference,
        }
      : null,
    log: known
      ? {
          status: row.logged_status,
          cancelReason: row.logged_reason,
          quantity: row.logged_quantity as number,
          totalMinor: parseMoney(row.logged_total as string),
          reference: row.logged_reference,
        }
      : null,
  };
}

/** An order's state as the audit log writes it. */
export function orderFields({ status, cancelReason, quantity, totalMinor, reference }: OrderState): Fields {
  return { status, cancel_reason: cancelReason, quantity, total: formatMoney(totalMinor), reference };
}

/** The discrepancies in words. */
export function orderFindings(discrepancies: readonly OrderDiscrepancy[]): Finding[] {
  return discrepancies.map(({ id, row, log, recorded, astray }) => {
    const finding = (kind: FindingKind, detail: string, expected: Fields, found: Fields): Finding => {
      return { kind, objectType: 'Order', objectId: id, detail: `Order ${id} ${detail}.`, expected, found };
    };
    const logged = log === null ? {} : orderFields(log);
    if (row === null) return finding('order-missing', 'is in the audit log and has no row', logged, {});
    const stands = orderFields(row);
    if (!recorded) return finding('order-unrecorded', 'has no audit entries', {}, stands);
    if (astray > 0 || log === null) {
      const detail = `has ${astray} audit entries that cannot follow the ones before them`;
      return finding('order-steps', detail, { astray: 0 }, { astray });
    }
    const fields = Object.keys(stands).filter((field) => stands[field] !== logged[field]);
    const said = fields.map((field) => `${field} is ${text(stands[field])} and not ${text(logged[field])}`);
    return finding('order-log', `differs from its audit entries: ${said.join(', ')}`, logged, stands);
  });
}

function text(value: unknown): string {
  return value === null ? 'not set' : JSON.stringify(value);
}
