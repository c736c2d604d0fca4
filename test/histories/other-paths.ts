import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { v7 } from 'uuid';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import type { cleanUp, reconcile } from '../../src/workflows/index.ts';
import { releaseSignal, type OrderReturnInput } from '../../src/workflows/messages.ts';
import { heldOrder, item } from '../support/holds.ts';
import { notice, openWarehouse, placeOrderThatIs, stockedProduct, type PlacedOrder } from '../support/orders.ts';
import {
  endReservation,
  placeReservation,
  requestReservation,
  reservationHandle,
  reservationInput,
  type PlacedReservation,
} from '../support/reservations.ts';
import { requestReturn, returnHandle, returnInput } from '../support/returns.ts';
import { ended, type Path, type Stage } from './stage.ts';

/** Every path through the workflows `reservation`, `orderReturn`, `cleanUp` and `reconcile`. */
export const otherPaths: Readonly<Record<string, Path>> = {
  'reservation-confirmed': async (stage) => {
    const { handle } = await reserved(stage);
    await endReservation(handle, 'confirmed');
    return ended({ handle });
  },

  'reservation-from-one-warehouse': async ({ db, worker }) => {
    const product = await stockedProduct(db, { stock: 2 });
    await openWarehouse(db, product, { code: 'RESERVED', units: 3, priority: 200 });
    const asked = { productId: product.id, quantity: 3, allocation: 'single', region: 'north' } as const;
    const { handle } = await placeReservation(worker, asked);
    await endReservation(handle, 'confirmed');
    return ended({ handle });
  },

  'reservation-released': async (stage) => {
    const { handle } = await reserved(stage);
    await endReservation(handle, 'released');
    return ended({ handle });
  },

  'reservation-released-by-signal': async (stage) => {
    const { handle } = await reserved(stage);
    await handle.signal('release');
    await handle.signal(releaseSignal, notice());
    return ended({ handle });
  },

  'reservation-expired': async (stage) => ended(await reserved(stage, 1)),

  'reservation-refused': async (stage) => {
    const { id: productId } = await stockedProduct(stage.db, { stock: 2 });
    const input = reservationInput({ productId, quantity: 3 });
    await requestReservation(stage.worker, input);
    return ended({ handle: reservationHandle(stage.worker, input.reservationId) });
  },

  'reservation-workflow-cancelled': async (stage) => {
    const { handle } = await reserved(stage);
    await handle.cancel();
    return ended({ handle });
  },

  'return-restocked': async (stage) => returned(stage, { quantity: 2 }),

  'return-beyond-use': async (stage) => returned(stage, { warehouse: null }),

  'return-refused-not-found': async (stage) => returned(stage, { line: 2 }),

  'return-refused-exceeds-delivery': async (stage) => returned(stage, { quantity: 4 }),

  'return-refused-not-delivered': async (stage) => returned(stage, {}, 'shipped'),

  'return-workflow-cancelled': async (stage) => {
    const gate = stage.calls.holdUp('returnItems');
    const input = returnInput({ orderId: (await sold(stage)).id });
    const returning = requestReturn(stage.worker, input);
    await gate.reached;
    const handle = returnHandle(stage.worker, input.returnId);
    await handle.cancel();
    gate.open();
    await returning;
    return ended({ handle });
  },

  'clean-up': async ({ worker }) => {
    const handle = await worker.client.workflow.start<typeof cleanUp>('cleanUp', {
      workflowId: `clean-up-${v7()}`,
      args: [{ graceSeconds: 60, batchSize: 10, wakesWaiting: true }],
      taskQueue: worker.taskQueue,
    });
    return ended({ handle });
  },

  'clean-up-failed': async ({ calls, worker }) => {
    const fail = () => Promise.reject(ApplicationFailure.nonRetryable('one hold cannot be ended'));
    calls.next('cleanExpired', fail);
    const handle = await worker.client.workflow.start<typeof cleanUp>('cleanUp', {
      workflowId: `clean-up-${v7()}`,
      args: [{ graceSeconds: 60, batchSize: 10, wakesWaiting: true }],
      taskQueue: worker.taskQueue,
    });
    await handle.result().catch(() => undefined);
    return handle;
  },

  reconcile: async ({ db, worker }) => {
    // An order whose workflow there never was: something to be found.
    await heldOrder(db, item(await stockedProduct(db)));
    const handle = await worker.client.workflow.start<typeof reconcile>('reconcile', {
      workflowId: `reconcile-${v7()}`,
      args: [{ graceSeconds: 60 }],
      taskQueue: worker.taskQueue,
    });
    return ended({ handle });
  },
};

/** Places a standalone reservation of three units. */
async function reserved({ db, worker }: Stage, holdSeconds = 600): Promise<PlacedReservation> {
  return placeReservation(worker, { productId: (await stockedProduct(db)).id, quantity: 3, holdSeconds });
}

/** Places an order of three units with a status: delivered, unless it is to be refused. */
async function sold({ db, worker }: Stage, status: OrderStatus = 'delivered'): Promise<PlacedOrder> {
  return placeOrderThatIs(status, worker, { items: [item(await stockedProduct(db), 3)] });
}

/** Asks for a return with a claim. */
async function returned(
  stage: Stage,
  of: Partial<OrderReturnInput>,
  status: OrderStatus = 'delivered',
): Promise<WorkflowHandle> {
  const claim = { token: v7(), fingerprint: 'a request' };
  const input = returnInput({ orderId: (await sold(stage, status)).id, claim, ...of });
  await requestReturn(stage.worker, input);
  return ended({ handle: returnHandle(stage.worker, input.returnId) });
}
