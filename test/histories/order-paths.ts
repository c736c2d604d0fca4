import type { WorkflowHandle } from '@temporalio/client';
import { encodingKeys, METADATA_ENCODING_KEY } from '@temporalio/common';
import { encode } from '@temporalio/common/lib/encoding.js';
import { v7 } from 'uuid';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import { cancelSignal, confirmSignal, transitionSignal, type OrderInput } from '../../src/workflows/messages.ts';
import { historyOf } from '../support/history.ts';
import { behindTheLedger } from '../support/ledger.ts';
import {
  notice,
  openWarehouse,
  orderHandle,
  orderInput,
  placeOrder,
  placeOrderThatIs,
  requestOrder,
  startTransition,
  stockedProduct,
  transition,
  type PlacedOrder,
} from '../support/orders.ts';
import { until } from '../support/until.ts';
import { ended, type Path, type Stage } from './stage.ts';

/** Every path through the workflow `order`. */
export const orderPaths: Readonly<Record<string, Path>> = {
  'order-pending': async (stage) => (await placed(stage)).handle,

  'order-delivered': async (stage) => ended(await placed(stage, 'delivered')),

  'order-split-and-expired': async (stage) => ended(await placedIn(stage, 'SPLIT', { allocation: 'priority' }, 1)),

  'order-nearest-restocked': async (stage) => {
    const { handle } = await placedIn(stage, 'NEAREST', { allocation: 'nearest', region: 'north' });
    await transition(handle, 'confirmed');
    await transition(handle, 'cancelled');
    return ended({ handle });
  },

  'order-fewest-splits-delivered': async (stage) => {
    const { handle } = await placedIn(stage, 'FEWEST', { allocation: 'fewest-splits', region: null });
    for (const step of ['confirmed', 'processing', 'shipped', 'delivered'] as const) await transition(handle, step);
    return ended({ handle });
  },

  'order-single-refused': async (stage) => {
    const product = await stockedProduct(stage.db, { stock: 2 });
    await openWarehouse(stage.db, product, { code: 'SINGLE', units: 2, priority: 200 });
    const input = orderInput({ items: [{ productId: product.id, quantity: 3 }], allocation: 'single' });
    await requestOrder(stage.worker, input);
    return ended({ handle: orderHandle(stage.worker, input.orderId) });
  },

  'order-delivered-by-signals': async (stage) => {
    const { handle } = await placed(stage);
    await handle.signal(confirmSignal, notice());
    for (const new_status of ['processing', 'shipped', 'delivered'] as const) {
      await handle.signal(transitionSignal, { ...notice(), new_status, reason: 'on its way' });
    }
    return ended({ handle });
  },

  'order-cancelled-while-pending': async (stage) => ended(await placed(stage, 'cancelled')),

  'order-cancelled-after-confirmation': async (stage) => {
    const { handle } = await placed(stage, 'confirmed');
    await handle.signal(cancelSignal, notice({ reason: 'charged back' }));
    return ended({ handle });
  },

  'order-cancelled-while-fulfilling': async (stage) => {
    const { handle } = await placed(stage);
    const gate = stage.calls.holdUpOutsideTheTask('fulfilReservation');
    await startTransition(handle, 'confirmed');
    await gate.reached;
    await startTransition(handle, 'cancelled');
    gate.open();
    return ended({ handle });
  },

  'order-restock-refused': async (stage) => {
    const { id, handle } = await placed(stage, 'confirmed');
    const full = { total: 2_147_483_647, available: 2_147_483_647 };
    const products = stage.db('order_lines').where({ order_id: id }).select('product_id');
    await behindTheLedger(stage.db, (trx) => trx('stock_levels').whereIn('product_id', products).update(full));
    await transition(handle, 'cancelled').catch(() => undefined);
    for (const step of ['processing', 'shipped', 'delivered'] as const) await transition(handle, step);
    return ended({ handle });
  },

  'order-expired': async (stage) => ended(await placed(stage, 'pending', 1)),

  'order-confirmed-as-the-hold-ended': async (stage) => {
    const gate = stage.calls.holdUpOutsideTheTask('fulfilReservation');
    const { handle } = await placed(stage, 'pending', 1);
    await handle.signal(confirmSignal, notice());
    await until(async () => (await historyOf(handle)).some(({ type }) => type === 'TIMER_FIRED'));
    gate.open();
    await handle.signal(cancelSignal, notice({ reason: 'too late' }));
    return ended({ handle });
  },

  'order-second-confirmation-refused': async (stage) => {
    const { handle } = await placed(stage);
    const gate = stage.calls.holdUpOutsideTheTask('fulfilReservation');
    const first = await startTransition(handle, 'confirmed');
    await gate.reached;
    const second = await startTransition(handle, 'confirmed');
    gate.open();
    await first.result();
    await second.result().catch(() => undefined);
    await transition(handle, 'cancelled');
    return ended({ handle });
  },

  'order-refused-insufficient-stock': async (stage) => {
    const product = await stockedProduct(stage.db, { stock: 2 });
    return refused(stage, product.id);
  },

  'order-refused-not-found': (stage) => refused(stage, v7()),

  'order-refused-product-inactive': async (stage) => {
    const product = await stockedProduct(stage.db, { active: false });
    return refused(stage, product.id);
  },

  'order-bad-signals-ignored': async (stage) => {
    const { handle } = await placed(stage);
    await handle.signal(transitionSignal, { ...notice(), new_status: 'delivered' });
    await handle.signal('confirm');
    await handle.signal<[unknown]>('transition', { new_status: 'lost' });
    await handle.signal<[unknown]>('frobnicate', 42);
    const { client } = stage.worker;
    await client.workflowService.signalWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: handle.workflowId },
      signalName: 'confirm',
      input: {
        payloads: [
          {
            metadata: { [METADATA_ENCODING_KEY]: encodingKeys.METADATA_ENCODING_JSON },
            data: encode('{half of a pay'),
          },
        ],
      },
    });
    await transition(handle, 'cancelled');
    return ended({ handle });
  },

  // Pins down what counts as malformed: judged otherwise on replay, the same signal would lead another way.
  'order-signals-at-the-bounds': async (stage) => {
    const { handle } = await placed(stage);
    await handle.signal(confirmSignal, notice({ actor: 'a'.repeat(101) }));
    await handle.signal(confirmSignal, notice({ reason: 'r'.repeat(201) }));
    await handle.signal(confirmSignal, notice({ actor: 'System' }));
    await handle.signal(confirmSignal, notice({ request_id: 'r-1' }));
    await handle.signal(confirmSignal, notice({ actor: ' ' }));
    await handle.signal(cancelSignal, notice({ actor: 'a'.repeat(100), reason: 'r'.repeat(200) }));
    return ended({ handle });
  },

  'order-workflow-cancelled': async (stage) => {
    const { handle } = await placed(stage);
    await handle.cancel();
    return ended({ handle });
  },

  'order-workflow-cancelled-while-placing': async (stage) => {
    const gate = stage.calls.holdUp('reserveOrder');
    const input = orderInput({ items: [{ productId: (await stockedProduct(stage.db)).id, quantity: 3 }] });
    const placing = requestOrder(stage.worker, input);
    await gate.reached;
    const handle = orderHandle(stage.worker, input.orderId);
    await handle.cancel();
    gate.open();
    await placing;
    return ended({ handle });
  },

  'order-workflow-cancelled-too-late': async (stage) => {
    const { handle } = await placed(stage, 'shipped');
    await handle.cancel();
    await transition(handle, 'delivered');
    return ended({ handle });
  },
};

