import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import type { z } from 'zod';
import type { orderMovement } from '../../src/api/schemas/order-movements.ts';
import {
  clientOfNobody,
  createOrder,
  createProduct,
  expectStatus,
  moveThrough,
  startApi,
  type ReturnWire,
  type TestApi,
} from '../support/api.ts';

type Movement = z.output<typeof orderMovement>;

const ui = { url: 'https://ui.example/temporal', namespace: 'shop' };

describe('GET /api/orders/{id}/movements/', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi({ config: { currency: 'EUR', holdSeconds: 600, holdMaxFactor: 3, temporalUi: ui } });
    await api.startWorker();
  });
  after(() => api.stop());

  const list = async (id: string) => expectStatus(200, await api.get<Movement[]>(`/api/orders/${id}/movements/`));

  it('has what moved for the order, its returns included, oldest first, with the balance of each level', async () => {
    const [lamp, chair] = [await createProduct(api, { total_stock: 10 }), await createProduct(api, { total_stock: 5 })];
    const items = [
      { product_id: lamp.id, quantity: 3 },
      { product_id: chair.id, quantity: 1 },
    ];
    const order = await createOrder(api, { items });
    // Of the same product, and of another order.
    await createOrder(api, { product_id: lamp.id, quantity: 1 });
    await moveThrough(api, order.id, ['confirmed', 'processing', 'shipped', 'delivered']);
    const back = { line: 1, quantity: 2, restock: true, reason: 'wrong colour' };
    const { id: returnId } = expectStatus(201, await api.post<ReturnWire>(`/api/orders/${order.id}/returns/`, back));

    const movements = await list(order.id);
    const ids = movements.map(({ id }) => BigInt(id));
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => Number(a - b)),
    );
    assert.deepEqual(new Set(movements.slice(0, 2).map(({ type }) => type)), new Set(['reserved']));
    const told = (of: string) =>
      movements
        .filter(({ product }) => product.id === of)
        .map(({ type, change, balance, cause }) => [type, Object.values(change), Object.values(balance), cause?.type]);
    assert.deepEqual(told(lamp.id), [
      ['reserved', [0, -3, 3], [10, 7, 3], 'order'],
      ['fulfilled', [-3, 0, -3], [7, 6, 1], 'order'],
      ['returned', [2, 2, 0], [9, 8, 1], 'return'],
    ]);
    assert.deepEqual(told(chair.id), [
      ['reserved', [0, -1, 1], [5, 4, 1], 'order'],
      ['fulfilled', [-1, 0, -1], [4, 4, 0], 'order'],
    ]);
    const { id, sku, name } = lamp;
    const last = movements.at(-1);
    assert.deepEqual(last?.product, { id, sku, name });
    assert.deepEqual(last?.cause, { type: 'return', id: returnId, order_id: order.id });
    assert.equal(last?.workflow_url, `https://ui.example/temporal/namespaces/shop/workflows/return-${returnId}`);
  });

  it('gives pages whose cursors belong to this order', async () => {
    const { id: product_id } = await createProduct(api);
    const [one, two] = [
      await createOrder(api, { product_id, quantity: 1 }),
      await createOrder(api, { product_id, quantity: 1 }),
    ];
    await moveThrough(api, one.id, ['confirmed', 'cancelled']);
    const whole = await list(one.id);
    assert.equal(whole.length, 3);
    const first = await api.get<Movement[]>(`/api/orders/${one.id}/movements/?limit=2`);
    const cursor = first.json.next_cursor;
    const rest = await api.get<Movement[]>(`/api/orders/${one.id}/movements/?limit=2&cursor=${cursor}`);
    assert.deepEqual([...first.json.data, ...rest.json.data], whole);
    assert.equal(rest.json.next_cursor, null);
    assert.equal((await api.get(`/api/orders/${two.id}/movements/?cursor=${cursor}`)).status, 400);
  });

  it('is empty for an order that waits, and while an order is being placed', async () => {
    const { id: product_id } = await createProduct(api, { total_stock: 0 });
    const { id } = await createOrder(api, { product_id, quantity: 1, on_shortage: 'wait' });
    assert.deepEqual(await list(id), []);
    const idle = await startApi({ db: api.db });
    try {
      const headers = { Prefer: 'respond-async' };
      const accepted = await idle.post<{ id: string }>('/api/create-order/', { product_id, quantity: 1 }, headers);
      const placing = expectStatus(202, accepted);
      assert.deepEqual(expectStatus(200, await idle.get(`/api/orders/${placing.id}/movements/`)), []);
    } finally {
      await idle.stop();
    }
  });

  it('is 404 for an order that is not there, and 503 where Temporal cannot say so', async () => {
    for (const id of [uuidv4(), 'nonsense']) {
      const { status, json } = await api.get(`/api/orders/${id}/movements/`);
      assert.deepEqual([status, json.code], [404, 'not-found']);
    }
    const other = await startApi({ client: clientOfNobody() });
    try {
      assert.equal((await other.get(`/api/orders/${uuidv4()}/movements/`)).json.code, 'unavailable');
    } finally {
      await other.stop();
    }
  });
});
