import type { Fields, Finding, FindingKind } from '../../domain/finding.ts';
import type { ReservationEnding } from '../../domain/reservation.ts';
import type { Queryable } from '../database.ts';
import { andOnly, reservationStates, type Only } from './logged-states.ts';

interface ReservationState {
  readonly quantity: number;
  readonly endedAs: ReservationEnding | null;
}

/** A reservation whose row, audit entries and allocations do not agree. */
export interface ReservationDiscrepancy {
  readonly id: string;
  /** Null when there is no such row. */
  readonly row: ReservationState | null;
  /** What its entries add up to; null when it has none. */
  readonly log: ReservationState | null;
  /** Entries that cannot follow the one before them. */
  readonly astray: number;
  /** The order it belongs to, if it does. */
  readonly orderId: string | null;
  /** Units of its allocations. */
  readonly allocated: number;
}

interface Row {
  id: string;
  exists: boolean;
  quantity: number;
  ended_as: ReservationEnding | null;
  recorded: boolean;
  logged_qty: number;
  logged_state: ReservationEnding | 'active';
  astray: number;
  order_id: string | null;
  allocated: number;
}

/** Reservations that differ from their audit entries, whose entries contradict one another, or that are not allocated whole. */
export async function reservationDiscrepancies(db: Queryable, only?: Only): Promise<ReservationDiscrepancy[]> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `WITH states AS (?),
          log AS (SELECT object_id, max(qty) FILTER (WHERE newest) AS qty, max(state) FILTER (WHERE newest) AS state,
                         count(*) FILTER (WHERE id > repaired AND NOT coalesce(CASE action
                           WHEN 'RESERVATION_CREATED' THEN before = 'none'
                           ELSE before = 'active' AND qty = qty_before END, false))::integer AS astray
                    FROM states GROUP BY object_id),
          held AS (SELECT reservation_id, sum(quantity)::integer AS units FROM reservation_allocations
                    WHERE true ? GROUP BY reservation_id),
          rows AS (SELECT r.id::text AS id, r.order_id, r.quantity, r.ended_as, coalesce(h.units, 0) AS allocated
                     FROM reservations r LEFT JOIN held h ON h.reservation_id = r.id
                    WHERE true ?)
     SELECT coalesce(r.id, l.object_id) AS id, r.id IS NOT NULL AS exists, r.quantity, r.ended_as, r.order_id, r.allocated,
            l.object_id IS NOT NULL AS recorded, l.qty AS logged_qty, l.state AS logged_state, coalesce(l.astray, 0) AS astray
       FROM rows r FULL JOIN log l ON l.object_id = r.id
      WHERE r.id IS NULL OR l.object_id IS NULL OR l.astray > 0 OR l.qty <> r.quantity
         OR l.state <> coalesce(r.ended_as, 'active') OR r.allocated <> l.qty
      ORDER BY 1`,
    [reservationStates(db, only), andOnly(db, 'reservation_id', only, 'uuid'), andOnly(db, 'r.id', only, 'uuid')],
  );
  return rows.map((row) => ({
    id: row.id,
    row: row.exists ? { quantity: row.quantity, endedAs: row.ended_as } : null,
    log: row.recorded
      ? { quantity: row.logged_qty, endedAs: row.logged_state === 'active' ? null : row.logged_state }
      : null,
    astray: row.astray,
    orderId: row.order_id,
    allocated: row.allocated,
  }));
}

/** A reservation's state as the audit log writes it. */
export function reservationFields({ quantity, endedAs }: ReservationState): Fields {
  return { qty: quantity, ended_as: endedAs };
}

/** The discrepancies in words. */
export function reservationFindings(discrepancies: readonly ReservationDiscrepancy[]): Finding[] {
  return discrepancies.flatMap((discrepancy) => {
    const { id, row, log, astray, allocated } = discrepancy;
    const found = (kind: FindingKind, detail: string, expected: Fields, found: Fields): Finding => {
      return { kind, objectType: 'Reservation', objectId: id, detail: `Reservation ${id} ${detail}.`, expected, found };
    };
    const state = ({ quantity, endedAs }: ReservationState) => `${endedAs ?? 'active'} with ${quantity} units`;
    const logged = log === null ? {} : reservationFields(log);
    if (row === null) return [found('reservation-missing', 'is in the audit log and has no row', logged, {})];
    const stands = reservationFields(row);
    const findings: Finding[] = [];
    if (log === null) findings.push(found('reservation-unrecorded', 'has no audit entries', {}, stands));
    else if (astray > 0) {
      const detail = `has ${astray} audit entries that cannot follow the ones before them`;
      findings.push(found('reservation-steps', detail, { astray: 0 }, { astray }));
    } else if (log.quantity !== row.quantity || log.endedAs !== row.endedAs) {
      findings.push(found('reservation-log', `is ${state(row)}, its audit entries say ${state(log)}`, logged, stands));
    }
    const { quantity } = standing(discrepancy) ?? row;
    if (allocated !== quantity) {
      const detail = `is for ${quantity} units, and ${allocated} are allocated to warehouses`;
      findings.push(found('reservation-allocations', detail, { allocated: quantity }, { allocated }));
    }
    return findings;
  });
}

/** The state that a reservation is to have: what its entries add up to, or its row when they do not. Undefined without a row. */
export function standing({ row, log, astray }: ReservationDiscrepancy): ReservationState | undefined {
  if (row === null) return undefined;
  return log === null || astray > 0 ? row : log;
}
