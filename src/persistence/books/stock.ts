import type { Fields, Finding, FindingKind } from '../../domain/finding.ts';
import { reservationEndings } from '../../domain/reservation.ts';
import { effectOfReservation, type StockFigures } from '../../domain/stock.ts';
import type { Queryable } from '../database.ts';
import { andOnly, reservationStates, type Only } from './logged-states.ts';

/** A stock level that does not agree with its audit entries, or not with the reservations. */
export interface StockDiscrepancy {
  /** As in the audit log: `<product id>/<warehouse code>`. */
  readonly id: string;
  /** Null when there is no such row. */
  readonly row: StockFigures | null;
  /** What its entries and those of its reservations add up to. */
  readonly log: StockFigures;
  /** Whether an entry tells how the level began: with nothing in it, or as a repair left it. */
  readonly recorded: boolean;
  /** Units that active reservations hold here. */
  readonly held: number;
}

interface Row {
  id: string;
  exists: boolean;
  total: number;
  available: number;
  reserved: number;
  recorded: boolean;
  logged_total: number;
  logged_reserved: number;
  held: number;
}

/** What one unit of a reservation has done to `total` and `reserved` in each of its states; `available` is the rest. */
const effects = [null, ...reservationEndings].map((endedAs) => {
  const { total, reserved } = effectOfReservation(endedAs, 1);
  return { state: endedAs ?? 'active', total, reserved };
});

/**
 * Stock levels that differ from what their audit entries add up to, or whose `reserved` is not what active reservations hold. Adding up
 * begins at the level's last REPAIRED, if there is one: it says what the figures are, the other entries what has changed.
 */
export async function stockDiscrepancies(db: Queryable, only?: Only): Promise<StockDiscrepancy[]> {
  const reservations = only && (await reservationsAt(db, only));
  const { rows } = await db.raw<{ rows: Row[] }>(
    `WITH effects AS (SELECT * FROM jsonb_to_recordset(?::jsonb) AS e(state text, total integer, reserved integer)),
          places AS (
            SELECT r.id::text AS id, r.product_id || '/' || w.code AS level, r.ended_as, a.quantity
              FROM reservations r JOIN reservation_allocations a ON a.reservation_id = r.id
              JOIN warehouses w ON w.id = a.warehouse_id WHERE true ?),
          repaired AS (
            SELECT DISTINCT ON (object_id) object_id AS level, id, (new_value ->> 'total')::bigint AS total,
                   (new_value ->> 'reserved')::bigint AS reserved
              FROM audit_log WHERE object_type = 'StockLevel' AND action = 'REPAIRED' ? ORDER BY object_id, id DESC),
          moves AS (
            SELECT p.level, s.id, p.quantity::bigint * (coalesce(after.total, 0) - coalesce(before.total, 0)) AS total,
                   p.quantity::bigint * (coalesce(after.reserved, 0) - coalesce(before.reserved, 0)) AS reserved
              FROM (?) s JOIN places p ON p.id = s.object_id
              LEFT JOIN effects after ON after.state = s.state LEFT JOIN effects before ON before.state = s.before
             UNION ALL
            SELECT object_id, id, (new_value ->> 'total')::bigint - coalesce(old_value ->> 'total', '0')::bigint,
                   (new_value ->> 'reserved')::bigint - coalesce(old_value ->> 'reserved', '0')::bigint
              FROM audit_log WHERE object_type = 'StockLevel' AND action IN ('STOCK_ADJUSTED', 'STOCK_TRANSFERRED') ?
             UNION ALL
            SELECT level, id, total, reserved FROM repaired),
          log AS (
            SELECT m.level, sum(m.total)::float8 AS total, sum(m.reserved)::float8 AS reserved
              FROM moves m LEFT JOIN repaired b ON b.level = m.level WHERE b.id IS NULL OR m.id >= b.id GROUP BY m.level),
          recorded AS (
            SELECT object_id AS level FROM audit_log WHERE object_type = 'StockLevel' ? GROUP BY object_id
            HAVING bool_or(action = 'REPAIRED') OR coalesce((array_agg(old_value ->> 'total' ORDER BY id))[1]::bigint, 0) = 0),
          held AS (SELECT level, sum(quantity)::float8 AS units FROM places WHERE ended_as IS NULL GROUP BY level),
          rows AS (
            SELECT s.product_id || '/' || w.code AS level, s.total, s.available, s.reserved
              FROM stock_levels s JOIN warehouses w ON w.id = s.warehouse_id WHERE true ?)
     SELECT coalesce(s.level, l.level) AS id, s.level IS NOT NULL AS exists, s.total, s.available, s.reserved,
            c.level IS NOT NULL AS recorded, coalesce(l.total, 0) AS logged_total, coalesce(l.reserved, 0) AS logged_reserved,
            coalesce(h.units, 0) AS held
       FROM rows s FULL JOIN log l ON l.level = s.level
       LEFT JOIN recorded c ON c.level = coalesce(s.level, l.level) LEFT JOIN held h ON h.level = coalesce(s.level, l.level)
      WHERE s.level IS NULL OR s.total <> coalesce(l.total, 0) OR s.reserved <> coalesce(l.reserved, 0)
         OR s.reserved <> coalesce(h.units, 0)
      ORDER BY 1`,
    [
      JSON.stringify(effects),
      andOnly(db, db.raw(`r.product_id || '/' || w.code`), only),
      andOnly(db, 'object_id', only),
      reservationStates(db, reservations),
      andOnly(db, 'object_id', only),
      andOnly(db, 'object_id', only),
      andOnly(db, db.raw(`s.product_id || '/' || w.code`), only),
    ],
  );
  return rows.map((row) => ({
    id: row.id,
    row: row.exists ? { total: row.total, available: row.available, reserved: row.reserved } : null,
    log: {
      total: row.logged_total,
      available: row.logged_total - row.logged_reserved,
      reserved: row.logged_reserved,
    },
    recorded: row.recorded,
    held: row.held,
  }));
}

