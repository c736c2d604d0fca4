import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import { orderWorkflowId } from '../../src/workflows/messages.ts';
import {
  clientOfNobody,
  createOrder,
  createProduct,
  expectStatus,
  startApi,
  type OrderWire,
  type ProductWire,
  type TestApi,
} from '../support/api.ts';
import { until } from '../support/until.ts';

describe('POST /api/create-order/', () => {
  let api: TestApi;

  const place = (body: object, headers = {}) => api.post<OrderWire>('/api/create-order/', body, headers);

  const stockOf = async ({ id }: { id: string }) => {
    const product = expectStatus(200, await api.get<ProductWire>(`/api/products/${id}/`));
    return [product.total_stock, product.available_stock, product.reserved_stock];
  };

  describe('with a worker', () => {
    before(async () => {
      api = await startApi();
      await api.startWorker();
    });
    after(() => api.stop());

    it('places one product and answers 201 with the pending order and its address', async () => {
      const product = await createProduct(api, { price: '12.50', total_stock: 10 });
      const request = { product_id: product.id, quantity: 3, reference: 'cart 7', hold_seconds: 60 };
      const { status, headers, json } = await place(request, { 'X-Actor': 'anna' });
      assert.equal(status, 201);
      const { id, created_at, updated_at, expires_at, reservations, ...rest } = json.data;
      assert.deepEqual(rest, {
        status: 'pending',
        reference: 'cart 7',
        quantity: 3,
        total: '37.50',
        currency: 'EUR',
        allocation: 'priority',
        region: null,
        lines: [
          {
            line: 1,
            product: { id: product.id, sku: product.sku, name: 'Lamp' },
            quantity: 3,
            ordered_quantity: 3,
            reserved_quantity: 3,
            returned: 0,
            unit_price: '12.50',
            line_total: '37.50',
          },
        ],
        cancel_reason: null,
        on_shortage: 'reject',
        waiting: null,
        rescued_from: null,
        rescued_by: null,
        placed_by: 'anna',
        workflow_id: orderWorkflowId(id),
      });
      assert.equal(headers.get('Location'), `/api/orders/${id}/`);
      assert.equal(updated_at, created_at);
      assert.equal(Date.parse(expires_at ?? '') - Date.parse(created_at), 60_000);
      assert.equal(reservations.length, 1);
      assert.deepEqual(reservations[0]?.allocations, [{ warehouse: 'MAIN', quantity: 3 }]);
      assert.equal(reservations[0]?.order_id, id);
      assert.deepEqual(await stockOf(product), [10, 7, 3]);
      assert.deepEqual((await api.get(`/api/orders/${id}/`)).json.data, json.data);
    });

    it('holds for EARMARK_HOLD_SECONDS when the request names no hold', async () => {
      const { created_at, expires_at } = await createOrder(api, {
        product_id: (await createProduct(api)).id,
        quantity: 1,
      });
      assert.equal(Date.parse(expires_at ?? '') - Date.parse(created_at), 600_000);
    });

    it('places several items with a line each, and the same product twice as one line', async () => {
      const [one, two] = [await createProduct(api, { price: 1 }), await createProduct(api, { price: 2 })];
      const order = await createOrder(api, {
        items: [
          { product_id: one.id, quantity: 1 },
          { product_id: two.id, quantity: 5 },
          { product_id: one.id.toUpperCase(), quantity: 2 },
        ],
      });
      assert.deepEqual(
        order.lines.map(({ product, quantity, line_total }) => [product.id, quantity, line_total]),
        [
          [one.id, 3, '3.00'],
          [two.id, 5, '10.00'],
        ],
      );
      assert.deepEqual([order.quantity, order.total], [8, '13.00']);
    });

    it('is shown in the Web UI with a summary of what was asked for', async () => {
      const product = await createProduct(api);
      const { json } = await place({ product_id: product.id, quantity: 2 }, { 'X-Actor': 'anna' });
      const description = await api.client.workflow.getHandle(json.data.workflow_id).describe();
      assert.equal(await description.staticSummary(), '2 units of a product, placed by anna');
    });

    it('refuses all lines with 409 when one falls short, and names each shortage', async () => {
      const [plenty, few] = [await createProduct(api), await createProduct(api, { total_stock: 2 })];
      const { status, json } = await place({
        items: [
          { product_id: plenty.id, quantity: 1 },
          { product_id: few.id, quantity: 3 },
        ],
      });
      assert.equal(status, 409);
      assert.equal(json.code, 'insufficient-stock');
      assert.deepEqual(json['shortages'], [{ product_id: few.id, sku: few.sku, requested: 3, available: 2 }]);
      assert.deepEqual(await stockOf(plenty), [100, 100, 0]);
    });

    it('answers 404 for a product that does not exist', async () => {
      const { status, json } = await place({ product_id: uuidv4(), quantity: 1 });
      assert.equal(status, 404);
      assert.equal(json.code, 'not-found');
    });

    it('refuses a product that is not for sale with 409', async () => {
      const product = await createProduct(api);
      await api.request('PATCH', `/api/products/${product.id}/`, { body: { active: false } });
      const { status, json } = await place({ product_id: product.id, quantity: 1 });
      assert.equal(status, 409);
      assert.deepEqual([json.code, json['product_id'], json['sku']], ['product-inactive', product.id, product.sku]);
    });

    it('sells no unit twice when fifty buyers want five at once', async () => {
      const product = await createProduct(api, { total_stock: 5 });
      const body = { product_id: product.id, quantity: 1, hold_seconds: 86_400 };
      // A slow machine may accept some without an answer in time, or have no time for them: the same again tells what became of it.
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, async () => {
          const headers = { 'Idempotency-Key': uuidv4() };
          let status = 0;
          const decided = async () => {
            ({ status } = await api.post('/api/create-order/', body, headers));
            return status !== 202 && status !== 503;
          };
          await until(decided, 25_000);
          return status;
        }),
      );
      assert.deepEqual(
        [201, 409].map((status) => outcomes.filter((outcome) => outcome === status).length),
        [5, 45],
      );
      assert.deepEqual(await stockOf(product), [5, 0, 5]);
    });
  });

  describe('without a worker', () => {
    beforeEach(async () => {
      api = await startApi();
    });
    afterEach(() => api.stop());

    it('answers 202 with the address of the order, where it is placed once a worker runs', async () => {
      const product = await createProduct(api);
      const { status, headers, json } = await api.post<{ id: string }>('/api/create-order/', {
        product_id: product.id,
        quantity: 2,
      });
      const { id } = json.data;
      const address = `/api/orders/${id}/`;
      assert.equal(status, 202);
      assert.deepEqual(json.data, { id, status: 'accepted', workflow_id: orderWorkflowId(id) });
      assert.equal(headers.get('Location'), address);

      const pending = await api.get(address);
      assert.equal(pending.status, 202);
      assert.deepEqual(pending.json.data, json.data);
      const audit = await api.get(`${address}audit/`);
      assert.deepEqual([audit.status, audit.json.data], [200, []]);

      await api.startWorker();
      await until(async () => (await api.get(address)).status === 200);
      assert.equal((await api.get<OrderWire>(address)).json.data.status, 'pending');
      assert.deepEqual(await stockOf(product), [100, 98, 2]);
    });

    it('answers 202, and at the address of the order later the refusal that it met', async () => {
      const product = await createProduct(api, { total_stock: 1 });
      const asks = [
        { body: { product_id: product.id, quantity: 2 }, refusal: [409, 'insufficient-stock'] },
        { body: { product_id: uuidv4(), quantity: 1 }, refusal: [404, 'not-found'] },
      ];
      const accepted = await Promise.all(asks.map(({ body }) => place(body)));
      assert.deepEqual(
        accepted.map(({ status }) => status),
        [202, 202],
      );
      await api.startWorker();
      for (const [index, { refusal }] of asks.entries()) {
        const address = accepted[index]?.headers.get('Location') ?? '';
        await until(async () => (await api.get(address)).status !== 202);
        const { status, json } = await api.get(address);
        assert.deepEqual([status, json.code], refusal);
        // Refused orders have no story, and nothing to move.
        assert.equal((await api.get(`${address}audit/`)).status, 404);
        const moved = await api.post(`${address}transition/`, { new_status: 'confirmed' });
        assert.deepEqual([moved.status, moved.json.code], [404, 'not-found']);
      }
    });
  });

  describe('without Temporal', () => {
    before(async () => {
      api = await startApi({ client: clientOfNobody() });
    });
    after(() => api.stop());

    it('answers 503 within three seconds, with the address that tells whether it was placed after all', async () => {
      const began = performance.now();
      const { status, headers, json } = await place({ product_id: uuidv4(), quantity: 1 });
      assert.ok(performance.now() - began < 3_500);
      assert.deepEqual([status, json.code], [503, 'unavailable']);
      assert.match(headers.get('Location') ?? '', /^\/api\/orders\/[0-9a-f-]{36}\/$/);
    });
  });
});
