import type { Knex } from 'knex';
import { repairedChange, type Cause } from '../domain/audit.ts';
import { NeedsPerson } from '../domain/finding.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { placesOf } from '../persistence/books/placements.ts';
import { reservationDiscrepancies, reservationFields, standing } from '../persistence/books/reservations.ts';
import { writeTogether } from '../persistence/database.ts';
import { setAllocations, setReservation } from '../persistence/repairs.ts';
import { productsHeldBy, readHeld } from '../persistence/reservations.ts';
import { lockStock } from '../persistence/stock-levels.ts';

/**
 * Gives a reservation's row what its audit entries add up to, and its allocations the same number of units, where the ledger has them. Where the entries tell
 * nothing, or contradict one another, the row is taken as it stands. Stock levels are not touched: they follow from the entries, too.
 * @returns what was done; undefined when everything agrees by now
 * @throws NeedsPerson when there is no row, or when its units may be in several warehouses and not even the ledger says how
 */
export async function restoreReservation(db: Knex, reservationId: string, cause: Cause): Promise<string | undefined> {
  return db.transaction(async (trx) => {
    const products = await lockStock(trx, productsHeldBy(trx, { reservationId }));
    const [discrepancy] = await reservationDiscrepancies(trx, [reservationId]);
    if (!discrepancy) return undefined;
    const { row, log, astray, allocated } = discrepancy;
    const state = standing(discrepancy);
    if (row === null || state === undefined) {
      throw new NeedsPerson(`The row of reservation ${reservationId} is gone: restore it from a backup.`);
    }
    const [held] = await readHeld(trx, { reservationId });
    const productId = held?.productId ?? '';
    const allocates = allocated !== state.quantity;
    const from = held?.allocations ?? [];
    const places = from.length > 0 ? from : (products.get(productId)?.levels ?? []);
    const { quantity } = state;
    const placed = allocates ? await placesOf(trx, { productId, reservationId, quantity }, places) : from;
    if (placed === undefined) {
      throw new NeedsPerson(
        `Reservation ${reservationId} is for ${quantity} units, and nothing says which of ${places.length} warehouses ` +
          'they are in: correct its rows in reservation_allocations by hand.',
      );
    }
    const reason =
      log === null
        ? 'it had no audit entries: taken as it stands'
        : astray > 0
          ? 'its audit entries contradict one another: taken as it stands'
          : 'restored from its audit entries';
    const [found, repaired] = [row, state].map(reservationFields) as [object, object];
    const allocations = (units: number) => (allocates ? { allocated: units } : {});
    await writeTogether(trx, [
      setReservation(trx, reservationId, state),
      ...(allocates ? setAllocations(trx, reservationId, placed) : []),
      auditEntries(
        trx,
        [
          repairedChange(
            'Reservation',
            reservationId,
            { ...found, ...allocations(allocated) },
            { ...repaired, ...allocations(quantity) },
            reason,
          ),
        ],
        cause,
      ),
    ]);
    return reason;
  });
}
