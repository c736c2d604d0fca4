import type { Fields, Finding } from '../../domain/finding.ts';
import type { OrderStatus } from '../../domain/order-status.ts';
import type { Queryable } from '../database.ts';
import { andOnly, type Only } from './logged-states.ts';

/** What a return's row and its audit entry both tell. */
export interface ReturnState {
  readonly orderId: string;
  readonly line: number;
  readonly quantity: number;
  /** Null when the units cannot be sold again. */
  readonly warehouse: string | null;
  readonly reason: string;
}

/** What an entry tells of a return. */
export interface LoggedReturn extends ReturnState {
  readonly actor: string;
  readonly requestId: string | null;
  readonly at: Date;
}

/** A return whose row and audit entry do not agree. */
export interface ReturnDiscrepancy {
  readonly id: string;
  /** The order whose entries tell of it, or whose row has it. */
  readonly orderId: string;
  /** Null when there is no such row. */
  readonly row: ReturnState | null;
  /** What its newest entry says; null when it has none. */
  readonly log: LoggedReturn | null;
  /** Entries that say it came back; once is right. */
  readonly entries: number;
}

/** A line of which more came back than it is for. */
export interface OverReturned {
  readonly orderId: string;
  readonly line: number;
  readonly quantity: number;
  readonly returned: number;
}

/** An order that has returns and was not delivered. */
export interface ReturnedTooSoon {
  readonly orderId: string;
  readonly status: OrderStatus;
}

interface Row {
  id: string;
  exists: boolean;
  order_id: string;
  line: number;
  quantity: number;
  warehouse: string | null;
  reason: string;
  entries: number;
  logged_order: string;
  logged_line: number;
  logged_quantity: number;
  logged_warehouse: string | null;
  logged_reason: string;
  actor: string;
  request_id: string | null;
  at: Date;
}

/**
 * Returns that differ from their audit entries, lack one or have more than one. An entry REPAIRED of the order may tell of a return, too:
 * what it is from now on.
 * @param only ids of orders; no index leads from a return to its entry, so all those entries are read all the same
 */
export async function returnDiscrepancies(db: Queryable, only?: Only): Promise<ReturnDiscrepancy[]> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `WITH told AS (
            SELECT id AS entry, object_id AS order_id, action, coalesce(on_behalf_of, actor) AS actor, request_id, at,
                   CASE action WHEN 'REPAIRED' THEN new_value -> 'return' ELSE new_value END AS what
              FROM audit_log
             WHERE action IN ('ITEMS_RETURNED', 'REPAIRED') AND object_type = 'Order' AND new_value -> 'return' IS NOT NULL),
          since AS (
            SELECT *, what ->> 'return' AS id,
                   coalesce(max(entry) FILTER (WHERE action = 'REPAIRED') OVER (PARTITION BY what ->> 'return'), 0) AS repaired
              FROM told),
          log AS (
            SELECT DISTINCT ON (id) id, order_id, (what ->> 'line')::integer AS line, (what ->> 'qty')::integer AS quantity,
                   what ->> 'warehouse' AS warehouse, what ->> 'reason' AS reason, actor, request_id, at,
                   (count(*) FILTER (WHERE entry >= repaired) OVER (PARTITION BY id))::integer AS entries
              FROM since ORDER BY id, entry DESC),
          rows AS (
            SELECT r.id::text AS id, r.order_id::text AS order_id, r.line, r.quantity, w.code AS warehouse, r.reason
              FROM returns r LEFT JOIN warehouses w ON w.id = r.warehouse_id)
     SELECT coalesce(r.id, l.id) AS id, r.id IS NOT NULL AS exists, r.order_id, r.line, r.quantity, r.warehouse, r.reason,
            coalesce(l.entries, 0) AS entries, l.order_id AS logged_order, l.line AS logged_line, l.quantity AS logged_quantity,
            l.warehouse AS logged_warehouse, l.reason AS logged_reason, l.actor, l.request_id, l.at
       FROM rows r FULL JOIN log l ON l.id = r.id
      WHERE (r.id IS NULL OR l.id IS NULL OR l.entries > 1
         OR (r.order_id, r.line, r.quantity, r.warehouse, r.reason) IS DISTINCT FROM
            (l.order_id, l.line, l.quantity, l.warehouse, l.reason)) ?
      ORDER BY 1`,
    [andOnly(db, db.raw('coalesce(l.order_id, r.order_id)'), only)],
  );
  return rows.map(present);
}

