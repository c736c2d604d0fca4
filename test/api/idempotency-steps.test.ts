import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import proto from '@temporalio/proto';
import { v4 as uuidv4 } from 'uuid';
import { orderWorkflowId, statusQuery } from '../../src/workflows/messages.ts';
import { advanceOrder } from '../support/acting.ts';
import { NextCalls } from '../support/activities.ts';
import {
  createOrder,
  createProduct,
  createReservation,
  expectStatus,
  moveThrough,
  startApi,
  type OrderWire,
  type ProductWire,
  type TestApi,
} from '../support/api.ts';
import { cause } from '../support/holds.ts';
import { historyOf } from '../support/history.ts';
import { assertOneAnswer, assertReplayOf, isReplayed, keyed } from '../support/idempotency.ts';
import { until } from '../support/until.ts';

describe('An Idempotency-Key on what moves an order or ends a reservation', () => {
  const calls = new NextCalls();
  let api: TestApi;
  let product: ProductWire;

  const order = async () => createOrder(api, { product_id: product.id, quantity: 1, hold_seconds: 86_400 });
  const move = (id: string, new_status: string, key: object, fields: object = {}, headers: object = {}) =>
    api.post<OrderWire>(`/api/orders/${id}/transition/`, { new_status, ...fields }, { ...key, ...headers });
  const stepsOf = async (id: string) =>
    expectStatus(200, await api.get<{ action: string }[]>(`/api/orders/${id}/audit/?limit=100`)).filter(
      ({ action }) => action === 'ORDER_STATUS_CHANGED',
    ).length;

  /** Takes a workflow back to before the task in which it took its last update. */
  const forgetLastUpdate = async (id: string): Promise<void> => {
    const handle = api.client.workflow.getHandle(orderWorkflowId(id));
    const history = await historyOf(handle);
    const taken = history.findLastIndex(({ type }) => type === 'WORKFLOW_EXECUTION_UPDATE_ACCEPTED');
    const task = history.slice(0, taken).findLast(({ type }) => type === 'WORKFLOW_TASK_COMPLETED');
    await api.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: handle.workflowId },
      reason: 'test',
      requestId: uuidv4(),
      workflowTaskFinishEventId: task?.event.eventId ?? null,
      resetReapplyExcludeTypes: [proto.temporal.api.enums.v1.ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE],
    });
  };

  before(async () => {
    api = await startApi();
    await api.startWorker({ wrap: calls.wrap });
    product = await createProduct(api, { total_stock: 100_000 });
  });
  after(() => api.stop());

  it('makes fifty equal transitions sent at once one step and one answer', async () => {
    const [{ id }, key] = [await order(), keyed()];
    await assertOneAnswer(200, 50, () => move(id, 'confirmed', key));
    assert.equal(await stepsOf(id), 1);
  });

  for (const verb of ['confirm', 'release']) {
    it(`makes fifty equal calls of ${verb} sent at once one end and one answer`, async () => {
      const { id } = await createReservation(api, { product_id: product.id, quantity: 1 });
      const key = keyed();
      const end = () => api.post(`/api/reservations/${id}/${verb}/`, undefined, key);
      await assertOneAnswer(200, 50, end);
      const late = await end();
      assert.deepEqual([late.status, isReplayed(late)], [200, true]);
    });
  }

  it('gives the first answer again when the order has gone on, and when it is closed', async () => {
    const [{ id }, key] = [await order(), keyed()];
    const first = await move(id, 'confirmed', key);
    expectStatus(200, first);
    await moveThrough(api, id, ['processing']);
    assertReplayOf(first, await move(id, 'confirmed', key));
    await moveThrough(api, id, ['shipped', 'delivered']);
    await api.client.workflow.getHandle(orderWorkflowId(id)).result();
    assertReplayOf(first, await move(id, 'confirmed', key));
    assert.equal(await stepsOf(id), 4);
  });

  it('refuses another step with the same key as 422, and does not take it', async () => {
    const [{ id }, key] = [await order(), keyed()];
    expectStatus(200, await move(id, 'confirmed', key));
    for (const [to, fields] of [
      ['processing', {}],
      ['confirmed', { reason: 'paid' }],
    ] as const) {
      const { status, json } = await move(id, to, key, fields);
      assert.deepEqual([status, json.code], [422, 'idempotency-key-reused']);
    }
    assert.equal(await stepsOf(id), 1);
  });

  it('judges a step anew that was refused at the door', async () => {
    const [{ id }, key] = [await order(), keyed()];
    const refused = await move(id, 'processing', key);
    assert.deepEqual([refused.status, refused.json.code, isReplayed(refused)], [409, 'invalid-transition', false]);
    await moveThrough(api, id, ['confirmed']);
    const taken = await move(id, 'processing', key);
    assert.deepEqual([taken.status, taken.json.data.status, isReplayed(taken)], [200, 'processing', false]);
    assertReplayOf(taken, await move(id, 'processing', key));
  });

  it('judges a step anew that was let in and refused when its turn came', async () => {
    const [{ id }, key] = [await order(), keyed()];
    const gate = calls.holdUp('releaseReservation');
    const cancelling = move(id, 'cancelled', keyed());
    await gate.reached;
    // The order is still pending while it is being cancelled: the door lets a confirmation in.
    const confirming = move(id, 'confirmed', key);
    const handle = api.client.workflow.getHandle(orderWorkflowId(id));
    await until(
      async () =>
        (await historyOf(handle)).filter(({ type }) => type === 'WORKFLOW_EXECUTION_UPDATE_ACCEPTED').length === 3,
    );
    gate.open();
    expectStatus(200, await cancelling);
    for (const { status, json, headers } of [await confirming, await move(id, 'confirmed', key)]) {
      assert.deepEqual([status, json.code, json['from']], [409, 'invalid-transition', 'cancelled']);
      assert.equal(headers.has('Idempotent-Replayed'), false);
    }
  });

  it('remembers the step that was taken after it had been refused when its turn came', async () => {
    const [{ id }, key] = [await order(), keyed()];
    await moveThrough(api, id, ['confirmed']);
    // The door lets the step in, then its activity refuses it.
    calls.next('advanceOrder', async () => {
      throw ApplicationFailure.nonRetryable('The books say no.', 'stock-conflict', { total: 0, reserved: 0, delta: 1 });
    });
    const refused = await move(id, 'processing', key);
    assert.deepEqual([refused.status, refused.json.code], [409, 'stock-conflict']);
    // As from a worker of a version that did not say where.
    assert.equal('warehouse' in refused.json, false);
    const taken = await move(id, 'processing', key);
    assert.deepEqual([taken.status, taken.json.data.status, isReplayed(taken)], [200, 'processing', false]);
    assertReplayOf(taken, await move(id, 'processing', key));
    assert.equal(await stepsOf(id), 2);
  });

  for (const [before, step, name] of [
    [[], 'confirmed', 'fulfilReservation'],
    [['confirmed'], 'processing', 'advanceOrder'],
    [['confirmed'], 'cancelled', 'advanceOrder'],
  ] as const) {
    it(`answers ${step} as taken when the row took it and its workflow knows nothing of it, and the same to everybody`, async () => {
      const [{ id }, key] = [await order(), keyed()];
      await moveThrough(api, id, before);
      // The workflow hears that the step cannot be taken, and finds its order where it was to go: somebody's doing, as far as it can tell.
      calls.next(name, async (run) => {
        await run();
        throw ApplicationFailure.nonRetryable('Lost.', 'invalid-transition', { from: step, to: step, allowed: [] });
      });
      await assertOneAnswer(200, 20, () => move(id, step, key));
      const first = await move(id, step, key);
      assert.deepEqual([first.status, first.json.data.status, isReplayed(first)], [200, step, true]);
      if (step !== 'cancelled') await moveThrough(api, id, step === 'confirmed' ? ['processing'] : ['shipped']);
      const steps = await stepsOf(id);
      assertReplayOf(first, await move(id, step, key));
      assertReplayOf(first, await move(id, step, key, {}, { Prefer: 'respond-async' }));
      assert.equal((await move(id, step, keyed())).json.code, 'invalid-transition');
      assert.equal((await move(id, 'delivered', key)).json.code, 'idempotency-key-reused');
      assert.equal(await stepsOf(id), steps);
    });
  }

  it('answers such a step with how its order stands by then, and the same ever after', async () => {
    const [{ id }, key] = [await order(), keyed()];
    await moveThrough(api, id, ['confirmed']);
    calls.next('advanceOrder', async (run) => {
      await run();
      await advanceOrder(api.db, { orderId: id, newStatus: 'shipped' }, cause());
      throw ApplicationFailure.nonRetryable('Lost.', 'invalid-transition', {
        from: 'shipped',
        to: 'processing',
        allowed: [],
      });
    });
    const first = await move(id, 'processing', key);
    assert.deepEqual([first.status, first.json.data.status], [200, 'shipped'], first.text);
    await moveThrough(api, id, ['delivered']);
    assertReplayOf(first, await move(id, 'processing', key));
    assert.equal(await stepsOf(id), 4);
  });

  it('knows whose step it was when Temporal has forgotten it, as when it is restored', async () => {
    const [{ id }, key] = [await order(), keyed()];
    expectStatus(200, await move(id, 'confirmed', key));
    await forgetLastUpdate(id);
    assert.equal(await api.client.workflow.getHandle(orderWorkflowId(id)).query(statusQuery), 'pending');
    const other = await move(id, 'confirmed', keyed());
    assert.deepEqual([other.status, other.json['from']], [409, 'confirmed']);
    const again = await move(id, 'confirmed', key);
    assert.deepEqual([again.status, again.json.data.status], [200, 'confirmed'], again.text);
    assertReplayOf(again, await move(id, 'confirmed', key));
    assert.equal(await stepsOf(id), 1);
  });

  it('sends a step as a signal once, and answers 202 each time', async () => {
    const [{ id }, key] = [await order(), keyed()];
    const signal = () => move(id, 'confirmed', key, {}, { Prefer: 'respond-async' });
    const first = await signal();
    assert.deepEqual([first.status, first.headers.get('Preference-Applied')], [202, 'respond-async']);
    await until(async () => (await stepsOf(id)) === 1);
    const again = await signal();
    assertReplayOf(first, again);
    assert.equal(again.headers.get('Preference-Applied'), 'respond-async');
    const other = await move(id, 'cancelled', key, {}, { Prefer: 'respond-async' });
    assert.deepEqual([other.status, other.json.code], [422, 'idempotency-key-reused']);
    const history = await historyOf(api.client.workflow.getHandle(orderWorkflowId(id)));
    assert.equal(history.filter(({ type }) => type === 'WORKFLOW_EXECUTION_SIGNALED').length, 1);
  });

  for (const [first, second] of [
    [{ Prefer: 'respond-async' }, {}],
    [{}, { Prefer: 'respond-async' }],
  ] as const) {
    const how = 'Prefer' in first ? 'as a signal and then as an update' : 'as an update and then as a signal';
    it(`is one key whether a step is sent ${how}`, async () => {
      const [{ id }, key] = [await order(), keyed()];
      const answer = await move(id, 'confirmed', key, {}, first);
      await until(async () => (await stepsOf(id)) === 1);
      assertReplayOf(answer, await move(id, 'confirmed', key, {}, second));
      const other = await move(id, 'processing', key, {}, second);
      assert.deepEqual([other.status, other.json.code], [422, 'idempotency-key-reused']);
      assert.equal(await stepsOf(id), 1);
    });
  }

  it('does not remember that there was no such order or reservation', async () => {
    const [id, key] = [uuidv4(), keyed()];
    for (const headers of [{}, { Prefer: 'respond-async' }]) {
      const replies = [await move(id, 'confirmed', key, {}, headers), await move(id, 'cancelled', key, {}, headers)];
      assert.deepEqual(
        replies.map(({ status }) => status),
        [404, 404],
      );
    }
    assert.equal((await api.post(`/api/reservations/${id}/confirm/`, {}, key)).status, 404);
    assert.equal(
      (await api.post(`/api/reservations/${id}/confirm/`, {}, key)).headers.has('Idempotent-Replayed'),
      false,
    );
  });
});
