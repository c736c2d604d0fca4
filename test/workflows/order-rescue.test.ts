import { strict as assert } from 'node:assert';
import { v5 } from 'uuid';
import { confirmSignal } from '../../src/workflows/messages.ts';
import { WorkflowNotFoundError } from '@temporalio/client';
import { endOrderHold } from '../support/acting.ts';
import { assertBooksBalance } from '../support/books.ts';
import { cause, heldOrder, makeOverdue } from '../support/holds.ts';
import { activitiesOf } from '../support/history.ts';
import {
  notice,
  orderHandle,
  orderInput,
  requestOrder,
  stockedProduct,
  stockOf,
  transition,
} from '../support/orders.ts';
import { timeSkipping } from '../support/temporal.ts';
import { workerForTests } from '../support/worker.ts';
import { rescueOrder } from '../support/as-worker.ts';

describe('the workflow of an order that takes the place of an expired one', () => {
  const here = workerForTests(timeSkipping);
  afterEach(() => assertBooksBalance(here.db));

  it('goes on to delivered, and then takes no signal any more', async () => {
    const { input, product } = await expired();
    const placement = await requestOrder(here.worker, input);
    assert.ok('order' in placement);
    assert.equal(placement.order.status, 'confirmed');
    const handle = orderHandle(here.worker, input.orderId);
    for (const step of ['processing', 'shipped', 'delivered'] as const) await transition(handle, step);
    assert.deepEqual(await handle.result(), { ending: 'delivered' });
    assert.deepEqual(await stockOf(here.db, product), { total: 7, available: 7, reserved: 0 });
    await assert.rejects(handle.signal(confirmSignal, notice()), WorkflowNotFoundError);
  });

  it('gives its units back when it is cancelled', async () => {
    const { input, product } = await expired();
    await requestOrder(here.worker, input);
    const handle = orderHandle(here.worker, input.orderId);
    await transition(handle, 'cancelled');
    assert.deepEqual(await handle.result(), { ending: 'cancelled' });
    assert.deepEqual(await stockOf(here.db, product), { total: 10, available: 10, reserved: 0 });
  });

  it('that is started on an order that is there goes on from there', async () => {
    const { input, product } = await expired();
    await rescueOrder(here.db, { ...input, rescuedFrom: input.rescuedFrom }, 3600, cause());
    const placement = await requestOrder(here.worker, input);
    assert.ok('order' in placement);
    const handle = orderHandle(here.worker, input.orderId);
    await transition(handle, 'processing');
    assert.deepEqual(await activitiesOf(handle), ['rescueOrder', 'advanceOrder']);
    assert.deepEqual(await stockOf(here.db, product), { total: 7, available: 7, reserved: 0 });
    await handle.terminate('done');
  });

  it('ends as refused when the units are gone', async () => {
    const { input, product } = await expired();
    await heldOrder(here.db, { productId: product.id, quantity: 8 });
    const placement = await requestOrder(here.worker, input);
    assert.ok('refused' in placement);
    assert.equal(placement.refused.code, 'reservation-expired');
    const ending = await orderHandle(here.worker, input.orderId).result();
    assert.deepEqual(ending, { ending: 'refused', refusal: placement.refused });
  });

  async function expired() {
    const product = await stockedProduct(here.db);
    const items = [{ productId: product.id, quantity: 3 }];
    const { id } = await heldOrder(here.db, ...items);
    await makeOverdue(here.db, { orderId: id }, 1);
    await endOrderHold(here.db, { orderId: id }, 'expired', cause({ actor: 'system' }));
    const input = { ...orderInput({ orderId: v5('rescue', id), items, confirmedFor: {} }), rescuedFrom: id };
    return { product, input };
  }
});
