import { readOrder } from '../../src/persistence/orders.ts';
import { cancelSignal, confirmSignal, turnSignal, type OrderInput } from '../../src/workflows/messages.ts';
import { activitiesOf } from '../support/history.ts';
import { item } from '../support/holds.ts';
import {
  countIn,
  notice,
  placeOrder,
  stockedProduct,
  transition,
  type PlacedOrder,
  type StockedProduct,
} from '../support/orders.ts';
import { until } from '../support/until.ts';
import { look } from '../support/waiting.ts';
import { ended, type Path, type Stage } from './stage.ts';

/** The paths of an order through its waiting list. */
export const waitingOrderPaths: Readonly<Record<string, Path>> = {
  'order-waiting': async (stage) => (await waiting(stage)).handle,

  'order-waited-in-vain': async (stage) => ended(await waiting(stage, { waitSeconds: 1 })),

  'order-waited-and-expired': async (stage) => {
    const { handle, product } = await waiting(stage, { holdSeconds: 1 });
    await countIn(stage.db, product, 2);
    await handle.signal(turnSignal);
    return ended({ handle });
  },

  'order-looked-in-vain-and-was-confirmed': async (stage) => {
    const { id, handle, product } = await waiting(stage);
    await handle.signal(confirmSignal, notice());
    await handle.signal(turnSignal);
    await until(async () => (await activitiesOf(handle)).length === 2);
    await countIn(stage.db, product, 2);
    await handle.signal(turnSignal);
    await until(async () => (await readOrder(stage.db, id))?.waiting === null);
    await transition(handle, 'confirmed');
    await transition(handle, 'cancelled');
    return ended({ handle });
  },

  'order-cancelled-while-waiting': async (stage) => {
    const { handle } = await waiting(stage);
    await handle.signal(cancelSignal, notice());
    return ended({ handle });
  },

  'order-workflow-cancelled-while-waiting': async (stage) => {
    const { handle } = await waiting(stage);
    await handle.cancel();
    return ended({ handle });
  },

  'order-served-as-it-was-cancelled': async (stage) => {
    const { handle, ...order } = await waiting(stage);
    servedBeforeItLeaves(stage, order);
    await handle.signal(cancelSignal, notice());
    return ended({ handle });
  },

  'order-served-as-its-time-was-over': async (stage) => {
    const { handle, ...order } = await waiting(stage, { waitSeconds: 1, holdSeconds: 1 });
    servedBeforeItLeaves(stage, order);
    return ended({ handle });
  },
};

/** Places an order of two units of which there are none. */
async function waiting(
  { db, worker }: Stage,
  input: Partial<OrderInput> = {},
): Promise<PlacedOrder & { readonly product: StockedProduct }> {
  const product = await stockedProduct(db, { stock: 0 });
  const asked = { items: [item(product, 2)], onShortage: 'wait' as const, waitSeconds: 600, ...input };
  return { ...(await placeOrder(worker, asked)), product };
}

/** Lets an attempt that nobody hears of serve the order before it leaves. */
function servedBeforeItLeaves(
  { db, calls }: Stage,
  { id, product }: { readonly id: string; readonly product: StockedProduct },
): void {
  calls.next('leaveWaitingList', async (run) => {
    await countIn(db, product, 2);
    await look(db, id);
    return run();
  });
}
