import assert from 'node:assert/strict';
import { request } from 'node:http';
import { v4 as uuidv4 } from 'uuid';
import { orderWorkflowId, reservationWorkflowId } from '../../src/workflows/messages.ts';
import { createProduct, expectStatus, moveThrough, startApi, type OrderWire, type TestApi } from '../support/api.ts';
import { assertOneAnswer, assertReplayOf, isReplayed, keyed } from '../support/idempotency.ts';
import type { Reply } from '../support/http.ts';
import { until } from '../support/until.ts';

describe('An Idempotency-Key on what creates an order or a reservation', () => {
  let api: TestApi;
  let item: { product_id: string; quantity: number };

  const place = (key: object, fields: object = {}, headers = {}) =>
    api.post<OrderWire>('/api/create-order/', { ...item, ...fields }, { ...key, ...headers });
  const reserve = (key: object, fields: object = {}): Promise<Reply<{ id: string }>> =>
    api.post('/api/reservations/', { ...item, ...fields }, { ...key });
  const isClosed = async (workflowId: string) =>
    (await api.client.workflow.getHandle(workflowId).describe()).status.name !== 'RUNNING';
  const countOf = async (table: string) => Number((await api.db(table).count('* as n').first())?.['n']);

  before(async () => {
    api = await startApi();
    await api.startWorker();
    item = { product_id: (await createProduct(api, { total_stock: 100_000 })).id, quantity: 1 };
  });
  after(() => api.stop());

  it('makes fifty orders sent at once one order, one workflow and one answer', async () => {
    const orders = await countOf('orders');
    const key = keyed();
    await assertOneAnswer(201, 50, () => place(key));
    assert.equal(await countOf('orders'), orders + 1);
    const { id } = expectStatus(201, await place(key));
    const { runId, raw } = await api.client.workflow.getHandle(orderWorkflowId(id)).describe();
    assert.equal(raw.workflowExecutionInfo?.firstRunId, runId);
  });

  it('makes fifty reservations sent at once one reservation and one answer', async () => {
    const reservations = await countOf('reservations');
    const key = keyed();
    await assertOneAnswer(201, 50, () => reserve(key));
    assert.equal(await countOf('reservations'), reservations + 1);
  });

  it('gives the first answer again, with this request’s own request_id', async () => {
    const [key, requestId] = [keyed(), uuidv4()];
    const first = await place(key, { reference: 'cart 7' });
    assert.equal(isReplayed(first), false);
    const again = await place(key, { reference: 'cart 7' }, { 'X-Request-Id': requestId });
    assertReplayOf(first, again);
    assert.equal(again.json.request_id, requestId);
  });

  for (const [ending, way] of Object.entries({
    delivered: ['confirmed', 'processing', 'shipped', 'delivered'],
    cancelled: ['cancelled'],
  } as const)) {
    it(`gives the first answer again when the order is ${ending}`, async () => {
      const key = keyed();
      const first = await place(key);
      const { id } = expectStatus(201, first);
      await moveThrough(api, id, way);
      await until(() => isClosed(orderWorkflowId(id)));
      assertReplayOf(first, await place(key));
    });
  }

  it('gives the first answer again when the order or the reservation has expired', async () => {
    const keys = [keyed(), keyed()] as const;
    const order = await place(keys[0], { hold_seconds: 1 });
    const reservation = await reserve(keys[1], { hold_seconds: 1 });
    await until(() => isClosed(orderWorkflowId(order.json.data.id)));
    await until(() => isClosed(reservationWorkflowId(reservation.json.data.id)));
    assertReplayOf(order, await place(keys[0], { hold_seconds: 1 }));
    assertReplayOf(reservation, await reserve(keys[1], { hold_seconds: 1 }));
  });

  it('gives the answer that got lost: the caller hung up right after sending', async () => {
    const key = keyed();
    const requestId = uuidv4();
    const orders = await countOf('orders');
    const body = JSON.stringify(item);
    const headers = { ...key, 'Content-Type': 'application/json', 'X-Request-Id': requestId };
    const lost = request(new URL('/api/create-order/', api.url), { method: 'POST', headers });
    lost.on('error', () => undefined);
    await new Promise<void>((sent) => lost.end(body, sent));
    lost.destroy();
    const lineOf = () => api.lines.find((line) => line['request_id'] === requestId && 'duration_ms' in line);
    await until(() => lineOf() !== undefined);
    assert.deepEqual([lineOf()?.['status'], lineOf()?.['disconnected']], [201, true]);

    const { id } = expectStatus(201, await place(key));
    assert.equal(lineOf()?.['order_id'], id);
    assert.equal(await countOf('orders'), orders + 1);
  });

  for (const [what, send] of Object.entries<typeof reserve>({ order: place, reservation: reserve })) {
    it(`refuses another ${what} with the same key as 422, and places nothing`, async () => {
      const key = keyed();
      expectStatus(201, await send(key));
      const rows = await countOf('reservations');
      const { status, json } = await send(key, { quantity: 2 });
      assert.deepEqual([status, json.code], [422, 'idempotency-key-reused']);
      assert.equal(await countOf('reservations'), rows);
    });

    it(`remembers that the ${what} was refused, even when units arrive later`, async () => {
      const { id } = await createProduct(api, { total_stock: 1 });
      const [key, fields] = [keyed(), { product_id: id, quantity: 2 }];
      const first = await send(key, fields);
      assert.deepEqual([first.status, first.json.code], [409, 'insufficient-stock']);
      expectStatus(200, await api.post(`/api/products/${id}/adjust-stock/`, { delta: 10, reason: 'delivery' }));
      assertReplayOf(first, await send(key, fields));
      assert.equal((await send(keyed(), fields)).status, 201);
    });

    it(`remembers that the product of the ${what} did not exist`, async () => {
      const [key, fields] = [keyed(), { product_id: uuidv4() }];
      const first = await send(key, fields);
      assert.deepEqual([first.status, first.json.code], [404, 'not-found']);
      assertReplayOf(first, await send(key, fields));
    });

    it(`does not remember that the ${what} was bad input`, async () => {
      const key = keyed();
      assert.equal((await send(key, { quantity: 0 })).status, 400);
      assert.equal((await send(key, { quantity: 1 })).status, 201);
    });
  }

  it('takes the same body in another spelling for the same', async () => {
    const key = keyed();
    const first = await place(key);
    const { product_id, quantity } = item;
    const other = `{"items": [{"quantity": ${quantity}.0, "product_id": "${product_id.toUpperCase()}"}]}`;
    assertReplayOf(
      first,
      await api.request('POST', '/api/create-order', {
        body: other,
        headers: { ...key, 'Content-Type': 'application/json' },
      }),
    );
  });
});
