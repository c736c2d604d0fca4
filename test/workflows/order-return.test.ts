import { strict as assert } from 'node:assert';
import { v7 } from 'uuid';
import { readReturn } from '../../src/persistence/returns.ts';
import { NextCalls } from '../support/activities.ts';
import { activitiesOf, historyOf } from '../support/history.ts';
import { placeOrderThatIs, stockedProduct, stockOf } from '../support/orders.ts';
import { placeReturn, requestReturn, returnHandle, returnInput } from '../support/returns.ts';
import { devServer } from '../support/temporal.ts';
import { workerForTests } from '../support/worker.ts';

describe('a return', () => {
  const calls = new NextCalls();
  const here = workerForTests(devServer, { wrap: calls.wrap });

  /** A delivered order of three units out of ten. */
  const delivered = async () => {
    const product = await stockedProduct(here.db);
    const { id: orderId } = await placeOrderThatIs('delivered', here.worker, {
      items: [{ productId: product.id, quantity: 3 }],
    });
    return { product, orderId };
  };

  it('takes the units of an order back whose own workflow has ended, and is over', async () => {
    const { product, orderId } = await delivered();
    const input = returnInput({ orderId, quantity: 2 });
    const taken = await placeReturn(here.worker, input);
    assert.deepEqual(taken, await readReturn(here.db, input.returnId));
    assert.deepEqual(await stockOf(here.db, product), { total: 9, available: 9, reserved: 0 });
    const handle = returnHandle(here.worker, input.returnId);
    assert.deepEqual(await handle.result(), { ending: 'returned' });
    assert.deepEqual(await activitiesOf(handle), ['returnItems']);
    const [entry] = await here.db('audit_log').where({ object_id: orderId, action: 'ITEMS_RETURNED' });
    assert.equal((entry as { workflow_id: string }).workflow_id, handle.workflowId);
  });

  it('gives the claim of the request back, taken or refused', async () => {
    const { orderId } = await delivered();
    const claim = { token: v7(), fingerprint: 'a request' };
    for (const quantity of [3, 4]) {
      const placement = await requestReturn(here.worker, returnInput({ orderId, quantity, claim }));
      assert.deepEqual(placement.claim, claim);
    }
  });

  it('that is refused ends as refused, and tells why', async () => {
    const { orderId } = await delivered();
    const input = returnInput({ orderId, quantity: 4 });
    const placement = await requestReturn(here.worker, input);
    if (!('refused' in placement)) assert.fail('it was not refused');
    const { code, details } = placement.refused;
    assert.deepEqual(
      [code, details],
      ['return-exceeds-delivery', { line: 1, delivered: 3, returned: 0, requested: 4 }],
    );
    assert.deepEqual(await returnHandle(here.worker, input.returnId).result(), {
      ending: 'refused',
      refusal: placement.refused,
    });
  });

  it('is made once when the answer of its activity gets lost', async () => {
    const { product, orderId } = await delivered();
    calls.next('returnItems', async (run) => {
      await run();
      throw new Error('the answer got lost');
    });
    const input = returnInput({ orderId });
    const taken = await placeReturn(here.worker, input);
    assert.deepEqual(taken, await readReturn(here.db, input.returnId));
    assert.equal((await here.db('returns').where({ order_id: orderId })).length, 1);
    assert.equal((await stockOf(here.db, product)).available, 8);
  });

  it('is not called off by a cancellation of its workflow', async () => {
    const { orderId } = await delivered();
    const gate = calls.holdUp('returnItems');
    const input = returnInput({ orderId });
    const returning = placeReturn(here.worker, input);
    await gate.reached;
    const handle = returnHandle(here.worker, input.returnId);
    await handle.cancel();
    gate.open();
    assert.equal((await returning).id, input.returnId);
    assert.deepEqual(await handle.result(), { ending: 'returned' });
    assert.ok((await historyOf(handle)).some(({ type }) => type === 'WORKFLOW_EXECUTION_CANCEL_REQUESTED'));
  });

  it('answers a second request under the same id with the first one’s outcome', async () => {
    const { orderId } = await delivered();
    const input = returnInput({ orderId });
    const gate = calls.holdUp('returnItems');
    const both = [placeReturn(here.worker, input), placeReturn(here.worker, input)];
    await gate.reached;
    gate.open();
    const [one, other] = await Promise.all(both);
    assert.deepEqual(one, other);
    assert.equal((await here.db('returns').where({ order_id: orderId })).length, 1);
  });
});
