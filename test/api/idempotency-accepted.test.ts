import assert from 'node:assert/strict';
import { orderWorkflowId } from '../../src/workflows/messages.ts';
import { createProduct, expectStatus, moveThrough, startApi, type OrderWire, type TestApi } from '../support/api.ts';
import { assertReplayOf, isReplayed, keyed } from '../support/idempotency.ts';
import { until } from '../support/until.ts';

describe('An Idempotency-Key whose order was only accepted', () => {
  let api: TestApi;
  let item: { product_id: string; quantity: number };

  const place = (key: object, fields: object = {}) =>
    api.post<OrderWire>('/api/create-order/', { ...item, ...fields }, { ...key });

  beforeEach(async () => {
    api = await startApi();
    item = { product_id: (await createProduct(api)).id, quantity: 1 };
  });
  afterEach(() => api.stop());

  it('answers 202 again until it is placed, and then tells the order', async () => {
    const key = keyed();
    const first = await place(key);
    assert.deepEqual([first.status, isReplayed(first)], [202, false]);
    assertReplayOf(first, await place(key));
    await api.startWorker();
    await until(async () => (await place(key)).status === 201);
    const { id } = expectStatus(201, await place(key));
    assert.equal(id, first.json.data.id);
    assert.deepEqual(await api.db('orders').pluck('id'), [id]);
  });

  it('tells the refusal that it met', async () => {
    const key = keyed();
    assert.equal((await place(key, { quantity: 101 })).status, 202);
    await api.startWorker();
    await until(async () => (await place(key, { quantity: 101 })).status !== 202);
    const { status, json } = await place(key, { quantity: 101 });
    assert.deepEqual([status, json.code], [409, 'insufficient-stock']);
  });

  it('refuses another body as 422 before it is placed', async () => {
    const key = keyed();
    assert.equal((await place(key)).status, 202);
    const { status, json } = await place(key, { quantity: 2 });
    assert.deepEqual([status, json.code], [422, 'idempotency-key-reused']);
  });

  it('tells the order even when the question that waited for it was lost with the server’s memory', async () => {
    // Started without the question, as after a restart of Temporal before a worker had it.
    const key = keyed();
    const first = await place(key);
    const { id } = expectStatus(202, first) as unknown as { id: string };
    const workflowId = orderWorkflowId(id);
    const { raw } = await api.client.workflow.getHandle(workflowId).describe();
    const history = await api.client.workflow.getHandle(workflowId).fetchHistory();
    const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
    await api.client.workflow.getHandle(workflowId).terminate('started again below, without the question');
    const { payloadConverter } = api.client.options.loadedDataConverter;
    const input: unknown = payloadConverter.fromPayload(started?.input?.payloads?.[0] as never);
    await api.client.workflow.start('order', {
      workflowId,
      taskQueue: api.taskQueue,
      args: [input],
      memo: Object.fromEntries(
        Object.entries(raw.workflowExecutionInfo?.memo?.fields ?? {}).map(([name, payload]) => [
          name,
          payloadConverter.fromPayload(payload as never),
        ]),
      ),
    });
    await api.startWorker();
    const isThere = async () => (await api.get(`/api/orders/${id}/`)).status === 200;
    await until(isThere);
    await moveThrough(api, id, ['cancelled']);
    await api.client.workflow.getHandle(workflowId).result();

    const told = await place(key);
    assert.deepEqual([told.status, told.json.data.id, told.json.data.status], [201, id, 'cancelled']);
    assert.equal((await place(key, { quantity: 2 })).status, 422);
  });
});

describe('An Idempotency-Key after a restart', () => {
  it('is remembered by another API process and another worker', async () => {
    const first = await startApi();
    const product = await createProduct(first, {});
    const worker = await first.startWorker();
    const [key, adjustKey] = [keyed(), keyed()];
    const body = { product_id: product.id, quantity: 1 };
    const adjustment = { delta: 5, reason: 'delivery' };
    const send = (api: TestApi) => api.post<OrderWire>('/api/create-order/', body, key);
    const adjust = (api: TestApi) => api.post(`/api/products/${product.id}/adjust-stock/`, adjustment, adjustKey);
    const [placed, adjusted] = [await send(first), await adjust(first)];
    expectStatus(201, placed);
    await worker.stop();
    const second = await startApi({ db: first.db, taskQueue: first.taskQueue });
    try {
      // The stored answers need a worker for the order, whose workflow is still open.
      await second.startWorker();
      assertReplayOf(placed, await send(second));
      assertReplayOf(adjusted, await adjust(second));
    } finally {
      await second.stop();
      await first.stop();
    }
  });
});
