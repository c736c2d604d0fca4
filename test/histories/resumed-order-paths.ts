import type { WorkflowHandle } from '@temporalio/client';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import { advanceOrder, endOrderHold } from '../support/acting.ts';
import { cause, heldOrder, makeOverdue, orderIn } from '../support/holds.ts';
import {
  orderHandle,
  orderInput,
  placeOrderThatIs,
  requestOrder,
  stockedProduct,
  transition,
} from '../support/orders.ts';
import { ended, type Path, type Stage } from './stage.ts';

/** Every path of a workflow `order` that finds its order elsewhere than where it would have put it. */
export const resumedOrderPaths: Readonly<Record<string, Path>> = {
  'order-resumed-pending': async (stage) => {
    const { handle } = await resumed(stage, 'pending');
    await transition(handle, 'confirmed');
    await transition(handle, 'cancelled');
    return ended({ handle });
  },

  'order-resumed-overdue': async (stage) => {
    const items = [{ productId: (await stockedProduct(stage.db)).id, quantity: 3 }];
    const { id: orderId } = await heldOrder(stage.db, ...items);
    await makeOverdue(stage.db, { orderId }, 60);
    await requestOrder(stage.worker, orderInput({ orderId, items }));
    return ended({ handle: orderHandle(stage.worker, orderId) });
  },

  'order-resumed-shipped': async (stage) => {
    const { handle } = await resumed(stage, 'shipped');
    await transition(handle, 'delivered');
    return ended({ handle });
  },

  'order-resumed-cancelled': async (stage) => ended(await resumed(stage, 'cancelled')),

  // Its row is ahead, since an update was lost with the task in which the row took the step.
  'order-caught-up': async (stage) => {
    const items = [{ productId: (await stockedProduct(stage.db)).id, quantity: 3 }];
    const { id: orderId, handle } = await placeOrderThatIs('pending', stage.worker, { items });
    await endOrderHold(stage.db, { orderId }, 'confirmed', cause());
    await transition(handle, 'confirmed');
    await advanceOrder(stage.db, { orderId, newStatus: 'processing' }, cause());
    await advanceOrder(stage.db, { orderId, newStatus: 'shipped' }, cause());
    await transition(handle, 'processing').catch(() => undefined);
    await transition(handle, 'delivered');
    return ended({ handle });
  },

  'order-caught-up-by-its-cancellation': async (stage) => {
    const items = [{ productId: (await stockedProduct(stage.db)).id, quantity: 3 }];
    const { id: orderId, handle } = await placeOrderThatIs('pending', stage.worker, { items });
    await endOrderHold(stage.db, { orderId }, 'confirmed', cause());
    await transition(handle, 'cancelled');
    return ended({ handle });
  },

  'order-repaired-behind-its-back': async (stage) => {
    const items = [{ productId: (await stockedProduct(stage.db)).id, quantity: 3 }];
    const { id, handle } = await placeOrderThatIs('confirmed', stage.worker, { items });
    await stage.db('orders').where({ id }).update({ status: 'shipped' });
    await transition(handle, 'cancelled').catch(() => undefined);
    await transition(handle, 'delivered');
    return ended({ handle });
  },
};

/** Starts the workflow of an order that was made without one. */
async function resumed({ db, worker }: Stage, status: OrderStatus): Promise<{ readonly handle: WorkflowHandle }> {
  const items = [{ productId: (await stockedProduct(db)).id, quantity: 3 }];
  const { id: orderId } = await orderIn(db, status, ...items);
  await requestOrder(worker, orderInput({ orderId, items }));
  return { handle: orderHandle(worker, orderId) };
}
