import type { Knex } from 'knex';
import { repairedChange, type Cause } from '../domain/audit.ts';
import { NeedsPerson } from '../domain/finding.ts';
import type { StockMove } from '../domain/movement.ts';
import { effectOfReservation } from '../domain/stock.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import {
  allocationDiscrepancies,
  type AllocationDiscrepancy,
  type MovedUnits,
} from '../persistence/books/allocations.ts';
import { placesInLedger, type PlacedUnits } from '../persistence/books/placements.ts';
import { reservationDiscrepancies, reservationFields } from '../persistence/books/reservations.ts';
import { writeTogether } from '../persistence/database.ts';
import { setAllocations } from '../persistence/repairs.ts';
import { productsHeldBy, readHeld, type AllocatedReservation } from '../persistence/reservations.ts';
import { lockProducts } from '../persistence/stock-levels.ts';
import { insertMovements } from '../persistence/stock-movements.ts';

/**
 * Brings a reservation's allocations and its movements together again. The allocations become what the ledger says, unless somebody
 * changed the ledger there; what its movements then lack for the state that the audit log tells is added to the ledger. The levels'
 * figures are not touched: they are compared with the ledger, too.
 * @returns what was done; undefined when both agree by now
 * @throws NeedsPerson when the reservation does not agree with its audit entries
 */
export async function restoreAllocations(db: Knex, reservationId: string, cause: Cause): Promise<string | undefined> {
  return db.transaction(async (trx) => {
    await lockProducts(trx, productsHeldBy(trx, { reservationId }));
    const [discrepancy] = await allocationDiscrepancies(trx, [reservationId]);
    const [reservation] = await readHeld(trx, { reservationId });
    if (!discrepancy || !reservation) return undefined;
    if ((await reservationDiscrepancies(trx, [reservationId])).length > 0) {
      throw new NeedsPerson(
        `Reservation ${reservationId} differs from its audit entries as well: repair that first, and run this again.`,
      );
    }
    const { productId, quantity, allocations } = reservation;
    const placed = (await placesInLedger(trx, { productId, reservationId, quantity })) ?? allocations;
    const moves = missingMoves(reservation, placed, discrepancy);
    const replaces = JSON.stringify(byCode(placed)) !== JSON.stringify(byCode(allocations));
    const reason = replaces
      ? 'its allocations were restored from the ledger'
      : 'its movements in the ledger were brought to its allocations';
    const state = reservationFields(reservation);
    const fields = (of: readonly PlacedUnits[]) => ({ ...state, ...(replaces ? { allocations: byCode(of) } : {}) });
    await writeTogether(trx, [
      ...(replaces ? setAllocations(trx, reservationId, placed) : []),
      ...(moves.length > 0 ? [insertMovements(trx, moves, cause)] : []),
      auditEntries(
        trx,
        [repairedChange('Reservation', reservationId, fields(allocations), fields(placed), reason)],
        cause,
      ),
    ]);
    return reason;
  });
}

/** The movements that the ledger lacks for the units of a reservation, or that take back what it has too many. */
function missingMoves(
  { id, orderId, productId, endedAs }: AllocatedReservation,
  placed: readonly PlacedUnits[],
  { places }: AllocationDiscrepancy,
): StockMove[] {
  const warehouses = new Set([...places, ...placed].map(({ warehouseId }) => warehouseId));
  return Array.from(warehouses, (warehouseId) => {
    const quantity = placed.find((place) => place.warehouseId === warehouseId)?.quantity ?? 0;
    const due = effectOfReservation(endedAs, quantity);
    const moved = places.find((place) => place.warehouseId === warehouseId)?.moved ?? due;
    return move(warehouseId, { total: due.total - moved.total, reserved: due.reserved - moved.reserved });
  }).filter(({ delta }) => delta.total !== 0 || delta.reserved !== 0);

  function move(warehouseId: string, { total, reserved }: MovedUnits): StockMove {
    const delta = { total, available: total - reserved, reserved };
    const reason = 'what the ledger lacked of a reservation';
    return { productId, warehouseId, type: 'adjusted', delta, of: { orderId, reservationId: id }, reason };
  }
}

function byCode(placed: readonly PlacedUnits[]): { readonly warehouse: string; readonly quantity: number }[] {
  return placed
    .map(({ warehouse, quantity }) => ({ warehouse, quantity }))
    .toSorted((a, b) => (a.warehouse < b.warehouse ? -1 : 1));
}
