import type { Order } from '../domain/order.ts';
import type { Transaction } from '../persistence/database.ts';
import { readRemainingHold } from '../persistence/reservations.ts';
import { readWait } from '../persistence/waiting-list.ts';

/** An order as it stands, and the milliseconds that its hold still lasts; of one that waits, the milliseconds that it still waits. */
export interface OrderHold {
  readonly order: Order;
  readonly remainingHoldMs: number;
}

/** How long an order's hold, or its waiting, still lasts by the database's clock. */
export async function holdOf(trx: Transaction, order: Order): Promise<OrderHold> {
  const { id: orderId, waiting } = order;
  const remaining = waiting ? (await readWait(trx, orderId))?.remainingMs : await readRemainingHold(trx, { orderId });
  return { order, remainingHoldMs: remaining ?? 0 };
}
