import type { Finding } from '../../domain/finding.ts';
import type { OrderStatus } from '../../domain/order-status.ts';
import type { Queryable } from '../database.ts';
import { andOnly, type Only } from './logged-states.ts';

/** An order and the expired one that it takes the place of, about which rows and audit entries do not agree. */
export interface RescueDiscrepancy {
  /** The order that takes the place. */
  readonly orderId: string;
  /** Null when it has no row. */
  readonly status: OrderStatus | null;
  /** The expired order by its row; by its own entries; and by those of the expired one. Null when they name none. */
  readonly row: string | null;
  readonly told: string | null;
  readonly toldByExpired: string | null;
  /** Orders whose entries say that this one takes their place; one is right. */
  readonly claims: number;
  /** The expired order that the entries tell of, or the row if they do not. */
  readonly expired: string | null;
  /** What that is now; null when it has no row. */
  readonly expiredStatus: OrderStatus | null;
}

/**
 * Orders whose `rescued_from` is not what the entries say, which only one of the two orders has an entry of, or that are alive together with
 * the order whose place they take. An entry REPAIRED may tell of it as well: what it is from now on.
 */
export async function rescueDiscrepancies(db: Queryable, only?: Only): Promise<RescueDiscrepancy[]> {
  const { rows } = await db.raw<{ rows: RescueDiscrepancy[] }>(
    `WITH told AS (
            SELECT DISTINCT ON (object_id) object_id AS id, new_value ->> 'rescued_from' AS "from" FROM audit_log
             WHERE object_type = 'Order' AND action IN ('ORDER_CREATED', 'REPAIRED') AND new_value -> 'rescued_from' IS NOT NULL
             ORDER BY object_id, audit_log.id DESC),
          claims AS (
            SELECT DISTINCT ON (object_id) object_id AS "from", new_value ->> 'rescued_by' AS id FROM audit_log
             WHERE object_type = 'Order' AND action IN ('RESERVATION_RESCUED', 'REPAIRED') AND new_value -> 'rescued_by' IS NOT NULL
             ORDER BY object_id, audit_log.id DESC),
          claimed AS (SELECT id, min("from") AS "from", count(*)::integer AS claims FROM claims WHERE id IS NOT NULL GROUP BY id),
          rescuing AS (
            SELECT id::text AS id FROM orders WHERE rescued_from IS NOT NULL
             UNION SELECT id FROM told UNION SELECT id FROM claimed),
          compared AS (
            SELECT s.id AS "orderId", o.status, o.rescued_from::text AS "row", t."from" AS told, c."from" AS "toldByExpired",
                   coalesce(c.claims, 0) AS claims, CASE WHEN t.id IS NULL THEN c."from" ELSE t."from" END AS logged
              FROM rescuing s LEFT JOIN orders o ON o.id::text = s.id LEFT JOIN told t ON t.id = s.id LEFT JOIN claimed c ON c.id = s.id)
     SELECT "orderId", c.status, "row", told, "toldByExpired", claims, coalesce(logged, "row") AS expired, e.status AS "expiredStatus"
       FROM compared c LEFT JOIN orders e ON e.id::text = coalesce(logged, "row")
      WHERE (CASE WHEN c.status IS NULL
                  THEN NOT EXISTS (SELECT FROM audit_log a WHERE a.object_type = 'Order' AND a.object_id = c."orderId")
                  ELSE "row" IS DISTINCT FROM logged OR "toldByExpired" IS DISTINCT FROM logged OR claims > 1
                       OR (c.status <> 'cancelled' AND e.status <> 'cancelled') END) ?
      ORDER BY 1`,
    [andOnly(db, db.raw('"orderId"'), only)],
  );
  return rows;
}

/** The discrepancies in words. */
export function rescueFindings(discrepancies: readonly RescueDiscrepancy[]): Finding[] {
  return discrepancies.map(({ orderId, status, row, told, toldByExpired, claims, expired, expiredStatus }) => {
    const name = (id: string | null) => (id === null ? 'no order' : `order ${id}`);
    const live =
      row !== null && row === toldByExpired && claims === 1
        ? `; that is ${expiredStatus ?? 'gone'}, this one ${status ?? 'gone'}`
        : '';
    return {
      kind: 'order-rescue',
      objectType: 'Order',
      objectId: orderId,
      detail:
        `Order ${orderId} takes the place of ${name(row)} by its row, of ${name(told)} by its entries, and of ` +
        `${name(toldByExpired)} by the entries of the expired one${live}.`,
      expected: { rescued_from: expired, entries: 1 },
      found: { rescued_from: row, entries: claims, status, expired_status: expiredStatus },
    };
  });
}
