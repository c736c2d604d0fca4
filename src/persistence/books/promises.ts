import { fittingEndingRows, type CancelledFrom } from '../../domain/fitting-endings.ts';
import type { Finding } from '../../domain/finding.ts';
import { formatMoney } from '../../domain/money.ts';
import type { CancelReason } from '../../domain/order.ts';
import type { OrderStatus } from '../../domain/order-status.ts';
import type { Queryable } from '../database.ts';
import { andOnly, type Only } from './logged-states.ts';

/** An order that has become something that its reservations have not. */
export interface BrokenPromise {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly cancelReason: CancelReason | null;
  readonly cancelledFrom: CancelledFrom;
  /** How those reservations stand that do not fit. */
  readonly stand: readonly string[];
}

/** A line of an order without its one reservation of the same product and quantity. */
export interface UnkeptLine {
  readonly orderId: string;
  readonly line: number;
  readonly productId: string;
  readonly quantity: number;
  /** How many reservations it has, and of how many units. */
  readonly reservations: number;
  readonly reserved: number;
  /** Whether they are all of the line's product. */
  readonly sameProduct: boolean;
}

/** An order whose quantity or total is not that of its lines. */
export interface Sum {
  readonly orderId: string;
  readonly quantity: number;
  readonly totalMinor: bigint;
  readonly linesQuantity: number;
  readonly linesMinor: bigint;
}

/** Something that was placed, and is remembered as refused. */
export interface RefusedPlacement {
  readonly id: string;
  readonly objectType: 'Order' | 'Reservation';
}

/** Orders whose reservations are not where the order's status says. */
export async function brokenPromises(db: Queryable, only?: Only): Promise<BrokenPromise[]> {
  const { rows } = await db.raw<{ rows: (Omit<BrokenPromise, 'cancelledFrom'> & { cancelledFrom: string })[] }>(
    `WITH fitting AS (SELECT * FROM jsonb_to_recordset(?::jsonb) AS f(status text, "from" text, ended text)),
          cancelled AS (
            SELECT DISTINCT ON (object_id) object_id, old_value ->> 'status' AS "from" FROM audit_log
             WHERE object_type = 'Order' AND action = 'ORDER_STATUS_CHANGED' AND new_value ->> 'status' = 'cancelled' ?
             ORDER BY object_id, id DESC),
          pairs AS (
            SELECT o.id, o.status, o.cancel_reason, coalesce(r.ended_as, 'active') AS ended,
                   CASE WHEN o.status = 'cancelled' AND c."from" IN ('pending', 'confirmed') THEN c."from" ELSE 'unknown' END AS "from"
              FROM orders o JOIN reservations r ON r.order_id = o.id
              LEFT JOIN cancelled c ON o.status = 'cancelled' AND c.object_id = o.id::text
             WHERE true ?)
     SELECT p.id AS "orderId", p.status, p.cancel_reason AS "cancelReason", p."from" AS "cancelledFrom",
            array_agg(DISTINCT p.ended) AS stand
       FROM pairs p LEFT JOIN fitting f ON f.status = p.status AND f."from" = p."from" AND f.ended = p.ended
      WHERE f.status IS NULL GROUP BY 1, 2, 3, 4 ORDER BY 1`,
    [JSON.stringify(fittingEndingRows()), andOnly(db, 'object_id', only), andOnly(db, 'o.id', only, 'uuid')],
  );
  return rows.map(({ cancelledFrom, ...row }) => {
    return { ...row, cancelledFrom: cancelledFrom === 'unknown' ? null : (cancelledFrom as CancelledFrom) };
  });
}

/**
 * Lines of orders that have not exactly one reservation of their product and quantity, or, when they got nothing, none. Orders that were
 * not served (yet) out of a waiting list, or never had a hold, are another rule's.
 */
export async function unkeptLines(db: Queryable, only?: Only): Promise<UnkeptLine[]> {
  const { rows } = await db.raw<{ rows: UnkeptLine[] }>(
    `SELECT l.order_id AS "orderId", l.line, l.product_id AS "productId", l.quantity, count(r.id)::integer AS reservations,
            coalesce(sum(r.quantity), 0)::float8 AS reserved, bool_and(coalesce(r.product_id = l.product_id, true)) AS "sameProduct"
       FROM order_lines l LEFT JOIN reservations r ON r.order_id = l.order_id AND r.line = l.line
      WHERE true ?
      GROUP BY l.order_id, l.line
     HAVING CASE WHEN EXISTS (SELECT FROM waiting_list w WHERE w.order_id = l.order_id AND w.ended_as IS DISTINCT FROM 'served')
                   OR EXISTS (SELECT FROM orders o WHERE o.id = l.order_id AND o.expires_at IS NULL
                                 AND NOT EXISTS (SELECT FROM waiting_list w WHERE w.order_id = o.id))
                 THEN false
                 WHEN l.quantity = 0 THEN count(r.id) > 0
                 ELSE count(r.id) <> 1 OR sum(r.quantity) <> l.quantity OR bool_or(r.product_id <> l.product_id) END
      ORDER BY 1, 2`,
    [andOnly(db, 'l.order_id', only, 'uuid')],
  );
  return rows;
}

