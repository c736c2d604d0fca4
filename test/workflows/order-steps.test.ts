import { strict as assert } from 'node:assert';
import { WorkflowNotFoundError } from '@temporalio/client';
import { canTransition, isFinal, orderStatuses, type OrderStatus } from '../../src/domain/order-status.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { cancelSignal, confirmSignal, statusQuery, transitionSignal } from '../../src/workflows/messages.ts';
import {
  auditOf,
  notice,
  placeOrderThatIs,
  refusalFrom,
  stockedProduct,
  stockOf,
  transition,
  type PlacedOrder,
  type StockedProduct,
} from '../support/orders.ts';
import { timeSkipping } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { workerForTests } from '../support/worker.ts';

describe('an order', () => {
  const here = workerForTests(timeSkipping);
  const stock = {
    whole: { total: 10, available: 10, reserved: 0 },
    held: { total: 10, available: 7, reserved: 3 },
    sold: { total: 7, available: 7, reserved: 0 },
  };

  it('goes the whole way to delivered, each step once in the audit log with who took it', async () => {
    const { product, placed } = await orderThatIs('pending');
    const { id, handle } = placed;
    const steps = ['confirmed', 'processing', 'shipped', 'delivered'] as const;
    const requests: string[] = [];
    for (const status of steps) {
      const by = notice({ actor: `${status} clerk`, reason: `because ${status}` });
      const order = await transition(handle, status, by);
      assert.equal(order.status, status);
      assert.equal(order.cancelReason, null);
      requests.push(by.request_id);
      assert.deepEqual(await readOrder(here.db, id), order);
    }
    assert.deepEqual(await handle.result(), { ending: 'delivered' });
    assert.deepEqual(await stockOf(here.db, product), stock.sold);

    const changes = (await auditOf(here.db, id)).filter(({ action }) => action === 'ORDER_STATUS_CHANGED');
    assert.deepEqual(
      changes.map(({ actor, oldValue, newValue, requestId, workflowId }) => ({
        actor,
        oldValue,
        newValue,
        requestId,
        workflowId,
      })),
      steps.map((status, index) => ({
        actor: `${status} clerk`,
        oldValue: { status: index === 0 ? 'pending' : steps[index - 1] },
        newValue: { status, reason: `because ${status}` },
        requestId: requests[index],
        workflowId: `order-${id}`,
      })),
    );
  });

  for (const from of orderStatuses) {
    for (const to of orderStatuses.filter((to) => canTransition(from, to))) {
      it(`that is ${from} becomes ${to} by an update`, async () => {
        const { product, placed } = await orderThatIs(from);
        assert.equal((await transition(placed.handle, to)).status, to);
        await assertIs(to, placed, product, from);
      });

      it(`that is ${from} becomes ${to} by a signal`, async () => {
        const { product, placed } = await orderThatIs(from);
        await placed.handle.signal(transitionSignal, { ...notice(), new_status: to });
        await until(async () => (await readOrder(here.db, placed.id))?.status === to);
        await assertIs(to, placed, product, from);
      });
    }

    it(`that is ${from} stays so whatever else is asked of it by update or by signal`, async () => {
      const { product, placed } = await orderThatIs(from);
      if (isFinal(from)) await placed.handle.result();
      const illegal = orderStatuses.filter((to) => !canTransition(from, to));
      for (const to of illegal) {
        const update = transition(placed.handle, to);
        const signal = () => placed.handle.signal(transitionSignal, { ...notice(), new_status: to });
        if (isFinal(from)) {
          await assert.rejects(update, WorkflowNotFoundError);
          await assert.rejects(signal, WorkflowNotFoundError);
          continue;
        }
        const refusal = await refusalFrom(update);
        assert.equal(refusal.code, 'invalid-transition');
        assert.deepEqual(refusal.details, { from, to, allowed: orderStatuses.filter((to) => canTransition(from, to)) });
        const ignored = warningsOf(placed).length;
        await signal();
        await until(() => warningsOf(placed).length === ignored + 1);
      }
      await assertIs(from, placed, product, from);
    });
  }

  it('is confirmed by the signal confirm and cancelled by the signal cancel, as a payment provider sends them', async () => {
    const { product, placed } = await orderThatIs('pending');
    await placed.handle.signal(confirmSignal, notice({ actor: 'payments' }));
    await until(async () => (await readOrder(here.db, placed.id))?.status === 'confirmed');
    await placed.handle.signal(cancelSignal, notice({ actor: 'payments', reason: 'charged back' }));
    assert.deepEqual(await placed.handle.result(), { ending: 'cancelled' });
    assert.deepEqual(await stockOf(here.db, product), stock.whole);
    const last = (await auditOf(here.db, placed.id)).at(-1);
    assert.equal(last?.actor, 'payments');
    assert.deepEqual(last?.newValue, { status: 'cancelled', reason: 'charged back' });
  });

  async function orderThatIs(status: OrderStatus): Promise<{ product: StockedProduct; placed: PlacedOrder }> {
    const product = await stockedProduct(here.db);
    const items = [{ productId: product.id, quantity: 3 }];
    return { product, placed: await placeOrderThatIs(status, here.worker, { items }) };
  }

  function warningsOf({ handle }: PlacedOrder) {
    return here.worker.warnings.filter(({ workflowId }) => workflowId === handle.workflowId);
  }

  /** Row, workflow and books agree that an order is in a state. */
  async function assertIs(
    status: OrderStatus,
    { id, handle }: PlacedOrder,
    product: StockedProduct,
    from: OrderStatus,
  ) {
    const order = await readOrder(here.db, id);
    assert.equal(order?.status, status);
    assert.equal(order.reservations.length, 1);
    const sold = status !== 'pending' && status !== 'cancelled';
    const expected = sold ? stock.sold : status === 'pending' ? stock.held : stock.whole;
    assert.deepEqual(await stockOf(here.db, product), expected, `after ${from} → ${status}`);
    if (isFinal(status)) assert.equal((await handle.result()).ending, status);
    else assert.equal(await handle.query(statusQuery), status);
  }
});
