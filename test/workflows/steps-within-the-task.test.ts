import { strict as assert } from 'node:assert';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import { cancelSignal } from '../../src/workflows/messages.ts';
import { NextCalls } from '../support/activities.ts';
import { activitiesOf, historyOf } from '../support/history.ts';
import { item } from '../support/holds.ts';
import {
  notice,
  placeOrder,
  placeOrderThatIs,
  stockedProduct,
  transition,
  type PlacedOrder,
} from '../support/orders.ts';
import { devServer } from '../support/temporal.ts';
import { workerForTests } from '../support/worker.ts';

describe('a step of an order', () => {
  const calls = new NextCalls();
  const here = workerForTests(devServer, { wrap: calls.wrap });
  const ways = [
    ['confirmed', 'processing', 'shipped', 'delivered'],
    ['confirmed', 'cancelled'],
  ] as const;

  for (const way of ways) {
    it(`is carried out within the workflow's task unless it is the last: ${way.join(', ')}`, async () => {
      const { handle } = await placeOrder(here.worker, { items: [item(await stockedProduct(here.db), 3)] });
      for (const step of way) {
        assert.deepEqual(await scheduledBy(handle), []);
        assert.equal((await transition(handle, step)).status, step);
      }
      assert.deepEqual(await scheduledBy(handle), ['advanceOrder']);
      await handle.result();
    });
  }

  it('has an activity of its own under rules 4, as it had before', async () => {
    const items = [item(await stockedProduct(here.db), 3)];
    const { handle } = await placeOrderThatIs('processing', here.worker, { rules: 4, items });
    assert.deepEqual(await scheduledBy(handle), ['fulfilReservation', 'advanceOrder']);
  });

  for (const [from, to, name] of [
    ['pending', 'confirmed', 'fulfilReservation'],
    ['confirmed', 'processing', 'advanceOrder'],
  ] as const) {
    it(`that fails within the task is carried out by an activity of its own, and answered: ${to}`, async () => {
      const { handle } = await orderThatIs(from);
      calls.next(name, () => Promise.reject(new Error('not within the task')));
      assert.equal((await transition(handle, to)).status, to);
      assert.deepEqual((await activitiesOf(handle)).slice(-2), [name, name]);
      assert.deepEqual(await scheduledBy(handle), [name]);
    });
  }

  for (const [from, to, name] of [
    ['pending', 'cancelled', 'releaseReservation'],
    ['confirmed', 'cancelled', 'advanceOrder'],
    ['shipped', 'delivered', 'advanceOrder'],
  ] as const) {
    it(`that is the last is answered although a signal comes while it is carried out: ${from}, ${to}`, async () => {
      const { handle } = await orderThatIs(from);
      const gate = calls.holdUp(name);
      const moved = transition(handle, to);
      await gate.reached;
      await handle.signal(cancelSignal, notice());
      gate.open();
      assert.equal((await moved).status, to);
      assert.deepEqual(await handle.result(), { ending: to });
    });
  }

  async function orderThatIs(status: OrderStatus): Promise<PlacedOrder> {
    return placeOrderThatIs(status, here.worker, { items: [item(await stockedProduct(here.db), 3)] });
  }

  /** The activities that have a task of their own. */
  async function scheduledBy(handle: PlacedOrder['handle']): Promise<unknown[]> {
    return (await historyOf(handle))
      .filter(({ type }) => type === 'ACTIVITY_TASK_SCHEDULED')
      .map(({ event }) => event.activityTaskScheduledEventAttributes?.activityType?.name);
  }
});