/** Orders that do not add their lines up. */
export async function wrongSums(db: Queryable, only?: Only): Promise<Sum[]> {
  const { rows } = await db.raw<{
    rows: { id: string; quantity: number; total: string; units: number; minor: string }[];
  }>(
    `SELECT o.id, o.quantity, o.total_minor::text AS total, coalesce(l.units, 0)::float8 AS units, coalesce(l.minor, 0)::text AS minor
       FROM orders o LEFT JOIN (
            SELECT order_id, sum(quantity) AS units, sum(quantity * unit_price_minor) AS minor FROM order_lines GROUP BY order_id) l
         ON l.order_id = o.id
      WHERE (o.quantity, o.total_minor) IS DISTINCT FROM (l.units, l.minor) ? ORDER BY 1`,
    [andOnly(db, 'o.id', only, 'uuid')],
  );
  return rows.map(({ id, quantity, total, units, minor }) => {
    return { orderId: id, quantity, totalMinor: BigInt(total), linesQuantity: units, linesMinor: BigInt(minor) };
  });
}

/** Orders and reservations that are remembered as refused although they were placed. */
export async function refusedPlacements(db: Queryable, only?: Only): Promise<RefusedPlacement[]> {
  const { rows } = await db.raw<{ rows: RefusedPlacement[] }>(
    `SELECT f.id, CASE WHEN o.id IS NULL THEN 'Reservation' ELSE 'Order' END AS "objectType"
       FROM refusals f LEFT JOIN orders o ON o.id = f.id LEFT JOIN reservations r ON r.id = f.id
      WHERE (o.id IS NOT NULL OR r.id IS NOT NULL) ? ORDER BY 1`,
    [andOnly(db, 'f.id', only, 'uuid')],
  );
  return rows;
}

/** Broken promises in words. */
export function promiseFindings(promises: readonly BrokenPromise[]): Finding[] {
  return promises.map(({ orderId, status, cancelReason, stand }) => ({
    kind: 'order-reservations',
    objectType: 'Order',
    objectId: orderId,
    detail: `Order ${orderId} is ${status}, and has reservations that are ${stand.join(' and ')}.`,
    expected: { status, cancel_reason: cancelReason },
    found: { reservations: stand },
  }));
}

/** Unkept lines in words. */
export function lineFindings(lines: readonly UnkeptLine[]): Finding[] {
  return lines.map(({ orderId, line, productId, quantity, reservations, reserved, sameProduct }) => ({
    kind: 'line-reservation',
    objectType: 'Order',
    objectId: orderId,
    detail:
      `Line ${line} of order ${orderId} is for ${quantity} units and has ${reservations} reservations of ${reserved} units` +
      `${sameProduct ? '' : ', of another product'}.`,
    expected: { line, product_id: productId, reservations: quantity === 0 ? 0 : 1, qty: quantity },
    found: { line, reservations, qty: reserved, same_product: sameProduct },
  }));
}

/** Wrong sums in words. */
export function sumFindings(sums: readonly Sum[]): Finding[] {
  return sums.map(({ orderId, quantity, totalMinor, linesQuantity, linesMinor }) => {
    const [total, lines] = [formatMoney(totalMinor), formatMoney(linesMinor)];
    return {
      kind: 'order-lines',
      objectType: 'Order',
      objectId: orderId,
      detail: `Order ${orderId} is for ${quantity} units at ${total}, its lines are for ${linesQuantity} at ${lines}.`,
      expected: { quantity, total },
      found: { quantity: linesQuantity, total: lines },
    };
  });
}

/** Refused placements in words. */
export function refusalFindings(placements: readonly RefusedPlacement[]): Finding[] {
  return placements.map(({ id, objectType }) => ({
    kind: 'refused-and-placed',
    objectType,
    objectId: id,
    detail: `${objectType} ${id} was placed, and is remembered as refused.`,
    expected: { refused: false },
    found: { refused: true },
  }));
}