/** Places an order with a claim and moves it on to a state. */
async function placed({ db, worker }: Stage, status: OrderStatus = 'pending', holdSeconds = 600): Promise<PlacedOrder> {
  const items = [{ productId: (await stockedProduct(db)).id, quantity: 3 }];
  const claim = { token: v7(), fingerprint: 'a request' };
  return placeOrderThatIs(status, worker, { items, holdSeconds, reference: 'cart 7', claim });
}

/** Places an order for three units, of which the main warehouse has two, and another one of the north has three. */
async function placedIn(
  { db, worker }: Stage,
  code: string,
  asked: Pick<OrderInput, 'allocation' | 'region'>,
  holdSeconds = 600,
): Promise<PlacedOrder> {
  const product = await stockedProduct(db, { stock: 2 });
  await openWarehouse(db, product, { code, units: 3, priority: 200, region: 'North' });
  return placeOrder(worker, { items: [{ productId: product.id, quantity: 3 }], ...asked, holdSeconds });
}

/** Asks for three units of a product that cannot be had. */
async function refused({ worker }: Stage, productId: string): Promise<WorkflowHandle> {
  const input = orderInput({ items: [{ productId, quantity: 3 }] });
  await requestOrder(worker, input);
  return ended({ handle: orderHandle(worker, input.orderId) });
}
