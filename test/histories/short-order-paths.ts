import type { WorkflowHandle } from '@temporalio/client';
import { v7 } from 'uuid';
import { cancelSignal, confirmSignal, turnSignal, type OrderInput } from '../../src/workflows/messages.ts';
import { reserveOrder } from '../support/acting.ts';
import { historyOf } from '../support/history.ts';
import { cause, item, orderToReserve } from '../support/holds.ts';
import {
  countIn,
  notice,
  orderHandle,
  orderInput,
  placeOrder,
  requestOrder,
  stockedProduct,
  transition,
  type PlacedOrder,
  type StockedProduct,
} from '../support/orders.ts';
import { until } from '../support/until.ts';
import { ended, mostUnits, type Path, type Stage } from './stage.ts';

/** Every path of a workflow `order` whose units are not there, or are more than it may have. */
export const shortOrderPaths: Readonly<Record<string, Path>> = {
  'order-partial-delivered': async (stage) => {
    const [tea, milk] = [await stockedProduct(stage.db, { stock: 2 }), await stockedProduct(stage.db, { stock: 0 })];
    const items = [item(tea, 3), item(milk, 1)];
    const { handle } = await placeOrder(stage.worker, { items, onShortage: 'partial' });
    for (const step of ['confirmed', 'processing', 'shipped', 'delivered'] as const) await transition(handle, step);
    return ended({ handle });
  },

  'order-partial-expired': async (stage) => {
    const items = [item(await stockedProduct(stage.db, { stock: 2 }), 3)];
    return ended(await placeOrder(stage.worker, { items, onShortage: 'partial', holdSeconds: 1 }));
  },

  'order-partial-refused': async (stage) => {
    const items = [item(await stockedProduct(stage.db, { stock: 0 }), 3)];
    return refused(stage, { items, onShortage: 'partial' });
  },

  'order-refused-limit-exceeded': async (stage) =>
    refused(stage, { items: [item(await stockedProduct(stage.db), mostUnits + 1)] }),

  'order-waiting': async (stage) => (await waiting(stage)).handle,

  'order-waiting-served-and-delivered': async (stage) => {
    const { handle, product } = await waiting(stage);
    await serve(stage, handle, product);
    for (const step of ['confirmed', 'processing', 'shipped', 'delivered'] as const) await transition(handle, step);
    return ended({ handle });
  },

  'order-waiting-served-and-expired': async (stage) => {
    const { handle, product } = await waiting(stage, { holdSeconds: 1 });
    await serve(stage, handle, product);
    return ended({ handle });
  },

  'order-waiting-not-needed': async (stage) => {
    const items = [item(await stockedProduct(stage.db), 3)];
    const { handle } = await placeOrder(stage.worker, { items, onShortage: 'wait', waitSeconds: 60 });
    await transition(handle, 'confirmed');
    await transition(handle, 'cancelled');
    return ended({ handle });
  },

  'order-waiting-not-available': async (stage) => ended(await waiting(stage, { waitSeconds: 1 })),

  'order-waiting-cancelled': async (stage) => {
    const { handle } = await waiting(stage);
    await transition(handle, 'cancelled', { reason: 'changed their mind' });
    return ended({ handle });
  },

  'order-waiting-workflow-cancelled': async (stage) => {
    const { handle } = await waiting(stage);
    await handle.cancel();
    return ended({ handle });
  },

  // By signal: an update is refused by its validator and leaves no trace.
  'order-waiting-confirmation-refused': async (stage) => {
    const { handle } = await waiting(stage);
    await handle.signal(confirmSignal, notice());
    await handle.signal(cancelSignal, notice({ reason: 'not there' }));
    return ended({ handle });
  },

  'order-waiting-turn-in-vain': async (stage) => {
    const { handle } = await waiting(stage);
    await handle.signal(turnSignal);
    await looked(handle, 2);
    await transition(handle, 'cancelled');
    return ended({ handle });
  },

  'order-waiting-turn-comes-as-it-is-cancelled': async (stage) => {
    const { handle } = await waiting(stage);
    const gate = stage.calls.holdUp('leaveWaitingList');
    await handle.signal(cancelSignal, notice());
    await gate.reached;
    await handle.signal(turnSignal);
    gate.open();
    return ended({ handle });
  },

  'order-waiting-turn-as-the-time-is-over': async (stage) => {
    const gate = stage.calls.holdUp('leaveWaitingList');
    const { handle, product } = await waiting(stage, { waitSeconds: 1 });
    await gate.reached;
    await countIn(stage.db, product, 1);
    await handle.signal(turnSignal);
    gate.open();
    return ended({ handle });
  },

  'order-resumed-waiting': async (stage) => {
    const { handle, product } = await resumedWaiting(stage, 600);
    await serve(stage, handle, product);
    await transition(handle, 'confirmed');
    await transition(handle, 'cancelled');
    return ended({ handle });
  },

  'order-resumed-waiting-not-available': async (stage) => ended(await resumedWaiting(stage, 1)),
};

/** Places an order for three units, of which there are two. */
async function waiting(
  { db, worker }: Stage,
  asked: Partial<OrderInput> = {},
): Promise<PlacedOrder & { readonly product: StockedProduct }> {
  const product = await stockedProduct(db, { stock: 2 });
  const placed = await placeOrder(worker, {
    items: [item(product, 3)],
    onShortage: 'wait',
    waitSeconds: 600,
    claim: { token: v7(), fingerprint: 'a request' },
    ...asked,
  });
  return { ...placed, product };
}

/** Starts the workflow of an order that waits without one. */
async function resumedWaiting({ db, worker }: Stage, waitSeconds: number) {
  const product = await stockedProduct(db, { stock: 2 });
  const asked = { items: [item(product, 3)], onShortage: 'wait', waitSeconds } as const;
  const { order } = await reserveOrder(db, orderToReserve(asked), cause());
  await requestOrder(worker, orderInput({ ...asked, orderId: order.id }));
  return { handle: orderHandle(worker, order.id), product };
}

/** The missing unit comes, and the order is told. */
async function serve({ db }: Stage, handle: WorkflowHandle, product: StockedProduct): Promise<void> {
  await countIn(db, product, 1);
  await handle.signal(turnSignal);
  await looked(handle, 2);
}

/** Waits until an order has looked so many times what there is for it. */
async function looked(handle: WorkflowHandle, times: number): Promise<void> {
  // Of one that was carried out within a task there is a marker, when it is done.
  const isLook = (type: string) => type === 'ACTIVITY_TASK_COMPLETED' || type === 'MARKER_RECORDED';
  await until(async () => (await historyOf(handle)).filter(({ type }) => isLook(type)).length >= times);
}

/** Asks for an order that is refused. */
async function refused({ worker }: Stage, asked: Parameters<typeof orderInput>[0]): Promise<WorkflowHandle> {
  const input = orderInput(asked);
  await requestOrder(worker, input);
  return ended({ handle: orderHandle(worker, input.orderId) });
}
