import assert from 'node:assert/strict';
import {
  createOrder,
  createProduct,
  createWarehouse,
  expectStatus,
  moveThrough,
  startApi,
  type OrderWire,
  type TestApi,
} from '../support/api.ts';
import { assertBooksBalance } from '../support/books.ts';
import { until } from '../support/until.ts';

describe('POST /api/create-order/ when there are not enough units', () => {
  let api: TestApi;
  before(async () => {
    api = await startApi();
    await api.startWorker();
  });
  after(() => api.stop());
  afterEach(() => assertBooksBalance(api.db));

  describe('with on_shortage partial', () => {
    it('takes what there is of each line; the lines say what was ordered, and the total covers what was reserved', async () => {
      const lamps = await createProduct(api, { total_stock: 3, price: '10.00' });
      const cups = await createProduct(api, { total_stock: 0, price: '2.00' });
      const items = [
        { product_id: lamps.id, quantity: 5 },
        { product_id: cups.id, quantity: 2 },
      ];
      const order = await createOrder(api, { items, on_shortage: 'partial' });
      const { status, on_shortage, quantity, total, waiting } = order;
      assert.deepEqual([status, on_shortage, quantity, total, waiting], ['pending', 'partial', 3, '30.00', null]);
      assert.deepEqual(
        order.lines.map((line) => [line.ordered_quantity, line.reserved_quantity, line.quantity, line.line_total]),
        [
          [5, 3, 3, '30.00'],
          [2, 0, 0, '0.00'],
        ],
      );
      assert.deepEqual(
        order.reservations.map(({ product_id, quantity: units }) => [product_id, units]),
        [[lamps.id, 3]],
      );
      await moveThrough(api, order.id, ['confirmed', 'processing', 'shipped', 'delivered']);
    });

    it('is an order like any other when there is enough', async () => {
      const product = await createProduct(api, { total_stock: 3 });
      const { lines } = await createOrder(api, { product_id: product.id, quantity: 2, on_shortage: 'partial' });
      assert.deepEqual([lines[0]?.ordered_quantity, lines[0]?.reserved_quantity], [2, 2]);
    });

    it('is refused when there is nothing at all', async () => {
      const product = await createProduct(api, { total_stock: 0 });
      const refused = await api.post('/api/create-order/', {
        product_id: product.id,
        quantity: 1,
        on_shortage: 'partial',
      });
      assert.deepEqual([refused.status, refused.json.code], [409, 'insufficient-stock']);
    });

    it('takes what the one warehouse has that can give the most, when it asks for a single one', async () => {
      await createWarehouse(api, { code: 'PARTIAL-2', priority: 900 });
      const stock = [
        { warehouse: 'MAIN', quantity: 2 },
        { warehouse: 'PARTIAL-2', quantity: 4 },
      ];
      const product = await createProduct(api, { total_stock: undefined, stock });
      const asked = { product_id: product.id, quantity: 9, on_shortage: 'partial', allocation: 'single' };
      const { reservations, quantity } = await createOrder(api, asked);
      assert.equal(quantity, 4);
      assert.deepEqual(reservations[0]?.allocations, [{ warehouse: 'PARTIAL-2', quantity: 4 }]);
    });
  });

  describe('with on_shortage wait', () => {
    /** A product whose units somebody holds, and an order that waits for some of them. */
    async function waitingOrder(
      fields: object = {},
    ): Promise<{ holder: OrderWire; waiting: OrderWire; productId: string }> {
      const { id: productId } = await createProduct(api, { total_stock: 2 });
      const holder = await createOrder(api, { product_id: productId, quantity: 2 });
      const asked = { product_id: productId, quantity: 2, on_shortage: 'wait', ...fields };
      return { holder, waiting: await createOrder(api, asked), productId };
    }

    const served = (id: string) => async () => {
      const { json } = await api.get<OrderWire>(`/api/orders/${id}/`);
      return json.data.waiting === null && json.data.status === 'pending';
    };

    it('is placed without units: pending, with its place in the list, and without an end of its hold', async () => {
      const { waiting, productId } = await waitingOrder({ wait_seconds: 600 });
      const { status, quantity, total, reservations, expires_at, lines } = waiting;
      assert.deepEqual([status, quantity, total, reservations, expires_at], ['pending', 2, '25.00', [], null]);
      assert.deepEqual([lines[0]?.ordered_quantity, lines[0]?.reserved_quantity], [2, 0]);
      assert.equal(waiting.waiting?.position, 1);
      assert.equal(Date.parse(waiting.waiting?.until ?? '') - Date.parse(waiting.created_at), 600_000);
      const { json } = await api.get<Record<string, unknown>>(`/api/products/${productId}/`);
      assert.deepEqual([json.data['available_stock'], json.data['reserved_stock']], [0, 2]);
    });

    it('waits for an hour when it does not say how long', async () => {
      const { waiting } = await waitingOrder();
      assert.equal(Date.parse(waiting.waiting?.until ?? '') - Date.parse(waiting.created_at), 3_600_000);
    });

    it('is served when the units are given back, and its normal hold begins then', async () => {
      const { holder, waiting } = await waitingOrder({ hold_seconds: 300 });
      await moveThrough(api, holder.id, ['cancelled']);
      await until(served(waiting.id));
      const { json } = await api.get<OrderWire>(`/api/orders/${waiting.id}/`);
      const [reservation] = json.data.reservations;
      assert.equal(Date.parse(json.data.expires_at ?? '') - Date.parse(reservation?.created_at ?? ''), 300_000);
      await moveThrough(api, waiting.id, ['confirmed']);
    });

    it('cannot be confirmed before, and says until when it waits', async () => {
      const { waiting } = await waitingOrder();
      const { status, json } = await api.post(`/api/orders/${waiting.id}/transition/`, { new_status: 'confirmed' });
      assert.deepEqual([status, json.code, json['order_id']], [409, 'not-reserved', waiting.id]);
      assert.equal(json['until'], waiting.waiting?.until);
    });

    it('ignores a confirmation that nobody waits for, until it is served', async () => {
      const { holder, waiting } = await waitingOrder();
      const sent = await api.post(
        `/api/orders/${waiting.id}/transition/`,
        { new_status: 'confirmed' },
        { Prefer: 'respond-async' },
      );
      assert.equal(sent.status, 202);
      await moveThrough(api, holder.id, ['cancelled']);
      await until(served(waiting.id));
    });

    it('can be cancelled, and the next one has its place', async () => {
      const { waiting, productId } = await waitingOrder();
      const next = await createOrder(api, { product_id: productId, quantity: 1, on_shortage: 'wait' });
      assert.equal(next.waiting?.position, 2);
      await moveThrough(api, waiting.id, ['cancelled']);
      const left = await api.get<OrderWire>(`/api/orders/${waiting.id}/`);
      assert.deepEqual([left.json.data.cancel_reason, left.json.data.waiting], ['requested', null]);
      const { json } = await api.get<OrderWire>(`/api/orders/${next.id}/`);
      assert.equal(json.data.waiting?.position, 1);
    });

    it('is cancelled as not-available when its time is over', async () => {
      const { waiting } = await waitingOrder({ wait_seconds: 1 });
      const look = async () => (await api.get<OrderWire>(`/api/orders/${waiting.id}/`)).json.data;
      await until(async () => (await look()).status === 'cancelled', 20_000);
      const { cancel_reason, expires_at } = await look();
      assert.deepEqual([cancel_reason, expires_at], ['not-available', null]);
    });

    it('is an order like any other when there is enough and nobody waits', async () => {
      const product = await createProduct(api, { total_stock: 1 });
      const { waiting, expires_at } = await createOrder(api, {
        product_id: product.id,
        quantity: 1,
        on_shortage: 'wait',
      });
      assert.deepEqual([waiting, expires_at === null], [null, false]);
    });

    it('keeps newcomers away from units that are free, and tells them how many wait', async () => {
      const { holder, productId } = await waitingOrder({ quantity: 5 });
      await moveThrough(api, holder.id, ['cancelled']);
      const shortages = [{ product_id: productId, requested: 1, available: 0, waiting: 1 }];
      for (const path of ['/api/create-order/', '/api/reservations/']) {
        const { status, json } = await api.post(path, { product_id: productId, quantity: 1 });
        assert.deepEqual([status, json.code], [409, 'insufficient-stock']);
        const told = (json['shortages'] as Record<string, unknown>[]).map(
          ({ product_id, requested, available, waiting }) => {
            return { product_id, requested, available, waiting };
          },
        );
        assert.deepEqual(told, shortages);
        assert.match(json.detail ?? '', /1 order waits for it/);
      }
      const partial = { product_id: productId, quantity: 1, on_shortage: 'partial' };
      assert.equal((await api.post('/api/create-order/', partial)).json.code, 'insufficient-stock');
      const plans = await api.post<{ plans: { possible: boolean; passed_over: { reason: string }[] }[] }>(
        '/api/fulfilment-plans/',
        { product_id: productId, quantity: 1 },
      );
      for (const { possible, passed_over } of expectStatus(200, plans).plans) {
        assert.equal(possible, false);
        assert.deepEqual(
          passed_over.map(({ reason }) => reason),
          ['waited-for'],
        );
      }
    });

    it('answers a repeat with its key as it answered first, also when it has been served since', async () => {
      const { id: productId } = await createProduct(api, { total_stock: 0 });
      const body = { product_id: productId, quantity: 1, on_shortage: 'wait' };
      const headers = { 'Idempotency-Key': `waits-for-${productId}` };
      const first = await api.post<OrderWire>('/api/create-order/', body, headers);
      assert.equal(first.json.data.waiting?.position, 1);
      await api.post(`/api/products/${productId}/adjust-stock/`, { delta: 1, reason: 'delivery' });
      await until(served(first.json.data.id));
      const again = await api.post<OrderWire>('/api/create-order/', body, headers);
      assert.deepEqual([again.status, again.json.data], [201, first.json.data]);
      assert.equal(again.headers.get('Idempotent-Replayed'), 'true');
      const other = await api.post('/api/create-order/', { ...body, wait_seconds: 5 }, headers);
      assert.equal(other.status, 422);
    });

    for (const [what, fields, path] of [
      ['several products', { items: 'two', on_shortage: 'wait' }, '/on_shortage'],
      ['a wait and nothing to wait for', { wait_seconds: 5 }, '/wait_seconds'],
      ['a wait of a partial order', { on_shortage: 'partial', wait_seconds: 5 }, '/wait_seconds'],
      ['no time at all', { on_shortage: 'wait', wait_seconds: 0 }, '/wait_seconds'],
      ['more than a week', { on_shortage: 'wait', wait_seconds: 604_801 }, '/wait_seconds'],
      ['another word', { on_shortage: 'backorder' }, '/on_shortage'],
    ] as const) {
      it(`is refused for ${what}`, async () => {
        const [one, two] = [await createProduct(api), await createProduct(api)];
        const items = [one, two].map(({ id }) => ({ product_id: id, quantity: 1 }));
        const wanted = 'items' in fields ? { ...fields, items } : { ...fields, product_id: one.id, quantity: 1 };
        const { status, json } = await api.post('/api/create-order/', wanted);
        assert.equal(status, 400);
        assert.deepEqual(
          json.errors?.map((error) => error.path),
          [path],
        );
      });
    }

    it('takes the same product twice for one line', async () => {
      const { id } = await createProduct(api, { total_stock: 1 });
      const items = [1, 1].map((quantity) => ({ product_id: id, quantity }));
      const { waiting, lines } = await createOrder(api, { items, on_shortage: 'wait' });
      assert.deepEqual([waiting?.position, lines.length, lines[0]?.quantity], [1, 1, 2]);
    });
  });
});
