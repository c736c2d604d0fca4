import type { Knex } from 'knex';
import type { Cause } from '../domain/audit.ts';
import { notFound } from '../domain/errors.ts';
import type { KeyNote } from '../domain/key-note.ts';
import type { WaitEnding } from '../domain/waiting.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { writeTogether } from '../persistence/database.ts';
import { noteKey } from '../persistence/idempotency-keys.ts';
import { lockOrder, rereadOrder, updateStatus } from '../persistence/orders.ts';
import { lockProducts } from '../persistence/stock-levels.ts';
import { endWait, productAwaitedBy, readTurns, readWait } from '../persistence/waiting-list.ts';
import { holdOf, type OrderHold } from './order-hold.ts';
import { assertOwnStep } from './own-step.ts';
import { waitingEnded } from './serve-waiting.ts';
import { statusChange } from './status-change.ts';
import type { Freed } from '../domain/waiting.ts';

export interface LeaveWaitingListInput {
  readonly orderId: string;
  /** On request, or because its time is over. */
  readonly endedAs: Exclude<WaitEnding, 'served'>;
  readonly reason?: string;
  /** Noted with the step, unless it was taken before. */
  readonly key?: KeyNote;
}

/**
 * Takes an order out of its waiting list and cancels it. One that does not wait (any more) is returned as it stands, unless it was cancelled under
 * another key.
 * @throws DomainError not-found; invalid-transition when it was cancelled under another key
 */
export async function leaveWaitingList(
  db: Knex,
  { orderId, endedAs, reason, key }: LeaveWaitingListInput,
  cause: Cause,
): Promise<Freed<OrderHold>> {
  return db.transaction(async (trx) => {
    const products = await lockProducts(trx, productAwaitedBy(trx, orderId));
    const current = await lockOrder(trx, orderId);
    if (!current) throw notFound('Order', orderId);
    const wait = await readWait(trx, orderId);
    if (wait?.endedAs === null) {
      const cancelReason = endedAs === 'cancelled' ? 'requested' : endedAs;
      await writeTogether(trx, [
        endWait(trx, orderId, endedAs),
        updateStatus(trx, orderId, 'cancelled', cancelReason),
        auditEntries(
          trx,
          [
            waitingEnded(orderId, wait.productId, wait.quantity, endedAs),
            statusChange(orderId, current.status, 'cancelled', reason),
          ],
          cause,
        ),
        ...(key ? [noteKey(trx, key)] : []),
      ]);
    } else if (endedAs === 'cancelled' && current.cancelReason === 'requested') {
      await assertOwnStep(trx, key, { from: current.status, to: 'cancelled' });
    }
    const order = await rereadOrder(trx, orderId);
    return { value: await holdOf(trx, order), turns: await readTurns(trx, products) };
  });
}
