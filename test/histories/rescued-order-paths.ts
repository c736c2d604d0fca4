import { v7 } from 'uuid';
import type { Order } from '../../src/domain/order.ts';
import { currentRules, type OrderInput } from '../../src/workflows/messages.ts';
import { endOrderHold } from '../support/acting.ts';
import { cause, heldOrder, item } from '../support/holds.ts';
import {
  countIn,
  orderHandle,
  orderInput,
  requestOrder,
  stockedProduct,
  transition,
  type StockedProduct,
} from '../support/orders.ts';
import { ended, type Path, type Stage } from './stage.ts';

/** Every path of a workflow `order` that takes the place of an order that had expired when it was confirmed. */
export const rescuedOrderPaths: Readonly<Record<string, Path>> = {
  'order-rescued-and-delivered': async (stage) => {
    const { handle } = await rescued(stage, await stockedProduct(stage.db));
    for (const step of ['processing', 'shipped', 'delivered'] as const) await transition(handle, step);
    return ended({ handle });
  },

  'order-rescued-and-cancelled': async (stage) => {
    const { handle } = await rescued(stage, await stockedProduct(stage.db), { confirmedFor: {} });
    await transition(handle, 'cancelled');
    return ended({ handle });
  },

  'order-rescue-refused-reservation-expired': async (stage) => {
    const product = await stockedProduct(stage.db, { stock: 3 });
    return ended(await rescued(stage, product, {}, () => countIn(stage.db, product, -1)));
  },

  'order-rescue-refused-not-found': async ({ db, worker }) => {
    const items = [item(await stockedProduct(db), 3)];
    const input = orderInput({ items, rescuedFrom: v7() });
    await requestOrder(worker, input);
    return ended({ handle: orderHandle(worker, input.orderId) });
  },

  'order-rescue-refused-invalid-transition': async ({ db, worker }) => {
    const items = [item(await stockedProduct(db), 3)];
    const { id: rescuedFrom } = await heldOrder(db, ...items);
    const input = orderInput({ items, rescuedFrom });
    await requestOrder(worker, input);
    return ended({ handle: orderHandle(worker, input.orderId) });
  },

  'order-rescued-resumed': async (stage) => {
    const product = await stockedProduct(stage.db);
    const first = await rescued(stage, product);
    await first.handle.terminate('lost');
    const { client, taskQueue } = stage.worker;
    const handle = await client.workflow.start('order', {
      workflowId: first.handle.workflowId,
      args: [first.input],
      taskQueue,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    });
    await transition(handle, 'processing');
    await transition(handle, 'shipped');
    await transition(handle, 'delivered');
    return ended({ handle });
  },
};

/** An order of three units expires, something happens, and then it is confirmed. */
async function rescued(
  { db, worker }: Stage,
  product: StockedProduct,
  asked: Partial<OrderInput> = {},
  meanwhile: () => Promise<void> = async () => undefined,
) {
  const expired = await expiredOrder({ db }, product);
  await meanwhile();
  const input = orderInput({
    rules: currentRules,
    items: [item(product, 3)],
    rescuedFrom: expired.id,
    confirmedFor: { reason: 'paid' },
    claim: { token: v7(), fingerprint: 'a request' },
    ...asked,
  });
  await requestOrder(worker, input);
  return { handle: orderHandle(worker, input.orderId), input };
}

async function expiredOrder({ db }: Pick<Stage, 'db'>, product: StockedProduct): Promise<Order> {
  const { id: orderId } = await heldOrder(db, item(product, 3));
  return endOrderHold(db, { orderId }, 'expired', cause());
}
