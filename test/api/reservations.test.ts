import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import { reservationWorkflowId } from '../../src/workflows/messages.ts';
import {
  clientOfNobody,
  createOrder,
  createProduct,
  createReservation,
  expectStatus,
  startApi,
  type ProductWire,
  type ReservationWire,
  type TestApi,
} from '../support/api.ts';
import { until } from '../support/until.ts';

describe('reservations', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
    await api.startWorker();
  });
  after(() => api.stop());

  const stockOf = async ({ id }: { id: string }) => {
    const product = expectStatus(200, await api.get<ProductWire>(`/api/products/${id}/`));
    return [product.total_stock, product.available_stock, product.reserved_stock];
  };

  const end = (id: string, verb: 'confirm' | 'release') =>
    api.post<ReservationWire>(`/api/reservations/${id}/${verb}/`);

  describe('POST /api/reservations/', () => {
    it('reserves units and answers 201 with the active reservation and its address', async () => {
      const product = await createProduct(api, { total_stock: 10 });
      const body = { product_id: product.id, quantity: 4, hold_seconds: 30 };
      const { status, headers, json } = await api.post<ReservationWire>('/api/reservations/', body);
      assert.equal(status, 201);
      const { id, created_at, expires_at, ...rest } = json.data;
      assert.deepEqual(rest, {
        order_id: null,
        product_id: product.id,
        quantity: 4,
        is_active: true,
        confirmed: false,
        ended_as: null,
        extended_seconds: 0,
        allocations: [{ warehouse: 'MAIN', quantity: 4 }],
      });
      assert.equal(Date.parse(expires_at) - Date.parse(created_at), 30_000);
      assert.equal(headers.get('Location'), `/api/reservations/${id}/`);
      assert.deepEqual(await stockOf(product), [10, 6, 4]);
      assert.deepEqual((await api.get(`/api/reservations/${id}/`)).json.data, json.data);
    });

    it('refuses with 409 when there are not enough units', async () => {
      const product = await createProduct(api, { total_stock: 1 });
      const { status, json } = await api.post('/api/reservations/', { product_id: product.id, quantity: 2 });
      assert.deepEqual([status, json.code], [409, 'insufficient-stock']);
      assert.deepEqual(json['shortages'], [{ product_id: product.id, sku: product.sku, requested: 2, available: 1 }]);
    });

    it('answers 404 for a product that does not exist and 409 for one that is not for sale', async () => {
      const gone = await api.post('/api/reservations/', { product_id: uuidv4(), quantity: 1 });
      assert.deepEqual([gone.status, gone.json.code], [404, 'not-found']);
      const { id } = await createProduct(api);
      await api.request('PATCH', `/api/products/${id}/`, { body: { active: false } });
      const inactive = await api.post('/api/reservations/', { product_id: id, quantity: 1 });
      assert.deepEqual([inactive.status, inactive.json.code], [409, 'product-inactive']);
    });

    it('answers 202 while no worker runs, and at its address what became of it', async () => {
      const other = await startApi();
      try {
        const { id: productId } = await createProduct(other, { total_stock: 3 });
        const asks = [3, 4].map((quantity) =>
          other.post<{ id: string }>('/api/reservations/', { product_id: productId, quantity, hold_seconds: 60 }),
        );
        const [fits, tooMany] = await Promise.all(asks);
        for (const reply of [fits, tooMany]) {
          const { id } = expectStatus(202, reply ?? assert.fail());
          assert.deepEqual(reply?.json.data, { id, status: 'accepted', workflow_id: reservationWorkflowId(id) });
          assert.equal((await other.get(`/api/reservations/${id}/`)).status, 202);
        }
        await other.startWorker();
        const outcomes = await Promise.all(
          [fits, tooMany].map(async (reply) => {
            const address = reply?.headers.get('Location') ?? '';
            await until(async () => (await other.get(address)).status !== 202);
            const { status, json } = await other.get(address);
            return [status, json.code];
          }),
        );
        // 4 units never fit; whichever is tried first, 3 do.
        assert.deepEqual(outcomes, [
          [200, undefined],
          [409, 'insufficient-stock'],
        ]);
      } finally {
        await other.stop();
      }
    });

    it('answers 503 with its address when Temporal cannot be reached', async () => {
      const other = await startApi({ client: clientOfNobody() });
      try {
        const { status, headers } = await other.post('/api/reservations/', { product_id: uuidv4(), quantity: 1 });
        assert.equal(status, 503);
        const address = headers.get('Location') ?? '';
        assert.match(address, /^\/api\/reservations\/[0-9a-f-]{36}\/$/);
        assert.equal((await other.get(address)).status, 503);
        assert.equal((await other.post(`${address}confirm/`)).status, 503);
      } finally {
        await other.stop();
      }
    });
  });

  describe('POST /api/reservations/{id}/confirm/ and release/', () => {
    it('confirms: the units leave the stock', async () => {
      const product = await createProduct(api, { total_stock: 10 });
      const { id } = await createReservation(api, { product_id: product.id, quantity: 4 });
      const ended = expectStatus(200, await end(id, 'confirm'));
      assert.deepEqual([ended.ended_as, ended.is_active, ended.confirmed], ['confirmed', false, true]);
      assert.deepEqual(await stockOf(product), [6, 6, 0]);
    });

    it('releases: the units are available again', async () => {
      const product = await createProduct(api, { total_stock: 10 });
      const { id } = await createReservation(api, { product_id: product.id, quantity: 4 });
      const ended = expectStatus(200, await end(id, 'release'));
      assert.deepEqual([ended.ended_as, ended.is_active, ended.confirmed], ['released', false, false]);
      assert.deepEqual(await stockOf(product), [10, 10, 0]);
    });

    it('needs no body and takes an empty object, but nothing in it', async () => {
      const { id } = await createReservation(api, { product_id: (await createProduct(api)).id, quantity: 1 });
      const full = await api.post(`/api/reservations/${id}/release/`, { reason: 'x' });
      assert.deepEqual([full.status, full.json.errors?.[0]?.path], [400, '/reason']);
      assert.equal((await api.post(`/api/reservations/${id}/release/`, {})).status, 200);
    });

    it('refuses to end a reservation twice with 409, in every order', async () => {
      const product = await createProduct(api);
      for (const first of ['confirm', 'release'] as const) {
        for (const second of ['confirm', 'release'] as const) {
          const { id } = await createReservation(api, { product_id: product.id, quantity: 1 });
          expectStatus(200, await end(id, first));
          const { status, json } = await end(id, second);
          assert.deepEqual([status, json.code], [409, 'reservation-ended']);
          assert.equal(json['ended_as'], first === 'confirm' ? 'confirmed' : 'released');
        }
      }
    });

    it('ends exactly once when confirmed and released at once', async () => {
      const product = await createProduct(api, { total_stock: 10 });
      const { id } = await createReservation(api, { product_id: product.id, quantity: 4 });
      const replies = await Promise.all([end(id, 'confirm'), end(id, 'release')]);
      assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([200, 409]));
    });

    it('refuses the reservation of an order with 409: the order decides', async () => {
      const order = await createOrder(api, { product_id: (await createProduct(api)).id, quantity: 1 });
      const [reservation] = order.reservations;
      for (const verb of ['confirm', 'release'] as const) {
        const { status, json } = await end(reservation?.id ?? '', verb);
        assert.deepEqual([status, json.code, json['order_id']], [409, 'belongs-to-order', order.id]);
      }
    });

    it('answers 404 for a reservation that does not exist and for a malformed id', async () => {
      for (const id of [uuidv4(), 'nonsense']) {
        assert.equal((await end(id, 'confirm')).json.code, 'not-found');
        assert.equal((await api.get(`/api/reservations/${id}/`)).json.code, 'not-found');
      }
    });

    it('answers 503 for an active reservation whose workflow is gone', async () => {
      const { id } = await createReservation(api, { product_id: (await createProduct(api)).id, quantity: 1 });
      await api.client.workflow.getHandle(reservationWorkflowId(id)).terminate('test');
      assert.equal((await end(id, 'confirm')).json.code, 'unavailable');
    });
  });

  describe('GET /api/reservations/', () => {
    it('filters by product, order and activity, newest first', async () => {
      const product = await createProduct(api);
      const alone = await createReservation(api, { product_id: product.id, quantity: 1 });
      const order = await createOrder(api, { product_id: product.id, quantity: 1 });
      const ended = await createReservation(api, { product_id: product.id, quantity: 1 });
      expectStatus(200, await end(ended.id, 'release'));
      const [ofOrder] = order.reservations;

      const idsOf = async (query: string) =>
        expectStatus(200, await api.get<ReservationWire[]>(`/api/reservations/?product_id=${product.id}&${query}`)).map(
          ({ id }) => id,
        );
      assert.deepEqual(await idsOf(''), [ended.id, ofOrder?.id, alone.id]);
      assert.deepEqual(await idsOf('is_active=true'), [ofOrder?.id, alone.id]);
      assert.deepEqual(await idsOf('is_active=false'), [ended.id]);
      assert.deepEqual(await idsOf(`order_id=${order.id}`), [ofOrder?.id]);
    });

    it('gives pages', async () => {
      const product = await createProduct(api);
      const made = new Set<string>();
      for (let index = 0; index < 5; index++) {
        made.add((await createReservation(api, { product_id: product.id, quantity: 1 })).id);
      }
      const seen: string[] = [];
      let cursor = '';
      do {
        const query = `product_id=${product.id}&limit=2${cursor && `&cursor=${cursor}`}`;
        const { json } = await api.get<ReservationWire[]>(`/api/reservations/?${query}`);
        seen.push(...json.data.map(({ id }) => id));
        cursor = json.next_cursor ?? '';
      } while (cursor !== '');
      assert.equal(seen.length, 5);
      assert.deepEqual(new Set(seen), made);
    });
  });
});
