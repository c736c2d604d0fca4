import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import {
  createOrder,
  createProduct,
  createWarehouse,
  expectStatus,
  moveThrough,
  startApi,
  transferStock,
  type OrderWire,
  type TestApi,
} from '../support/api.ts';
import { assertBooksBalance } from '../support/books.ts';
import { until } from '../support/until.ts';

interface WaitingWire {
  readonly position: number;
  readonly order_id: string;
  readonly quantity: number;
  readonly placed_by: string;
  readonly joined_at: string;
  readonly until: string;
}

describe('The waiting list of a product', () => {
  let api: TestApi;
  before(async () => {
    api = await startApi();
    await api.startWorker();
  });
  after(() => api.stop());
  afterEach(() => assertBooksBalance(api.db));

  const wait = (productId: string, fields: object = {}) =>
    createOrder(api, { product_id: productId, quantity: 1, on_shortage: 'wait', ...fields });

  describe('GET /api/products/{id}/waiting-list/', () => {
    it('has who waits, in the order in which they are served, page by page', async () => {
      const { id } = await createProduct(api, { total_stock: 0 });
      const orders: OrderWire[] = [];
      for (const quantity of [3, 1, 2]) orders.push(await wait(id, { quantity, wait_seconds: 600 }));
      const first = await api.get<WaitingWire[]>(`/api/products/${id}/waiting-list/?limit=2`);
      const cursor = first.json.next_cursor;
      assert.equal(typeof cursor, 'string');
      const second = await api.get<WaitingWire[]>(`/api/products/${id}/waiting-list/?limit=2&cursor=${cursor}`);
      assert.equal(second.json.next_cursor, null);
      const listed = [...first.json.data, ...second.json.data];
      assert.deepEqual(
        listed.map(({ position, order_id, quantity, placed_by }) => [position, order_id, quantity, placed_by]),
        orders.map((order, index) => [index + 1, order.id, order.quantity, 'anonymous']),
      );
      assert.deepEqual([listed[0]?.joined_at, listed[0]?.until], [orders[0]?.created_at, orders[0]?.waiting?.until]);
      // The position counts the whole list, also on a later page, and moves up.
      await moveThrough(api, orders[0]?.id ?? '', ['cancelled']);
      const after = await api.get<WaitingWire[]>(`/api/products/${id}/waiting-list/?limit=2&cursor=${cursor}`);
      assert.deepEqual(
        after.json.data.map(({ position }) => position),
        [2],
      );
    });

    it('is empty when nobody waits, and 404 without such a product', async () => {
      const { id } = await createProduct(api);
      assert.deepEqual(expectStatus(200, await api.get(`/api/products/${id}/waiting-list/`)), []);
      const missing = await api.get(`/api/products/${v7()}/waiting-list/`);
      assert.deepEqual([missing.status, missing.json.code], [404, 'not-found']);
    });

    it('does not take the cursor of another product, nor a damaged one', async () => {
      const [one, two] = [await createProduct(api, { total_stock: 0 }), await createProduct(api, { total_stock: 0 })];
      await wait(one.id);
      await wait(one.id);
      const { json } = await api.get(`/api/products/${one.id}/waiting-list/?limit=1`);
      for (const path of [
        `/api/products/${two.id}/waiting-list/?cursor=${json.next_cursor}`,
        `/api/products/${one.id}/waiting-list/?cursor=x${json.next_cursor}`,
      ]) {
        assert.equal((await api.get(path)).status, 400, path);
      }
    });
  });

  describe('is served by what the API itself brings into stock:', () => {
    let east = '';
    before(async () => {
      east = (await createWarehouse(api, { code: 'WAIT-EAST', priority: 900 })).code;
    });

    const isServed = (id: string) => async () => {
      const { json } = await api.get<OrderWire>(`/api/orders/${id}/`);
      return json.data.waiting === null && json.data.status === 'pending';
    };

    it('a count', async () => {
      const { id } = await createProduct(api, { total_stock: 0 });
      const order = await wait(id, { quantity: 2 });
      expectStatus(200, await api.post(`/api/products/${id}/adjust-stock/`, { delta: 1, reason: 'delivery' }));
      expectStatus(200, await api.post(`/api/products/${id}/adjust-stock/`, { set_to: 2, reason: 'delivery' }));
      await until(isServed(order.id));
    });

    it('a count with a key, and no more by its repeat', async () => {
      const { id } = await createProduct(api, { total_stock: 0 });
      const order = await wait(id);
      const headers = { 'Idempotency-Key': `count-of-${id}` };
      const count = () => api.post(`/api/products/${id}/adjust-stock/`, { delta: 1, reason: 'delivery' }, headers);
      expectStatus(200, await count());
      await until(isServed(order.id));
      assert.equal((await count()).headers.get('Idempotent-Replayed'), 'true');
    });

    it('a transfer, for an order that wants all of one warehouse', async () => {
      const stock = [
        { warehouse: 'MAIN', quantity: 1 },
        { warehouse: east, quantity: 1 },
      ];
      const { id } = await createProduct(api, { total_stock: undefined, stock });
      const order = await wait(id, { quantity: 2, allocation: 'single' });
      assert.equal(order.waiting?.position, 1);
      await transferStock(api, { product_id: id, from: east, to: 'MAIN' });
      await until(isServed(order.id));
    });

    it('a list of stock levels', async () => {
      const { id, sku } = await createProduct(api, { total_stock: 0 });
      const order = await wait(id);
      const body = [{ sku, set_to: 1, reason: 'yearly count' }];
      expectStatus(200, await api.request('PUT', '/api/stock-levels/', { body }));
      await until(isServed(order.id));
    });

    it('a product that is for sale again', async () => {
      const { id } = await createProduct(api, { total_stock: 0 });
      const order = await wait(id);
      expectStatus(200, await api.request('PATCH', `/api/products/${id}/`, { body: { active: false } }));
      expectStatus(200, await api.post(`/api/products/${id}/adjust-stock/`, { delta: 1, reason: 'delivery' }));
      assert.equal(await isServed(order.id)(), false);
      expectStatus(200, await api.request('PATCH', `/api/products/${id}/`, { body: { active: true } }));
      await until(isServed(order.id));
    });

    it('a warehouse that is active again', async () => {
      const { code } = await createWarehouse(api, { code: 'WAIT-CLOSED', priority: 950, active: false });
      const { id } = await createProduct(api, { total_stock: undefined, stock: [{ warehouse: code, quantity: 1 }] });
      const order = await wait(id);
      expectStatus(200, await api.request('PATCH', `/api/warehouses/${code}/`, { body: { active: true } }));
      await until(isServed(order.id));
    });

    it('units that are sent back', async () => {
      const { id } = await createProduct(api, { total_stock: 1 });
      const sold = await createOrder(api, { product_id: id, quantity: 1 });
      await moveThrough(api, sold.id, ['confirmed', 'processing', 'shipped', 'delivered']);
      const order = await wait(id);
      const back = { line: 1, quantity: 1, restock: true, reason: 'too small' };
      expectStatus(201, await api.post(`/api/orders/${sold.id}/returns/`, back));
      await until(isServed(order.id));
    });
  });
});