async function reservationsAt(db: Queryable, levels: readonly string[]): Promise<string[]> {
  const products = levels.map((level) => level.split('/')[0] as string);
  return (await db('reservations').whereIn('product_id', products).pluck('id')) as string[];
}

/**
 * What keeps a product's entries from telling where its units are, each in words: reservations that are not allocated whole, and
 * lines of orders without a reservation.
 */
export async function unplacedUnits(db: Queryable, productId: string): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { what: string }[] }>(
    `SELECT 'reservation ' || r.id AS what
       FROM reservations r LEFT JOIN reservation_allocations a ON a.reservation_id = r.id
      WHERE r.product_id = ? GROUP BY r.id HAVING coalesce(sum(a.quantity), 0) <> r.quantity
      UNION ALL
     SELECT 'line ' || l.line || ' of order ' || l.order_id FROM order_lines l
      WHERE l.product_id = ? AND NOT EXISTS (SELECT FROM reservations r WHERE r.order_id = l.order_id AND r.line = l.line)
      ORDER BY 1`,
    [productId, productId],
  );
  return rows.map(({ what }) => what);
}

/** Units that reservations have sold whose rows are gone. Of which product they were, no entry tells. */
export async function unitsSoldByLostReservations(db: Queryable): Promise<number> {
  const { rows } = await db.raw<{ rows: [{ units: number }] }>(
    `SELECT coalesce(sum(qty), 0)::float8 AS units
       FROM (SELECT DISTINCT ON (object_id) (new_value ->> 'qty')::bigint AS qty FROM audit_log
              WHERE object_type = 'Reservation'
                AND (action = 'RESERVATION_FULFILLED' OR action = 'REPAIRED' AND new_value ->> 'ended_as' = 'confirmed')
                AND NOT EXISTS (SELECT FROM reservations r WHERE r.id::text = object_id)
              ORDER BY object_id, id DESC) sold`,
  );
  return rows[0].units;
}

/** A level's figures as the audit log writes them. */
export function stockFields({ total, available, reserved }: StockFigures): Fields {
  return { total, available, reserved };
}

/** The discrepancies in words. */
export function stockFindings(discrepancies: readonly StockDiscrepancy[]): Finding[] {
  return discrepancies.flatMap(({ id, row, log, recorded, held }) => {
    const finding = (kind: FindingKind, detail: string, expected: Fields, found: Fields): Finding => {
      return { kind, objectType: 'StockLevel', objectId: id, detail: `Stock level ${id} ${detail}.`, expected, found };
    };
    const logged = stockFields(log);
    if (row === null) return [finding('stock-missing', 'is in the audit log and has no row', logged, {})];
    const figures = stockFields(row);
    const findings: Finding[] = [];
    const differs = row.total !== log.total || row.reserved !== log.reserved;
    if (differs && !recorded) {
      findings.push(
        finding('stock-unrecorded', `has ${sayFigures(row)}, and no audit entry says how it began`, {}, figures),
      );
    } else if (differs) {
      const detail = `has ${sayFigures(row)}; its audit entries add up to ${sayFigures(log)}`;
      findings.push(finding('stock-log', detail, logged, figures));
    }
    if (row.reserved !== held) {
      const detail = `has ${row.reserved} units reserved, and active reservations hold ${held}`;
      findings.push(finding('stock-reserved', detail, { reserved: held }, { reserved: row.reserved }));
    }
    return findings;
  });
}

/** A level's figures in words. */
export function sayFigures({ total, available, reserved }: StockFigures): string {
  return `total ${total} (${available} available, ${reserved} reserved)`;
}
