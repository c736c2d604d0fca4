import type { Knex } from 'knex';
import type { AuditAction, Cause, Change } from '../domain/audit.ts';
import { notFound } from '../domain/errors.ts';
import type { KeyNote } from '../domain/key-note.ts';
import type { MovementType } from '../domain/movement.ts';
import type { CancelReason, Order } from '../domain/order.ts';
import { canTransition, invalidTransition, type OrderStatus } from '../domain/order-status.ts';
import { belongsToOrder, reservationEnded, type Reservation, type ReservationEnding } from '../domain/reservation.ts';
import { stockMoves, type StockDelta } from '../domain/stock.ts';
import { notReserved, type Freed } from '../domain/waiting.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { writeAndRead, type Transaction } from '../persistence/database.ts';
import { noteKey } from '../persistence/idempotency-keys.ts';
import { lockOrderAnd, rereadOrder, updateStatus } from '../persistence/orders.ts';
import {
  endReservations,
  productsHeldBy,
  readHeld,
  readReservation,
  type AllocatedReservation,
} from '../persistence/reservations.ts';
import { changeStock, lockProductsAnd } from '../persistence/stock-levels.ts';
import { productAwaitedBy, readTurns, readWait } from '../persistence/waiting-list.ts';
import { movesOf } from './allocate-items.ts';
import { assertOwnStep } from './own-step.ts';
import { statusChange } from './status-change.ts';

/** What each way of ending a hold does to the stock, to the order, and what the audit log calls it. */
export const holdEndings: Readonly<
  Record<
    ReservationEnding,
    {
      readonly move: (quantity: number) => StockDelta;
      readonly type: MovementType;
      readonly action: AuditAction;
      readonly status: OrderStatus;
      readonly cancelReason: CancelReason | null;
    }
  >
> = {
  confirmed: {
    move: stockMoves.fulfil,
    type: 'fulfilled',
    action: 'RESERVATION_FULFILLED',
    status: 'confirmed',
    cancelReason: null,
  },
  released: {
    move: stockMoves.giveBack,
    type: 'released',
    action: 'RESERVATION_RELEASED',
    status: 'cancelled',
    cancelReason: 'requested',
  },
  expired: {
    move: stockMoves.giveBack,
    type: 'expired',
    action: 'RESERVATION_EXPIRED',
    status: 'cancelled',
    cancelReason: 'expired',
  },
};

export interface EndOrderHoldInput {
  readonly orderId: string;
  readonly reason?: string;
  /** Noted with the step, unless it was taken before. */
  readonly key?: KeyNote;
}

/**
 * Ends the hold of a pending order: its reservations end, its stock moves and the order takes the status that follows, in one
 * locked transaction. An order that this very step has brought where it is, is returned as it stands, unless that was under
 * another key.
 * @throws DomainError not-found; not-reserved of an order that waits; invalid-transition when the order is somewhere else by now
 */
export async function endOrderHold(
  db: Knex,
  input: EndOrderHoldInput,
  endedAs: ReservationEnding,
  cause: Cause,
): Promise<Freed<Order>> {
  const { orderId, reason, key } = input;
  const { status, cancelReason } = holdEndings[endedAs];
  return db.transaction(async (trx) => {
    // That of an order that waits as well: it may be served until the lock is there.
    const locking = productsHeldBy(trx, { orderId }).union(productAwaitedBy(trx, orderId));
    const [products, [current, held]] = await lockProductsAnd(trx, locking, () =>
      lockOrderAnd(trx, orderId, () => readHeld(trx, { orderId })),
    );
    if (!current) throw notFound('Order', orderId);
    const done = current.status === status && current.cancelReason === cancelReason;
    const readEnded = async () => {
      const [order, turns] = await Promise.all([rereadOrder(trx, orderId), turnsBehind(trx, endedAs, products)]);
      return { value: order, turns };
    };
    if (done) {
      await assertOwnStep(trx, key, { from: current.status, to: status });
      return readEnded();
    }
    // Only a pending order holds stock: a confirmed one is cancelled by a restock, not by a release.
    if (current.status !== 'pending' || !canTransition(current.status, status)) {
      throw invalidTransition(current.status, status);
    }
    // Only then: whoever holds units does not wait for them.
    if (held.every((reservation) => reservation.endedAs !== null)) await assertNotWaiting(trx, orderId);
    const step = statusChange(orderId, current.status, status, reason);
    const writes = [
      updateStatus(trx, orderId, status, cancelReason),
      ...writesOfEnding(trx, held, endedAs, cause, { reason, changes: [step] }),
      ...(key ? [noteKey(trx, key)] : []),
    ];
    return writeAndRead(trx, writes, readEnded);
  });
}

export interface EndReservationHoldInput {
  readonly reservationId: string;
  readonly reason?: string;
}

/**
 * Ends a reservation that stands alone. One that has ended the same way is returned as it stands.
 * @throws DomainError not-found; belongs-to-order; reservation-ended when it ended another way
 */
export async function endReservationHold(
  db: Knex,
  { reservationId, reason }: EndReservationHoldInput,
  endedAs: ReservationEnding,
  cause: Cause,
): Promise<Freed<Reservation>> {
  return db.transaction(async (trx) => {
    const [products, [reservation, held]] = await lockProductsAnd(trx, productsHeldBy(trx, { reservationId }), () =>
      Promise.all([readReservation(trx, reservationId), readHeld(trx, { reservationId })]),
    );
    if (!reservation) throw notFound('Reservation', reservationId);
    if (reservation.orderId !== null) throw belongsToOrder(reservation.orderId);
    if (reservation.endedAs !== null && reservation.endedAs !== endedAs) throw reservationEnded(reservation.endedAs);
    const readTurnsBehind = () => turnsBehind(trx, endedAs, products);
    const turns =
      reservation.endedAs === null
        ? await writeAndRead(trx, writesOfEnding(trx, held, endedAs, cause, { reason }), readTurnsBehind)
        : await readTurnsBehind();
    return { value: { ...reservation, endedAs, isActive: false, confirmed: endedAs === 'confirmed' }, turns };
  });
}

/** Whose turn it is behind a hold that ended. Behind one that ended with a sale nothing is free. */
async function turnsBehind(
  trx: Transaction,
  endedAs: ReservationEnding,
  products: readonly string[],
): Promise<readonly string[]> {
  return endedAs === 'confirmed' ? [] : readTurns(trx, products);
}

/** The writes that end whatever of the reservations is active, and move its units, with what the audit log says of it. */
function writesOfEnding(
  trx: Transaction,
  held: readonly AllocatedReservation[],
  endedAs: ReservationEnding,
  cause: Cause,
  { reason, changes = [] }: { readonly reason?: string | undefined; readonly changes?: readonly Change[] },
): (Knex.QueryBuilder | Knex.Raw)[] {
  const { move, type, action } = holdEndings[endedAs];
  const active = held.filter((reservation) => reservation.endedAs === null);
  const ids = active.map(({ id }) => id);
  const ended = active.map<Change>(({ id, quantity }) => ({
    action,
    objectType: 'Reservation',
    objectId: id,
    oldValue: { qty: quantity },
    newValue: { qty: quantity },
  }));
  return [
    endReservations(trx, ids, endedAs),
    ...changeStock(trx, movesOf(active, { type, move, reason }), cause),
    auditEntries(trx, [...ended, ...changes], cause),
  ];
}

async function assertNotWaiting(trx: Transaction, orderId: string): Promise<void> {
  const wait = await readWait(trx, orderId);
  if (wait?.endedAs === null) throw notReserved(orderId, wait);
}
