import { strict as assert } from 'node:assert';
import { placeOrder as placeThroughApi } from '../../src/api/place.ts';
import { DomainError } from '../../src/domain/errors.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import {
  cancelSignal,
  confirmSignal,
  orderPlacedUpdate,
  orderWorkflowId,
  transitionSignal,
} from '../../src/workflows/messages.ts';
import { NextCalls } from '../support/activities.ts';
import { activitiesOf, historyOf } from '../support/history.ts';
import {
  auditOf,
  notice,
  orderHandle,
  orderInput,
  placeOrder,
  refusalFrom,
  requestOrder,
  startingOrder,
  startTransition,
  stockedProduct,
  stockOf,
  transition,
  type PlacedOrder,
} from '../support/orders.ts';
import { timeSkipping } from '../support/temporal.ts';
import { workerForTests } from '../support/worker.ts';

describe('while a step of an order is in flight', () => {
  const calls = new NextCalls();
  const here = workerForTests(timeSkipping, { wrap: calls.wrap });
  const whole = { total: 10, available: 10, reserved: 0 };

  it('a cancellation waits for the fulfilment and then restocks', async () => {
    const { placed, product } = await pendingOrder();
    const gate = calls.holdUpOutsideTheTask('fulfilReservation');
    const confirming = await startTransition(placed.handle, 'confirmed');
    await gate.reached;
    const cancelling = await startTransition(placed.handle, 'cancelled');
    gate.open();
    assert.equal((await confirming.result()).status, 'confirmed');
    assert.equal((await cancelling.result()).cancelReason, 'requested');
    assert.deepEqual(await placed.handle.result(), { ending: 'cancelled' });
    assert.deepEqual(await activitiesOf(placed.handle), [
      'reserveOrder',
      'fulfilReservation',
      'fulfilReservation',
      'advanceOrder',
    ]);
    assert.deepEqual(await stockOf(here.db, product), whole);
    assert.deepEqual(await stepsOf(placed), ['confirmed', 'cancelled']);
  });

  it('a cancellation and a confirmation by signal wait for the fulfilment and are judged one after the other', async () => {
    const { placed, product } = await pendingOrder();
    const gate = calls.holdUpOutsideTheTask('fulfilReservation');
    await placed.handle.signal(confirmSignal, notice());
    await gate.reached;
    await placed.handle.signal(confirmSignal, notice());
    await placed.handle.signal(cancelSignal, notice());
    await placed.handle.signal(confirmSignal, notice());
    gate.open();
    assert.deepEqual(await placed.handle.result(), { ending: 'cancelled' });
    assert.deepEqual(await stockOf(here.db, product), whole);
    assert.deepEqual(await stepsOf(placed), ['confirmed', 'cancelled']);
    assert.equal(warningsOf(placed).length, 2);
  });

  it('a confirmation that waits for a release is refused when its turn comes', async () => {
    const { placed, product } = await pendingOrder();
    const gate = calls.holdUp('releaseReservation');
    const cancelling = await startTransition(placed.handle, 'cancelled');
    await gate.reached;
    const confirming = await startTransition(placed.handle, 'confirmed');
    gate.open();
    assert.equal((await cancelling.result()).status, 'cancelled');
    const refusal = await refusalFrom(confirming.result());
    assert.deepEqual(refusal.details, { from: 'cancelled', to: 'confirmed', allowed: [] });
    assert.deepEqual(await placed.handle.result(), { ending: 'cancelled' });
    assert.deepEqual(await stockOf(here.db, product), whole);
    assert.deepEqual(await stepsOf(placed), ['cancelled']);
  });

  it('a confirmation that waits for the expiry is refused when its turn comes', async () => {
    const gate = calls.holdUp('expireReservation');
    const { placed, product } = await pendingOrder(1);
    await gate.reached;
    const confirming = await startTransition(placed.handle, 'confirmed');
    gate.open();
    assert.equal((await refusalFrom(confirming.result())).code, 'invalid-transition');
    assert.deepEqual(await placed.handle.result(), { ending: 'cancelled' });
    assert.equal((await readOrder(here.db, placed.id))?.cancelReason, 'expired');
    assert.deepEqual(await stockOf(here.db, product), whole);
  });

  it('two confirmations are judged one at a time: the first is done, the second refused', async () => {
    const { placed } = await pendingOrder();
    const gate = calls.holdUpOutsideTheTask('fulfilReservation');
    const first = await startTransition(placed.handle, 'confirmed');
    await gate.reached;
    const second = await startTransition(placed.handle, 'confirmed');
    gate.open();
    assert.equal((await first.result()).status, 'confirmed');
    assert.deepEqual((await refusalFrom(second.result())).details, {
      from: 'confirmed',
      to: 'confirmed',
      allowed: ['processing', 'cancelled'],
    });
    assert.deepEqual(await stepsOf(placed), ['confirmed']);
    await transition(placed.handle, 'cancelled');
  });

  it('steps that wait are taken in the order they came in, each from the state the one before it left', async () => {
    const { placed } = await pendingOrder();
    const gate = calls.holdUpOutsideTheTask('fulfilReservation');
    const steps = ['confirmed', 'processing', 'shipped', 'delivered'] as const;
    for (const new_status of steps) await placed.handle.signal(transitionSignal, { ...notice(), new_status });
    await gate.reached;
    gate.open();
    assert.deepEqual(await placed.handle.result(), { ending: 'delivered' });
    assert.deepEqual(await stepsOf(placed), [...steps]);
  });

  it('a step waits for the order to be placed', async () => {
    const { input, placing } = await held();
    const confirming = await startTransition(orderHandle(here.worker, input.orderId), 'confirmed');
    placing.open();
    assert.equal((await confirming.result()).status, 'confirmed');
    assert.ok('order' in (await requestOrder(here.worker, input)));
    await transition(orderHandle(here.worker, input.orderId), 'cancelled');
  });

  it('a step that waits for an order to be placed finds no such order when it is refused', async () => {
    const { input, placing } = await held(11);
    const handle = orderHandle(here.worker, input.orderId);
    const confirming = await startTransition(handle, 'confirmed');
    placing.open();
    const refusal = await refusalFrom(confirming.result());
    assert.deepEqual(refusal.details, { objectType: 'Order', id: input.orderId });
    assert.equal((await handle.result()).ending, 'refused');
  });

  it('a cancellation of the workflow waits for the order to be placed and cancels it then', async () => {
    const { input, product, placing, started } = await held();
    const handle = orderHandle(here.worker, input.orderId);
    await handle.cancel();
    placing.open();
    assert.deepEqual(await handle.result(), { ending: 'cancelled' });
    assert.ok('order' in (await started));
    assert.deepEqual(await stockOf(here.db, product), whole);
    assert.equal((await readOrder(here.db, input.orderId))?.cancelReason, 'requested');
  });

  it('every command gets its verdict before the workflow ends', async () => {
    const { placed } = await pendingOrder();
    const gate = calls.holdUp('releaseReservation');
    const updates = [await startTransition(placed.handle, 'cancelled')];
    await gate.reached;
    for (let waiting = 1; waiting <= 8; waiting++) {
      updates.push(await startTransition(placed.handle, waiting % 2 === 0 ? 'cancelled' : 'confirmed'));
    }
    gate.open();
    const verdicts = await Promise.allSettled(updates.map((update) => update.result()));
    assert.deepEqual(
      verdicts.map(({ status }) => status),
      ['fulfilled', ...Array.from({ length: 8 }, () => 'rejected')],
    );
    await placed.handle.result();
    const types = (await historyOf(placed.handle)).map(({ type }) => type);
    const completed = types.filter((type) => type === 'WORKFLOW_EXECUTION_UPDATE_COMPLETED').length;
    assert.equal(completed, 1 + updates.length);
    assert.equal(types.at(-1), 'WORKFLOW_EXECUTION_COMPLETED');
  });

  async function pendingOrder(holdSeconds = 600) {
    const product = await stockedProduct(here.db);
    const placed = await placeOrder(here.worker, { items: [{ productId: product.id, quantity: 3 }], holdSeconds });
    return { product, placed };
  }

  it('is refused after all when a signal comes while it is being refused, and no question fails', async () => {
    const product = await stockedProduct(here.db, { stock: 1 });
    const input = orderInput({ items: [{ productId: product.id, quantity: 2 }] });
    const placing = calls.holdUp('reserveOrder');
    const { client, taskQueue } = here.worker;
    const starting = { db: here.db, client, taskQueue, reach: () => undefined };
    const asked = placeThroughApi(starting, input, { id: input.orderId, replayed: () => undefined });
    await placing.reached;
    await client.workflow
      .getHandle(orderWorkflowId(input.orderId))
      .signal(cancelSignal, { actor: 'anna', request_id: input.requestId });
    placing.open();
    // The workflow cannot end in the task in which it was refused, and the server takes back the update that came with it.
    const answer = await asked.catch((error: unknown) => error);
    if (answer instanceof DomainError) assert.equal(answer.code, 'insufficient-stock');
    else assert.deepEqual(answer, { outcome: 'accepted' });
    const result = await client.workflow.getHandle(orderWorkflowId(input.orderId)).result();
    assert.equal((result as { ending: string }).ending, 'refused');
  });

  /** An order whose placing stands before a gate. */
  async function held(quantity = 3) {
    const product = await stockedProduct(here.db);
    const input = orderInput({ items: [{ productId: product.id, quantity }] });
    const placing = calls.holdUp('reserveOrder');
    const started = here.worker.client.workflow.executeUpdateWithStart(orderPlacedUpdate, {
      startWorkflowOperation: startingOrder(here.worker, input),
      updateId: 'placed',
    });
    await placing.reached;
    return { product, input, placing, started };
  }

  /** The steps that the audit log knows of an order. */
  async function stepsOf({ id }: PlacedOrder): Promise<unknown[]> {
    const entries = (await auditOf(here.db, id)).filter(({ action }) => action === 'ORDER_STATUS_CHANGED');
    return entries.map(({ newValue }) => (newValue as { status: string }).status);
  }

  function warningsOf({ handle }: PlacedOrder) {
    return here.worker.warnings.filter(({ workflowId }) => workflowId === handle.workflowId);
  }
});
