import type { Knex } from 'knex';
import { repairedChange, type Cause, type Change } from '../domain/audit.ts';
import { NeedsPerson } from '../domain/finding.ts';
import type { WaitEnding } from '../domain/waiting.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { orderFields, type OrderState } from '../persistence/books/orders.ts';
import { reservationDiscrepancies } from '../persistence/books/reservations.ts';
import {
  cancelReasonOf,
  misplacedOrders,
  waitDiscrepancies,
  type MisplacedOrder,
} from '../persistence/books/waiting.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import { lockOrder } from '../persistence/orders.ts';
import { readOrderState } from '../persistence/repairs.ts';
import { readHeld } from '../persistence/reservations.ts';
import { lockProducts } from '../persistence/stock-levels.ts';
import { readWait, type Wait } from '../persistence/waiting-list.ts';
import { productsOfOrder, setOrderAndHold, setWaitEnding } from '../persistence/waiting-repairs.ts';
import { agreedOrderFields } from './agreed-order.ts';
import { reservationIdOf } from './place-order.ts';
import { waitingEnded } from './serve-waiting.ts';
import { statusChange } from './status-change.ts';

/** What is to become of an order and of its place in the list. */
interface Settlement {
  readonly order: OrderState;
  /** Undefined when it has no place, null when it waits. */
  readonly endedAs?: WaitEnding | null;
  readonly how: string;
}

const reason = 'the order and its place in the waiting list did not agree';

/**
 * Brings an order and its place in a waiting list together again. Who has units was served; who was cancelled without any has left the
 * list; who left it without any is cancelled; and who is said to have been served and got nothing waits again, where it was. Steps that
 * were missed are ordinary entries.
 * @returns what was done; undefined when both agree by now
 * @throws NeedsPerson when an order went on without units, or nothing tells what it waits for
 */
export async function settleWaiting(db: Knex, orderId: string, cause: Cause): Promise<string | undefined> {
  return db.transaction(async (trx) => {
    await lockProducts(trx, productsOfOrder(trx, orderId));
    await lockOrder(trx, orderId);
    const [misplaced] = await misplacedOrders(trx, [orderId]);
    if (!misplaced) return undefined;
    await agreedOrderFields(trx, orderId);
    if ((await waitDiscrepancies(trx, [orderId])).length > 0) {
      throw new NeedsPerson(`The place of order ${orderId} differs from its audit entries as well: run this again.`);
    }
    const before = await readOrderState(trx, orderId);
    const settlement = await settle(trx, misplaced, before);
    await write(trx, misplaced, before, settlement, cause);
    return settlement.how;
  });
}

async function settle(trx: Transaction, misplaced: MisplacedOrder, order: OrderState): Promise<Settlement> {
  const { orderId, listed, endedAs, reservations } = misplaced;
  if (reservations > 0) {
    // Who got units was not cancelled for want of them.
    const ended = (await readHeld(trx, { orderId })).map(({ endedAs }) => endedAs);
    const fitting = ended.includes('expired') ? 'expired' : 'requested';
    const cancelReason = order.cancelReason === 'not-available' ? fitting : order.cancelReason;
    const served = listed ? ({ endedAs: 'served' } as const) : {};
    return { order: { ...order, cancelReason }, ...served, how: 'it has had its units, so it was served' };
  }
  const [lost] = await reservationDiscrepancies(trx, [reservationIdOf(orderId, 1)]);
  if (!listed || lost?.log) throw nothingTells(misplaced, lost?.id);
  if (order.status === 'cancelled') {
    const left = endedAs === 'cancelled' || endedAs === 'not-available' ? endedAs : null;
    const ending = left ?? (order.cancelReason === 'requested' ? 'cancelled' : 'not-available');
    const settled = { ...order, cancelReason: cancelReasonOf[ending] };
    return { order: settled, endedAs: ending, how: 'it was cancelled without units, so it left its waiting list' };
  }
  if (order.status !== 'pending') {
    throw new NeedsPerson(
      `Order ${orderId} is ${order.status}, and no entry tells that it got the units it waited for: count the units. If they went out, ` +
        'restore the rows and entries of its reservation from a backup, else cancel it and run this again.',
    );
  }
  if (endedAs === null || endedAs === 'served') {
    return { order, endedAs: null, how: 'it has never had units, so it waits for them' };
  }
  const cancelled = { ...order, status: 'cancelled', cancelReason: cancelReasonOf[endedAs] } as const;
  return { order: cancelled, endedAs, how: 'it had left its waiting list without units, so it was cancelled' };
}

function nothingTells({ orderId, listed }: MisplacedOrder, reservation?: string): NeedsPerson {
  return new NeedsPerson(
    listed || reservation !== undefined
      ? `The row of reservation ${reservation} of order ${orderId} is gone: restore it from a backup.`
      : `Order ${orderId} has never had units, and no entry tells that it waited: restore its row in waiting_list from a backup.`,
  );
}

async function write(
  trx: Transaction,
  { orderId, endedAs: endedBefore, listed, reservations, expiresAt }: MisplacedOrder,
  before: OrderState,
  { order, endedAs }: Settlement,
  cause: Cause,
): Promise<void> {
  const wait = listed ? await readWait(trx, orderId) : undefined;
  const changes: Change[] = [];
  const isMissedStep = wait && endedBefore === null && endedAs != null;
  if (isMissedStep) changes.push(waitingEnded(orderId, wait.productId, wait.quantity, endedAs));
  if (before.status !== order.status) changes.push(statusChange(orderId, before.status, order.status, reason));
  const changesWait = endedAs !== undefined && endedAs !== endedBefore;
  const changesHold = (expiresAt !== null) !== reservations > 0;
  const changesReason = before.status === order.status && before.cancelReason !== order.cancelReason;
  if (changesHold || changesReason || (changesWait && !isMissedStep)) {
    const fields = (state: OrderState, ending: WaitEnding | null | undefined, hasHold: boolean) => ({
      ...orderFields(state),
      ...(wait && { waiting: placeFields(wait, ending ?? null) }),
      ...(changesHold && { has_hold: hasHold }),
    });
    const found = fields(
      { ...order, cancelReason: before.cancelReason },
      isMissedStep ? endedAs : endedBefore,
      expiresAt !== null,
    );
    changes.push(repairedChange('Order', orderId, found, fields(order, endedAs, reservations > 0), reason));
  }
  await writeTogether(trx, [
    setOrderAndHold(trx, orderId, order, reservations > 0),
    ...(changesWait ? [setWaitEnding(trx, orderId, endedAs)] : []),
    auditEntries(trx, changes, cause),
  ]);
}

function placeFields({ productId, quantity }: Wait, endedAs: WaitEnding | null) {
  return { product: productId, qty: quantity, ended_as: endedAs };
}
