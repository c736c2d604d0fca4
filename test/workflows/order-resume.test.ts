import { strict as assert } from 'node:assert';
import { canTransition, isFinal, orderStatuses, type OrderStatus } from '../../src/domain/order-status.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import type { order } from '../../src/workflows/index.ts';
import { statusQuery } from '../../src/workflows/messages.ts';
import { makeOverdue, orderIn } from '../support/holds.ts';
import { activitiesOf } from '../support/history.ts';
import {
  auditOf,
  orderHandle,
  orderInput,
  placeOrderThatIs,
  refusalFrom,
  requestOrder,
  stockedProduct,
  stockOf,
  transition,
} from '../support/orders.ts';
import { timeSkipping } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { workerForTests } from '../support/worker.ts';

describe('a workflow that is started again on an order', () => {
  const here = workerForTests(timeSkipping);

  it('that is pending waits for what is left of its hold and not for a whole new one', async () => {
    const { order, handle } = await resumed('pending', 120);
    await here.server.sleep('115 seconds');
    assert.equal((await readOrder(here.db, order.id))?.status, 'pending');
    await here.server.sleep('10 seconds');
    await until(async () => (await readOrder(here.db, order.id))?.status === 'cancelled');
    assert.deepEqual(await handle.result(), { ending: 'cancelled' });
    assert.equal((await readOrder(here.db, order.id))?.cancelReason, 'expired');
  });

  it('that is pending although its hold is over expires it at once', async () => {
    const { order, handle, product } = await resumed('pending', -60);
    await until(async () => (await readOrder(here.db, order.id))?.cancelReason === 'expired');
    assert.deepEqual(await handle.result(), { ending: 'cancelled' });
    assert.deepEqual(await stockOf(here.db, product), { total: 10, available: 10, reserved: 0 });
  });

  for (const status of orderStatuses) {
    it(`that is ${status} answers with the order as it stands and changes nothing`, async () => {
      const { order, handle, placement, product } = await resumed(status);
      assert.deepEqual(placement, { order });
      assert.deepEqual(await readOrder(here.db, order.id), order);
      const sold = status !== 'pending' && status !== 'cancelled';
      const available = sold || status === 'pending' ? 7 : 10;
      assert.equal((await stockOf(here.db, product)).available, available);
      assert.deepEqual(await activitiesOf(handle), ['reserveOrder']);
    });

    if (isFinal(status)) {
      it(`that is ${status} ends at once`, async () => {
        const { handle } = await resumed(status);
        assert.deepEqual(await handle.result(), { ending: status });
      });
      continue;
    }

    it(`that is ${status} goes on from there`, async () => {
      const { order, handle } = await resumed(status);
      assert.equal(await handle.query(statusQuery), status);
      const illegal = orderStatuses.find((to) => !canTransition(status, to) && to !== status) as OrderStatus;
      assert.equal((await refusalFrom(transition(handle, illegal))).code, 'invalid-transition');
      const steps = orderStatuses.slice(orderStatuses.indexOf(status) + 1, -1);
      for (const step of steps) assert.equal((await transition(handle, step)).status, step);
      assert.deepEqual(await handle.result(), { ending: 'delivered' });
      const changes = (await auditOf(here.db, order.id)).filter(({ action }) => action === 'ORDER_STATUS_CHANGED');
      assert.equal(changes.length, 4);
    });
  }

  it('that a repair moves behind its back finds out at the next step and goes on from there', async () => {
    const product = await stockedProduct(here.db);
    const items = [{ productId: product.id, quantity: 3 }];
    const { id, handle, input } = await placeOrderThatIs('confirmed', here.worker, { items });
    await handle.terminate('lost');
    const again = await here.worker.client.workflow.start<typeof order>('order', {
      workflowId: handle.workflowId,
      args: [input],
      taskQueue: here.worker.taskQueue,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    });
    await until(async () => (await again.query(statusQuery)) === 'confirmed');
    await here.db('orders').where({ id }).update({ status: 'shipped' });
    const refusal = await refusalFrom(transition(again, 'cancelled'));
    assert.deepEqual(refusal.details, { from: 'shipped', to: 'cancelled', allowed: ['delivered'] });
    assert.equal(await again.query(statusQuery), 'shipped');
    assert.equal((await transition(again, 'delivered')).status, 'delivered');
    assert.deepEqual(await again.result(), { ending: 'delivered' });
    assert.deepEqual(await stockOf(here.db, product), { total: 7, available: 7, reserved: 0 });
  });

  /** An order that was made without any workflow, and then its workflow. */
  async function resumed(status: OrderStatus, holdEndsIn?: number) {
    const product = await stockedProduct(here.db);
    const items = [{ productId: product.id, quantity: 3 }];
    let order = await orderIn(here.db, status, ...items);
    if (holdEndsIn !== undefined) {
      await makeOverdue(here.db, { orderId: order.id }, -holdEndsIn);
      order = (await readOrder(here.db, order.id)) ?? order;
    }
    const placement = await requestOrder(here.worker, orderInput({ orderId: order.id, items }));
    return { product, order, placement, handle: orderHandle(here.worker, order.id) };
  }
});
