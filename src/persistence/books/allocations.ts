import type { Finding } from '../../domain/finding.ts';
import { reservationEndings } from '../../domain/reservation.ts';
import { effectOfReservation } from '../../domain/stock.ts';
import type { Queryable } from '../database.ts';
import { andOnly, type Only } from './logged-states.ts';

/** What movements did, or were to do, to one level; `available` is the rest. */
export interface MovedUnits {
  readonly total: number;
  readonly reserved: number;
}

/** A warehouse in which the movements of a reservation do not come to what its allocation there says. */
export interface MisplacedUnits {
  readonly warehouseId: string;
  /** Its code. */
  readonly warehouse: string;
  readonly due: MovedUnits;
  readonly moved: MovedUnits;
}

/** A reservation whose movements and allocations disagree. */
export interface AllocationDiscrepancy {
  readonly id: string;
  readonly places: readonly MisplacedUnits[];
}

/** What one unit of a reservation has moved in each of its states. */
const effects = [null, ...reservationEndings].map((endedAs) => {
  const { total, reserved } = effectOfReservation(endedAs, 1);
  return { state: endedAs ?? 'active', total, reserved };
});

/**
 * Reservations whose movements do not add up to their allocations, warehouse by warehouse. One that was made before there was a ledger
 * is left out: of it the ledger knows the ending alone. What became of its units after its ending is no matter of the reservation.
 */
export async function allocationDiscrepancies(db: Queryable, only?: Only): Promise<AllocationDiscrepancy[]> {
  // There is no index by reservation: looking again at one of them goes by its product.
  const ofProducts =
    only === undefined
      ? db.raw('AND true')
      : db.raw('AND product_id IN (SELECT product_id FROM reservations WHERE id = ANY(?::uuid[]))', [[...only]]);
  const { rows } = await db.raw<{ rows: AllocationDiscrepancy[] }>(
    `WITH effects AS (SELECT * FROM jsonb_to_recordset(?::jsonb) AS e(state text, total integer, reserved integer)),
          moved AS (
            SELECT reservation_id, warehouse_id, sum(total) AS total, sum(reserved) AS reserved,
                   bool_or(type = 'reserved') AS began
              FROM stock_movements
             WHERE reservation_id IS NOT NULL AND type IN ('reserved', 'released', 'expired', 'fulfilled', 'adjusted') ? ?
             GROUP BY reservation_id, warehouse_id),
          begun AS (
            SELECT r.id, coalesce(r.ended_as, 'active') AS state FROM reservations r
             WHERE r.id IN (SELECT reservation_id FROM moved WHERE began)),
          due AS (
            SELECT b.id AS reservation_id, a.warehouse_id, a.quantity::bigint * e.total AS total,
                   a.quantity::bigint * e.reserved AS reserved
              FROM begun b JOIN reservation_allocations a ON a.reservation_id = b.id JOIN effects e ON e.state = b.state),
          compared AS (
            SELECT coalesce(d.reservation_id, m.reservation_id) AS id, coalesce(d.warehouse_id, m.warehouse_id) AS warehouse_id,
                   coalesce(d.total, 0) AS due_total, coalesce(d.reserved, 0) AS due_reserved,
                   coalesce(m.total, 0) AS moved_total, coalesce(m.reserved, 0) AS moved_reserved
              FROM due d FULL JOIN (SELECT * FROM moved WHERE reservation_id IN (SELECT id FROM begun)) m
                ON m.reservation_id = d.reservation_id AND m.warehouse_id = d.warehouse_id)
     SELECT c.id, json_agg(json_build_object(
                    'warehouseId', w.id, 'warehouse', w.code, 'due', json_build_object('total', due_total, 'reserved', due_reserved),
                    'moved', json_build_object('total', moved_total, 'reserved', moved_reserved)) ORDER BY w.code) AS places
       FROM compared c JOIN warehouses w ON w.id = c.warehouse_id
      WHERE due_total <> moved_total OR due_reserved <> moved_reserved
      GROUP BY c.id ORDER BY c.id`,
    [JSON.stringify(effects), ofProducts, andOnly(db, 'reservation_id', only, 'uuid')],
  );
  return rows;
}

/** The discrepancies in words. */
export function allocationFindings(discrepancies: readonly AllocationDiscrepancy[]): Finding[] {
  return discrepancies.map(({ id, places }) => {
    const each = places.map(
      ({ warehouse, due, moved }) =>
        `${warehouse}: total ${moved.total}, reserved ${moved.reserved} instead of total ${due.total}, reserved ${due.reserved}`,
    );
    const detail = `Reservation ${id} has moved other units in the ledger than it is allocated (${each.join('; ')}).`;
    const fields = (of: 'due' | 'moved') =>
      Object.fromEntries(places.map((place) => [place.warehouse, { ...place[of] }]));
    return {
      kind: 'ledger-allocations',
      objectType: 'Reservation',
      objectId: id,
      detail,
      expected: fields('due'),
      found: fields('moved'),
    };
  });
}
