import type { Queryable } from '../database.ts';
import { ledgerDiscrepancies } from './ledger.ts';

/** How many units of a reservation are in which warehouse. */
export interface PlacedUnits {
  readonly warehouseId: string;
  /** Its code. */
  readonly warehouse: string;
  readonly quantity: number;
}

/** The units whose places are looked for. */
interface ReservedUnits {
  readonly productId: string;
  readonly reservationId: string;
  readonly quantity: number;
}

/**
 * Where the units of a reservation came from, as the ledger tells: by the movements that reserved them, or by those of its ending when
 * it was made before there was a ledger.
 * @returns in the order of warehouse codes; undefined when the ledger does not tell of all of them, or was changed by hand there
 */
export async function placesInLedger(
  db: Queryable,
  { productId, reservationId, quantity }: ReservedUnits,
): Promise<PlacedUnits[] | undefined> {
  const { rows } = await db.raw<{ rows: PlacedUnits[] }>(
    `WITH moved AS (
            SELECT warehouse_id, type = 'reserved' AS began, abs(sum(reserved))::integer AS units FROM stock_movements
             WHERE product_id = ? AND reservation_id = ? AND type IN ('reserved', 'released', 'expired', 'fulfilled')
             GROUP BY warehouse_id, type = 'reserved')
     SELECT w.id AS "warehouseId", w.code AS warehouse, m.units AS quantity
       FROM moved m JOIN warehouses w ON w.id = m.warehouse_id
      WHERE m.units > 0 AND m.began = (SELECT bool_or(began) FROM moved) ORDER BY w.code`,
    [productId, reservationId],
  );
  if (rows.reduce((sum, { quantity }) => sum + quantity, 0) !== quantity) return undefined;
  const levels = rows.map(({ warehouse }) => `${productId}/${warehouse}`);
  const changed = await ledgerDiscrepancies(db, levels);
  return changed.every(({ astray }) => astray === 0) ? rows : undefined;
}

/**
 * Where the units of a reservation are: as the ledger tells, or else in the only place that they can be.
 * @param places where they may be
 * @returns undefined when there are several places, and nothing says which
 */
export async function placesOf(
  db: Queryable,
  units: ReservedUnits,
  places: readonly Omit<PlacedUnits, 'quantity'>[],
): Promise<PlacedUnits[] | undefined> {
  const told = await placesInLedger(db, units);
  const [place] = places;
  if (told !== undefined || place === undefined || places.length > 1) return told;
  const { warehouseId, warehouse } = place;
  return [{ warehouseId, warehouse, quantity: units.quantity }];
}
