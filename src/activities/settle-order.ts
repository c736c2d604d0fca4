import type { Knex } from 'knex';
import { repairedChange, type Cause, type Change } from '../domain/audit.ts';
import { NeedsPerson } from '../domain/finding.ts';
import { fittingEndings } from '../domain/fitting-endings.ts';
import type { StockMove } from '../domain/movement.ts';
import type { ReservationEnding } from '../domain/reservation.ts';
import { correctionOfReservation, sumOf, type StockDelta } from '../domain/stock.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { brokenPromises, type BrokenPromise } from '../persistence/books/promises.ts';
import { reservationFields } from '../persistence/books/reservations.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import { lockOrder, updateStatus } from '../persistence/orders.ts';
import { setReservation } from '../persistence/repairs.ts';
import { endReservations, productsHeldBy, readHeld, type AllocatedReservation } from '../persistence/reservations.ts';
import { changeStock, lockStock, type LockedLevel, type LockedProduct } from '../persistence/stock-levels.ts';
import { movesOf } from './allocate-items.ts';
import { holdEndings } from './end-hold.ts';
import { statusChange } from './status-change.ts';

/** Why a reservation is repaired that had ended another way. */
const reason = 'it had ended otherwise than its order';

/** What becomes of one reservation of an order, and how that moves stock. */
interface Correction {
  readonly reservation: AllocatedReservation;
  readonly to: ReservationEnding | null;
  readonly moves: readonly StockMove[];
}

/**
 * Makes an order's reservations follow what the order has become, by audited steps that move the stock as well. A pending order whose
 * units are gone is cancelled and gives back what it still holds.
 * @returns what was done; undefined when order and reservations agree by now
 * @throws NeedsPerson when the order was confirmed and there are no units for it
 */
export async function settleOrder(db: Knex, orderId: string, cause: Cause): Promise<string | undefined> {
  return db.transaction(async (trx) => {
    const products = await lockStock(trx, productsHeldBy(trx, { orderId }));
    await lockOrder(trx, orderId);
    const [promise] = await brokenPromises(trx, [orderId]);
    if (!promise) return undefined;
    const held = await readHeld(trx, { orderId });
    const { status, cancelledFrom } = promise;
    const corrections = correct(held, fittingEndings(status, cancelledFrom), targetOf(promise));
    if (isCovered(products, corrections)) {
      await write(trx, corrections, [], [], cause);
      return `its reservations followed the order, which is ${status}`;
    }
    if (status !== 'pending') {
      throw new NeedsPerson(
        `Order ${orderId} is ${status} and its units were given to others: count the units, adjust the product's stock by what is ` +
          'missing in the books, and run this again.',
      );
    }
    await cancel(trx, orderId, held, cause);
    return 'its units were given back and are not to be had again: the order was cancelled';
  });
}

function targetOf({ status, cancelReason, cancelledFrom }: BrokenPromise): ReservationEnding | null {
  if (status === 'cancelled' && cancelledFrom !== 'confirmed') {
    return cancelReason === 'expired' ? 'expired' : 'released';
  }
  return fittingEndings(status, cancelledFrom)[0] ?? null;
}

async function cancel(
  trx: Transaction,
  orderId: string,
  held: readonly AllocatedReservation[],
  cause: Cause,
): Promise<void> {
  const expired = held.some(({ endedAs }) => endedAs === 'expired');
  const corrections = correct(held, ['released', 'expired'], expired ? 'expired' : 'released');
  const step = statusChange(orderId, 'pending', 'cancelled', 'the units it was to hold are gone');
  const cancelling = updateStatus(trx, orderId, 'cancelled', expired ? 'expired' : 'requested');
  await write(trx, corrections, [cancelling], [step], cause);
}

function correct(
  held: readonly AllocatedReservation[],
  fitting: readonly (ReservationEnding | null)[],
  to: ReservationEnding | null,
): Correction[] {
  return held
    .filter(({ endedAs }) => !fitting.includes(endedAs))
    .map((reservation) => {
      const { endedAs } = reservation;
      const move = (quantity: number) => correctionOfReservation(endedAs, to, quantity);
      const step =
        endedAs === null && to !== null ? { type: holdEndings[to].type } : { type: 'adjusted' as const, reason };
      const moves = movesOf([reservation], { ...step, move });
      return { reservation, to, moves };
    });
}

/** Whether every level has the units that the corrections take, all of them together. */
function isCovered(products: ReadonlyMap<string, LockedProduct>, corrections: readonly Correction[]): boolean {
  const figures = new Map<LockedLevel, StockDelta>();
  for (const { productId, warehouseId, delta } of movesOfAll(corrections)) {
    const level = products.get(productId)?.levels.find((level) => level.warehouseId === warehouseId);
    if (level === undefined) return false;
    figures.set(level, sumOf(figures.get(level) ?? level, delta));
  }
  return Array.from(figures.values()).every(({ available, reserved }) => available >= 0 && reserved >= 0);
}

function movesOfAll(corrections: readonly Correction[]): StockMove[] {
  return corrections.flatMap(({ moves }) => moves);
}

async function write(
  trx: Transaction,
  corrections: readonly Correction[],
  also: Parameters<typeof writeTogether>[1],
  changes: readonly Change[],
  cause: Cause,
): Promise<void> {
  await writeTogether(trx, [
    ...corrections.map(({ reservation: { id, quantity, endedAs }, to }) =>
      endedAs === null && to !== null
        ? endReservations(trx, [id], to)
        : setReservation(trx, id, { quantity, endedAs: to }),
    ),
    ...also,
    ...changeStock(trx, movesOfAll(corrections), cause),
    auditEntries(trx, [...corrections.map(changeOf), ...changes], cause),
  ]);
}

/** An active reservation ends by the step that it missed; one that has ended otherwise is repaired. */
function changeOf({ reservation: { id, quantity, endedAs }, to }: Correction): Change {
  if (endedAs === null && to !== null) {
    const qty = { qty: quantity };
    return {
      action: holdEndings[to].action,
      objectType: 'Reservation',
      objectId: id,
      oldValue: qty,
      newValue: qty,
    };
  }
  const [found, repaired] = [endedAs, to].map((endedAs) => reservationFields({ quantity, endedAs })) as [
    object,
    object,
  ];
  return repairedChange('Reservation', id, found, repaired, reason);
}