function present(row: Row): ReturnDiscrepancy {
  const { id, entries } = row;
  const state = row.exists
    ? {
        orderId: row.order_id,
        line: row.line,
        quantity: row.quantity,
        warehouse: row.warehouse,
        reason: row.reason,
      }
    : null;
  const log =
    entries === 0
      ? null
      : {
          orderId: row.logged_order,
          line: row.logged_line,
          quantity: row.logged_quantity,
          warehouse: row.logged_warehouse,
          reason: row.logged_reason,
          actor: row.actor,
          requestId: row.request_id,
          at: row.at,
        };
  return { id, orderId: log?.orderId ?? row.order_id, row: state, log, entries };
}

/** Lines of which more came back, by the rows, than they are for. */
export async function overReturnedLines(db: Queryable, only?: Only): Promise<OverReturned[]> {
  const { rows } = await db.raw<{ rows: OverReturned[] }>(
    `SELECT l.order_id AS "orderId", l.line, l.quantity, sum(r.quantity)::float8 AS returned
       FROM returns r JOIN order_lines l ON l.order_id = r.order_id AND l.line = r.line
      WHERE true ? GROUP BY l.order_id, l.line HAVING sum(r.quantity) > l.quantity ORDER BY 1, 2`,
    [andOnly(db, 'l.order_id', only, 'uuid')],
  );
  return rows;
}

/** Orders that have returns without having been delivered. */
export async function returnedTooSoon(db: Queryable, only?: Only): Promise<ReturnedTooSoon[]> {
  const { rows } = await db.raw<{ rows: ReturnedTooSoon[] }>(
    `SELECT o.id AS "orderId", o.status FROM orders o
      WHERE o.status <> 'delivered' AND EXISTS (SELECT FROM returns r WHERE r.order_id = o.id) ? ORDER BY 1`,
    [andOnly(db, 'o.id', only, 'uuid')],
  );
  return rows;
}

/** A return's state as the audit log writes it. */
export function returnFields(id: string, { line, quantity, warehouse, reason }: ReturnState): Fields {
  return { return: id, line, qty: quantity, restock: warehouse !== null, warehouse, reason };
}

/** The discrepancies in words. */
export function returnFindings(discrepancies: readonly ReturnDiscrepancy[]): Finding[] {
  return discrepancies.map(({ id, orderId, row, log, entries }) => {
    const finding = (detail: string, expected: Fields, found: Fields): Finding => {
      const which = { return: id };
      const said = `Return ${id} of order ${orderId} ${detail}.`;
      return findingOf(orderId, said, { ...which, ...expected }, { ...which, ...found });
    };
    const logged = log === null ? {} : { order: log.orderId, ...returnFields(id, log) };
    if (row === null) return finding('is in the audit log and has no row', logged, {});
    const stands: Fields = { order: row.orderId, ...returnFields(id, row) };
    if (log === null) return finding('has no audit entry', {}, stands);
    if (entries > 1) return finding(`has ${entries} audit entries`, { entries: 1 }, { entries });
    return finding('differs from its audit entry', logged, stands);
  });
}

/** Lines of which too much came back, in words. */
export function overReturnedFindings(lines: readonly OverReturned[]): Finding[] {
  return lines.map(({ orderId, line, quantity, returned }) => {
    const detail = `Line ${line} of order ${orderId} is for ${quantity} units, and ${returned} came back.`;
    return findingOf(orderId, detail, { line, qty: quantity }, { line, returned });
  });
}

/** Orders that have returns too soon, in words. */
export function tooSoonFindings(orders: readonly ReturnedTooSoon[]): Finding[] {
  return orders.map(({ orderId, status }) =>
    findingOf(orderId, `Order ${orderId} is ${status}, and has returns.`, { status: 'delivered' }, { status }),
  );
}

function findingOf(orderId: string, detail: string, expected: Fields, found: Fields): Finding {
  return { kind: 'order-returns', objectType: 'Order', objectId: orderId, detail, expected, found };
}
