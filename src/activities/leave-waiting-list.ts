import type { Knex } from 'knex';
import type { Cause } from '../domain/audit.ts';
import { notFound } from '../domain/errors.ts';
import type { WaitEnding } from '../domain/waiting.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { writeTogether } from '../persistence/database.ts';
import { lockOrder, rereadOrder, updateStatus } from '../persistence/orders.ts';
import { lockProducts } from '../persistence/stock-levels.ts';
import { endWait, productAwaitedBy, readTurns, readWait } from '../persistence/waiting-list.ts';
import { holdOf, type OrderHold } from './order-hold.ts';
import { waitingEnded } from './serve-waiting.ts';
import { statusChange } from './status-change.ts';
import type { Freed } from '../domain/waiting.ts';

export interface LeaveWaitingListInput {
  readonly orderId: string;
  /** On request, or because its time is over. */
  readonly endedAs: Exclude<WaitEnding, 'served'>;
  readonly reason?: string;
}

/**
 * Takes an order out of its waiting list and cancels it. One that does not wait (any more) is returned as it stands.
 * @throws DomainError not-found
 */
export async function leaveWaitingList(
  db: Knex,
  { orderId, endedAs, reason }: LeaveWaitingListInput,
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
      ]);
    }
    const order = await rereadOrder(trx, orderId);
    return { value: await holdOf(trx, order), turns: await readTurns(trx, products) };
  });
}
