import { strict as assert } from 'node:assert';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { v7 } from 'uuid';
import { readOrder } from '../../src/persistence/orders.ts';
import {
  currentRules,
  orderPlacedUpdate,
  orderWorkflowId,
  statusQuery,
  type OrderInput,
} from '../../src/workflows/messages.ts';
import { historyOf } from '../support/history.ts';
import { behindTheLedger } from '../support/ledger.ts';
import {
  auditOf,
  openWarehouse,
  orderHandle,
  orderInput,
  placeOrder,
  placeOrderThatIs,
  requestOrder,
  startingOrder,
  stockedProduct,
  stockOf,
  type StockedProduct,
} from '../support/orders.ts';
import { devServer } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { workerForTests } from '../support/worker.ts';

describe('placing an order', () => {
  const here = workerForTests(devServer);

  it('reserves every line and prices it, and is answered with the order', async () => {
    const tea = await stockedProduct(here.db, { stock: 10, priceMinor: 1250n });
    const milk = await stockedProduct(here.db, { stock: 5, priceMinor: 99n });
    const { order, input } = await placeOrder(here.worker, {
      items: [item(tea, 2), item(milk, 3)],
      reference: 'cart 7',
      actor: 'dora',
    });
    assert.deepEqual(await readOrder(here.db, input.orderId), order);
    assert.equal(order.status, 'pending');
    assert.equal(order.total, '27.97');
    assert.equal(order.reference, 'cart 7');
    assert.equal(order.placedBy, 'dora');
    assert.equal(Date.parse(order.expiresAt ?? '') - Date.parse(order.createdAt), 600_000);
    assert.deepEqual(
      order.lines.map(({ product, quantity, lineTotal }) => [product.sku, quantity, lineTotal]),
      [
        [tea.sku, 2, '25.00'],
        [milk.sku, 3, '2.97'],
      ],
    );
    assert.deepEqual(await stockOf(here.db, tea), { total: 10, available: 8, reserved: 2 });
    assert.deepEqual(await stockOf(here.db, milk), { total: 5, available: 2, reserved: 3 });
    const actions = (await auditOf(here.db, input.orderId)).map(({ action }) => action);
    assert.deepEqual(actions, ['ORDER_CREATED', 'RESERVATION_CREATED', 'RESERVATION_CREATED']);
  });

  it('sums a product that is asked for twice before it looks for the units', async () => {
    const tea = await stockedProduct(here.db, { stock: 5 });
    const { order } = await placeOrder(here.worker, { items: [item(tea, 2), item(tea, 3)] });
    assert.deepEqual(
      order.lines.map(({ quantity }) => quantity),
      [5],
    );
    const placement = await requestOrder(here.worker, orderInput({ items: [item(tea, 1)] }));
    assert.ok('refused' in placement && placement.refused.code === 'insufficient-stock');
  });

  it('takes nothing at all when one of several lines is short, and names every shortage', async () => {
    const [tea, milk, rye] = [
      await stockedProduct(here.db, { stock: 10 }),
      await stockedProduct(here.db, { stock: 1 }),
      await stockedProduct(here.db, { stock: 0 }),
    ];
    const { input, refused } = await refusedOrder({ items: [item(tea, 4), item(milk, 2), item(rye, 1)] });
    assert.deepEqual(refused, {
      code: 'insufficient-stock',
      message: `There is not enough stock for 2 of ${milk.sku} (1 available), 1 of ${rye.sku} (0 available).`,
      details: {
        shortages: [
          { productId: milk.id, sku: milk.sku, requested: 2, available: 1 },
          { productId: rye.id, sku: rye.sku, requested: 1, available: 0 },
        ],
      },
    });
    await assertNoTrace(input);
    assert.deepEqual(await stockOf(here.db, tea), { total: 10, available: 10, reserved: 0 });
    assert.deepEqual(await stockOf(here.db, milk), { total: 1, available: 1, reserved: 0 });
  });

  it('is refused for a product that does not exist', async () => {
    const id = v7();
    const { input, refused } = await refusedOrder({ items: [{ productId: id, quantity: 1 }] });
    assert.deepEqual(refused, {
      code: 'not-found',
      message: `There is no product ${id}.`,
      details: { objectType: 'Product', id },
    });
    await assertNoTrace(input);
  });

  it('is refused for a product that is not for sale', async () => {
    const tea = await stockedProduct(here.db, { active: false });
    const { input, refused } = await refusedOrder({ items: [item(tea, 1)] });
    assert.equal(refused.code, 'product-inactive');
    assert.deepEqual(refused.details, { productId: tea.id, sku: tea.sku });
    await assertNoTrace(input);
  });

  it('a second time under the same id gives the first answer and changes nothing', async () => {
    const tea = await stockedProduct(here.db);
    const { input, order, handle } = await placeOrder(here.worker, { items: [item(tea, 3)] });
    const before = await historyOf(handle);
    assert.deepEqual(await requestOrder(here.worker, input), { order });
    assert.deepEqual(await historyOf(handle), before);
    assert.deepEqual(await stockOf(here.db, tea), { total: 10, available: 7, reserved: 3 });
  });

  it('a second time under the same id gives the first answer also when the order has come to its end', async () => {
    const tea = await stockedProduct(here.db);
    const { input, order, handle } = await placeOrderThatIs('cancelled', here.worker, { items: [item(tea, 3)] });
    await handle.result();
    const again = await requestOrder(here.worker, input);
    assert.ok('order' in again);
    assert.equal(again.order.status, 'pending');
    assert.deepEqual(again, { order });
    assert.deepEqual(await stockOf(here.db, tea), { total: 10, available: 10, reserved: 0 });
  });

  it('a second time after a refusal gives the same refusal, even when there is stock by now', async () => {
    const tea = await stockedProduct(here.db, { stock: 1 });
    const { input, refused } = await refusedOrder({ items: [item(tea, 2)] });
    await behindTheLedger(here.db, (trx) =>
      trx('stock_levels').where({ product_id: tea.id }).update({ total: 9, available: 9 }),
    );
    assert.deepEqual(await requestOrder(here.worker, input), { refused });
    await assertNoTrace(input);
  });

  it('is not done again for an order whose workflow has ended', async () => {
    const tea = await stockedProduct(here.db);
    const { input, handle } = await placeOrderThatIs('cancelled', here.worker, { items: [item(tea, 3)] });
    await handle.result();
    const start = here.worker.client.workflow.executeUpdateWithStart(orderPlacedUpdate, {
      startWorkflowOperation: startingOrder(here.worker, input),
      updateId: 'placed-again',
    });
    await assert.rejects(start, WorkflowExecutionAlreadyStartedError);
  });

  it('gives one of many at once the last unit and refuses the others', async () => {
    const tea = await stockedProduct(here.db, { stock: 1 });
    const placements = await Promise.all(
      Array.from({ length: 12 }, () => requestOrder(here.worker, orderInput({ items: [item(tea, 1)] }))),
    );
    assert.equal(placements.filter((placement) => 'order' in placement).length, 1);
    assert.deepEqual(await stockOf(here.db, tea), { total: 1, available: 0, reserved: 1 });
  });

  it('under rules that this worker does not know waits for a worker that does', async () => {
    const tea = await stockedProduct(here.db);
    const input = { ...orderInput({ items: [item(tea, 1)] }), rules: currentRules + 1 };
    const handle = await here.worker.client.workflow.start('order', {
      workflowId: orderWorkflowId(input.orderId),
      args: [input],
      taskQueue: here.worker.taskQueue,
    });
    await until(async () => (await historyOf(handle)).some(({ type }) => type === 'WORKFLOW_TASK_FAILED'));
    assert.equal((await handle.describe()).status.name, 'RUNNING');
    await assertNoTrace(input);
    await handle.terminate();
  });

  it('under rules 2 looks for the units as it is asked to, and under rules 1 by priority whatever the input says', async () => {
    const tea = await stockedProduct(here.db, { stock: 2 });
    await openWarehouse(here.db, tea, { code: 'PLACING-1', units: 9, priority: 200 });
    const asked = { items: [item(tea, 3)], allocation: 'single', region: 'north' } as const;
    const { order } = await placeOrder(here.worker, asked);
    assert.deepEqual([order.allocation, order.region], ['single', 'north']);
    assert.deepEqual(order.reservations[0]?.allocations, [{ warehouse: 'PLACING-1', quantity: 3 }]);
    const { order: older } = await placeOrder(here.worker, { ...asked, rules: 1 });
    assert.deepEqual([older.allocation, older.region], ['priority', null]);
    assert.deepEqual(older.reservations[0]?.allocations, [
      { warehouse: 'MAIN', quantity: 2 },
      { warehouse: 'PLACING-1', quantity: 1 },
    ]);
  });

  it('gives back the claim of the request with the answer and with a refusal', async () => {
    const tea = await stockedProduct(here.db, { stock: 1 });
    const claim = { token: 't-1', fingerprint: 'f-1' };
    const { input } = await placeOrder(here.worker, { items: [item(tea, 1)], claim });
    const repeat = { ...input, claim: { token: 't-2', fingerprint: 'f-1' } };
    assert.deepEqual((await requestOrder(here.worker, repeat)).claim, claim);
    const refused = await requestOrder(here.worker, orderInput({ items: [item(tea, 1)], claim }));
    assert.ok('refused' in refused);
    assert.deepEqual(refused.claim, claim);
  });

  function item({ id }: StockedProduct, quantity: number) {
    return { productId: id, quantity };
  }

  /** Places an order that is refused, and sees that its workflow ends saying so. */
  async function refusedOrder(order: Pick<OrderInput, 'items'>) {
    const input = orderInput(order);
    const placement = await requestOrder(here.worker, input);
    assert.ok('refused' in placement);
    const { refused } = placement;
    const handle = orderHandle(here.worker, input.orderId);
    assert.deepEqual(await handle.result(), { ending: 'refused', refusal: refused });
    assert.equal(await handle.query(statusQuery), null);
    return { input, refused };
  }

  async function assertNoTrace({ orderId }: Pick<OrderInput, 'orderId'>): Promise<void> {
    assert.equal(await readOrder(here.db, orderId), undefined);
    assert.deepEqual(await here.db('audit_log').where({ workflow_id: orderWorkflowId(orderId) }), []);
  }
});
