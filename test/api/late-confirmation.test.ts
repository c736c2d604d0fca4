import assert from 'node:assert/strict';
import { WorkflowNotFoundError } from '@temporalio/client';
import { v5 as uuidv5 } from 'uuid';
import { confirmSignal, orderWorkflowId } from '../../src/workflows/messages.ts';
import { advanceOrder } from '../support/acting.ts';
import { NextCalls } from '../support/activities.ts';
import {
  createOrder,
  createProduct,
  expectStatus,
  moveThrough,
  startApi,
  type OrderWire,
  type ProductWire,
  type TestApi,
} from '../support/api.ts';
import { assertBooksBalance } from '../support/books.ts';
import { assertOneAnswer, assertReplayOf, assertSameAnswer, isReplayed, keyed } from '../support/idempotency.ts';
import { cause } from '../support/holds.ts';
import { historyOf } from '../support/history.ts';
import { notice } from '../support/orders.ts';
import { until } from '../support/until.ts';
import { rescueOrder } from '../support/as-worker.ts';

describe('A confirmation of an order that has expired', () => {
  const calls = new NextCalls();
  let api: TestApi;
  let product: ProductWire;

  before(async () => {
    api = await startApi();
    await api.startWorker({ wrap: calls.wrap });
    product = await createProduct(api, { total_stock: 100_000, price: '12.50' });
  });
  afterEach(() => assertBooksBalance(api.db));
  after(() => api.stop());

  const order = (fields: object = {}) =>
    createOrder(api, { product_id: product.id, quantity: 2, hold_seconds: 1, reference: 'cart 7', ...fields });
  const ended = (id: string) => api.client.workflow.getHandle(orderWorkflowId(id)).result();
  const expired = async (fields: object = {}): Promise<string> => {
    const { id } = await order(fields);
    await ended(id);
    return id;
  };
  const move = (id: string, headers: object = {}, fields: object = {}) =>
    api.post<OrderWire>(`/api/orders/${id}/transition/`, { new_status: 'confirmed', ...fields }, { ...headers });
  const read = async (id: string) => expectStatus(200, await api.get<OrderWire>(`/api/orders/${id}/`));
  const actionsOf = async (id: string) =>
    expectStatus(200, await api.get<{ action: string }[]>(`/api/orders/${id}/audit/?limit=100`)).map(
      ({ action }) => action,
    );
  const rescueOf = (id: string) => uuidv5('rescue', id);

  it('places the same items at the same prices as a new order, confirmed at once', async () => {
    const id = await expired();
    const answer = expectStatus(200, await move(id, { 'X-Actor': 'till' }, { reason: 'paid' }));
    assert.equal(answer.id, rescueOf(id));
    assert.deepEqual(
      [answer.status, answer.rescued_from, answer.rescued_by, answer.reference, answer.total],
      ['confirmed', id, null, 'cart 7', '25.00'],
    );
    assert.deepEqual(
      answer.reservations.map(({ ended_as }) => ended_as),
      ['confirmed'],
    );
    const old = await read(id);
    assert.deepEqual([old.status, old.cancel_reason, old.rescued_by], ['cancelled', 'expired', answer.id]);
    assert.equal((await actionsOf(id)).at(-1), 'RESERVATION_RESCUED');
    await moveThrough(api, answer.id, ['processing', 'shipped', 'delivered']);
    assert.deepEqual(await ended(answer.id), { ending: 'delivered' });
  });

  it('gives every caller the first answer, with a key or without, also when the new order has gone on', async () => {
    const [id, key] = [await expired(), keyed()];
    const first = await move(id, key, { reason: 'paid' });
    const { data } = first.json;
    expectStatus(200, first);
    await moveThrough(api, data.id, ['cancelled']);
    await ended(data.id);
    assertReplayOf(first, await move(id, key, { reason: 'paid' }));
    for (const [headers, fields] of [
      [{}, {}],
      [keyed(), { reason: 'other' }],
      [{ ...key, 'X-Actor': 'somebody else' }, {}],
    ] as const) {
      const again = await move(id, headers, fields);
      assert.deepEqual([again.status, isReplayed(again)], [200, false]);
      assert.deepEqual(again.json.data, data);
    }
    const reused = await move(id, key, { reason: 'another' });
    assert.deepEqual([reused.status, reused.json.code], [422, 'idempotency-key-reused']);
  });

  it('makes one order of thirty confirmations sent at once', async () => {
    const [id, other] = [await expired(), await expired()];
    await assertSameAnswer(200, 30, () => move(id));
    const key = keyed();
    await assertOneAnswer(200, 30, () => move(other, key));
    for (const from of [id, other]) {
      assert.equal((await api.db('orders').where({ rescued_from: from })).length, 1);
      assert.equal((await actionsOf(from)).filter((action) => action === 'RESERVATION_RESCUED').length, 1);
    }
  });

  it('answers from the row of the new order when Temporal has forgotten its workflow', async () => {
    const id = await expired();
    const input = { orderId: rescueOf(id), rescuedFrom: id, holdSeconds: 600 };
    await rescueOrder(api.db, input, 3600, cause());
    await advanceOrder(api.db, { orderId: input.orderId, newStatus: 'processing' }, cause());
    const again = expectStatus(200, await move(id));
    assert.deepEqual([again.id, again.status, again.rescued_from], [input.orderId, 'processing', id]);
    const handle = api.client.workflow.getHandle(orderWorkflowId(input.orderId));
    await assert.rejects(handle.describe(), WorkflowNotFoundError);
  });

  it('is refused for good, with the amount to refund, when the units are gone', async () => {
    const scarce = await createProduct(api, { total_stock: 2, price: '3.00' });
    const id = await expired({ product_id: scarce.id });
    const buyer = await createOrder(api, { product_id: scarce.id, quantity: 1 });
    const expiredAt = (await read(id)).updated_at;
    const assertRefused = ({ status, json, headers }: Awaited<ReturnType<typeof move>>) => {
      assert.deepEqual([status, json.code], [409, 'reservation-expired']);
      assert.deepEqual([json['order_id'], json['refund'], json['expired_at']], [id, '6.00', expiredAt]);
      assert.deepEqual(json['shortages'], [{ product_id: scarce.id, sku: scarce.sku, requested: 2, available: 1 }]);
      assert.equal(headers.has('Idempotent-Replayed'), false);
    };
    const key = keyed();
    for (const reply of await Promise.all([move(id), move(id), move(id, key)])) assertRefused(reply);
    await moveThrough(api, buyer.id, ['cancelled']);
    assertRefused(await move(id, key));
    assertRefused(await move(id, { Prefer: 'respond-async' }));
    assertRefused(await api.get(`/api/orders/${rescueOf(id)}/`));
    assert.equal((await actionsOf(id)).filter((action) => action === 'CONFIRMATION_TOO_LATE').length, 1);
    assert.equal((await read(id)).rescued_by, null);
  });

  it('is refused beyond the time for it, and answered as before when it came within', async () => {
    const [rescued, lost] = [await expired(), await expired()];
    const first = await move(rescued);
    await api
      .db('orders')
      .whereIn('id', [rescued, lost])
      .update({ updated_at: api.db.raw(`updated_at - interval '1 hour'`) });
    assert.deepEqual((await move(rescued)).json.data, expectStatus(200, first));
    const { status, json } = await move(lost);
    assert.deepEqual([status, json.code, json['refund'], json['shortages']], [409, 'reservation-expired', '25.00', []]);
  });

  it('is answered 202 with the address of the new order, with Prefer: respond-async', async () => {
    const [id, key] = [await expired(), keyed()];
    const first = await move(id, { Prefer: 'respond-async', ...key });
    assert.equal(first.status, 202);
    assert.equal(first.headers.get('Location'), `/api/orders/${rescueOf(id)}/`);
    assert.equal(first.headers.get('Preference-Applied'), 'respond-async');
    assertReplayOf(first, await move(id, { Prefer: 'respond-async', ...key }));
    assert.equal((await read(rescueOf(id))).status, 'confirmed');
  });

  it('is answered with the new order when the expiry wins while the confirmation waits for its turn', async () => {
    const gate = calls.holdUpOutsideTheTask('expireReservation');
    const { id } = await order();
    await gate.reached;
    const confirming = move(id);
    const handle = api.client.workflow.getHandle(orderWorkflowId(id));
    await until(
      async () =>
        (await historyOf(handle)).filter(({ type }) => type === 'WORKFLOW_EXECUTION_UPDATE_ACCEPTED').length === 2,
    );
    gate.open();
    assert.equal(expectStatus(200, await confirming).id, rescueOf(id));
  });

  it('leaves every other step, and every other cancelled order, refused', async () => {
    const id = await expired();
    for (const new_status of ['pending', 'processing', 'shipped', 'delivered', 'cancelled']) {
      const { status, json } = await move(id, {}, { new_status });
      assert.deepEqual([status, json.code, json['from']], [409, 'invalid-transition', 'cancelled']);
    }
    const { id: cancelled } = await order({ hold_seconds: 600 });
    await moveThrough(api, cancelled, ['cancelled']);
    await ended(cancelled);
    for (const headers of [{}, { Prefer: 'respond-async' }]) {
      assert.equal((await move(cancelled, headers)).json.code, 'invalid-transition');
    }
    assert.equal((await api.get(`/api/orders/${rescueOf(cancelled)}/`)).status, 404);
  });

  it('that is a raw signal gets NotFound of Temporal, and places nothing', async () => {
    const id = await expired();
    const handle = api.client.workflow.getHandle(orderWorkflowId(id));
    await assert.rejects(handle.signal(confirmSignal, notice()), WorkflowNotFoundError);
    assert.equal((await api.get(`/api/orders/${rescueOf(id)}/`)).status, 404);
  });

  it('answers 503 while no worker can decide it, and repeating it places one order', async () => {
    const other = await startApi();
    try {
      const worker = await other.startWorker();
      const { id: productId } = await createProduct(other);
      const { id } = await createOrder(other, { product_id: productId, quantity: 1, hold_seconds: 1 });
      await other.client.workflow.getHandle(orderWorkflowId(id)).result();
      await worker.stop();
      const confirm = () => other.post<OrderWire>(`/api/orders/${id}/transition/`, { new_status: 'confirmed' });
      const { status, json } = await confirm();
      assert.deepEqual([status, json.code], [503, 'unavailable']);
      assert.match(json['detail'] as string, /has expired, .* Repeating the request is safe/);
      await other.startWorker();
      await until(async () => (await confirm()).status !== 503);
      assert.equal(expectStatus(200, await confirm()).id, rescueOf(id));
      assert.equal((await other.db('orders')).length, 2);
    } finally {
      await other.stop();
    }
  });
});
