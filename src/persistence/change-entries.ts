import type { AuditAction, AuditObjectType } from '../domain/audit.ts';
import type { OrderStatus } from '../domain/order-status.ts';
import type { Queryable } from './database.ts';

/** Entries that are told one by one; when there are more, everything may have changed. */
export const mostEntries = 2_000;

/** Entries that are looked at to find them: so far back may the position of somebody reach who was away. */
const mostScanned = 20_000;

/** How far somebody has followed the changes. */
export interface ChangePosition {
  /** The database, and its history: positions of another one mean nothing here. */
  readonly cluster: string;
  /** What has been seen: a pg_snapshot. */
  readonly snapshot: string;
}

/** An entry of the audit log, as far as it says what to look at again. */
export interface ChangeEntry {
  readonly id: string;
  readonly action: AuditAction;
  readonly objectType: AuditObjectType;
  readonly objectId: string;
  /** Of an order and of a reservation that belongs to one. */
  readonly orderId: string | null;
  /** The products that it is about. */
  readonly productIds: readonly string[];
  /** The new status of an order. */
  readonly status: OrderStatus | null;
  readonly actor: string;
  readonly timestamp: string;
}

/** What was committed between two looks, all of it, in the order (tx, id). */
export interface ChangeBatch {
  /** Behind it. */
  readonly position: ChangePosition;
  /** By the database's clock. */
  readonly now: Date;
  /** `everything`: there were too many, or nobody knows. */
  readonly entries: readonly ChangeEntry[] | 'everything';
}

/** An entry as the database writes it in JSON. */
type WrittenEntry = Omit<ChangeEntry, 'timestamp'> & { readonly at: string };

export interface LookedUp {
  readonly upto: string;
  readonly now: Date;
  /** Null when there are too many. */
  readonly entries: readonly WrittenEntry[] | null;
}

/**
 * The entries that one snapshot sees, or this statement, and an earlier one does not, in the order (tx, id); none when they are too many or too
 * far back. What the earlier one does not see are the transactions that it lists and those that began after it: what was committed
 * behind one that stays open for long is not gone through again and again. Each object is looked up by itself, so that no wrong guess reads a
 * whole table.
 */
const lookUp = `
  WITH near AS MATERIALIZED (
    SELECT tx, id, at, actor, action, object_type, object_id,
           CASE WHEN action IN ('ORDER_CREATED', 'ORDER_STATUS_CHANGED') THEN new_value ->> 'status' END AS status
      FROM (
        (SELECT * FROM audit_log WHERE tx >= pg_snapshot_xmax(?::pg_snapshot) ORDER BY tx, id LIMIT ?::int + 1)
        UNION ALL
        SELECT of.* FROM pg_snapshot_xip(?::pg_snapshot) AS running (tx) CROSS JOIN LATERAL (
          SELECT * FROM audit_log WHERE audit_log.tx = running.tx ORDER BY tx, id LIMIT ?::int + 1) of
      ) unseen
     LIMIT ?::int + 1
  ), changed AS MATERIALIZED (
    SELECT * FROM near
     WHERE coalesce(pg_visible_in_snapshot(tx, ?::pg_snapshot), true)
     ORDER BY tx, id LIMIT ?::int + 1
  )
  SELECT pg_current_snapshot()::text AS upto, clock_timestamp() AS now,
    CASE WHEN (SELECT count(*) FROM near) <= ?::int AND (SELECT count(*) FROM changed) <= ?::int THEN coalesce((
      SELECT json_agg(json_build_object(
          'id', c.id::text, 'at', c.at, 'actor', c.actor, 'action', c.action, 'status', c.status,
          'objectType', c.object_type, 'objectId', c.object_id,
          'orderId', CASE WHEN c.object_type = 'Order' THEN c.object_id ELSE held.order_id::text END,
          'productIds', CASE c.object_type
            WHEN 'Product' THEN ARRAY[c.object_id]
            WHEN 'StockLevel' THEN ARRAY[split_part(c.object_id, '/', 1)]
            WHEN 'Reservation' THEN array_remove(ARRAY[held.product_id::text], NULL)
            WHEN 'Order' THEN ARRAY(
              SELECT DISTINCT l.product_id::text FROM order_lines l
               WHERE l.order_id = CASE WHEN c.object_type = 'Order' THEN c.object_id::uuid END ORDER BY 1)
            ELSE ARRAY[]::text[] END
        ) ORDER BY c.tx, c.id)
        FROM changed c LEFT JOIN LATERAL (
          SELECT r.order_id, r.product_id FROM reservations r
           WHERE r.id = CASE WHEN c.object_type = 'Reservation' THEN c.object_id::uuid END OFFSET 0) held ON true
    ), '[]') END AS entries`;

/** The same with numbered parameters, for a connection without Knex. */
const numbered = lookUp
  .split('?')
  .map((part, index) => (index === 0 ? part : `$${index}${part}`))
  .join('');

/** @param upto null: all that can be seen */
function bindings(since: string, upto: string | null): (string | number | null)[] {
  return [since, mostScanned, since, mostScanned, mostScanned, upto, mostEntries, mostScanned, mostEntries];
}

/** The query of what was committed since a snapshot; its row is {@link LookedUp}. */
export function entriesSince(since: string): { text: string; values: unknown[] } {
  return { text: numbered, values: bindings(since, null) };
}

/**
 * The entries that one snapshot sees and an earlier one does not, in the order (tx, id).
 * @returns `everything` when they are too many, or too far back
 */
export async function readEntriesBetween(db: Queryable, since: string, upto: string): Promise<ChangeBatch['entries']> {
  const { rows } = await db.raw<{ rows: LookedUp[] }>(lookUp, bindings(since, upto));
  return presentEntries(rows[0]?.entries ?? null);
}

/** Entries as they were looked up. */
export function presentEntries(entries: LookedUp['entries']): ChangeBatch['entries'] {
  if (entries === null) return 'everything';
  return entries.map(({ at, ...entry }) => ({ ...entry, timestamp: new Date(at).toISOString() }));
}
