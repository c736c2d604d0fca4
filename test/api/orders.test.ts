import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import { orderSorts } from '../../src/persistence/order-lists.ts';
import {
  clientOfNobody,
  createOrder,
  createProduct,
  expectStatus,
  moveThrough,
  startApi,
  type OrderWire,
  type TestApi,
} from '../support/api.ts';
import { insertOrderRows } from '../support/order-rows.ts';

describe('GET /api/orders/', () => {
  let api: TestApi;
  let productId: string;

  before(async () => {
    api = await startApi();
    productId = (await createProduct(api)).id;
  });
  after(() => api.stop());

  const idsOf = async (query: string) =>
    expectStatus(200, await api.get<OrderWire[]>(`/api/orders/?limit=100&${query}`)).map(({ id }) => id);

  describe('filters', () => {
    let ids: string[];
    let otherProduct: string;
    let otherOrder: string;

    before(async () => {
      ids = await insertOrderRows(api.db, productId, [
        { createdAt: '2026-01-31T23:59:59.999Z', status: 'delivered', totalMinor: 1000, reference: 'f-first' },
        { createdAt: '2026-02-01T00:00:00.000Z', status: 'pending', totalMinor: 2000 },
        { createdAt: '2026-02-01T23:59:59.999Z', status: 'cancelled', totalMinor: 3000 },
        { createdAt: '2026-02-02T00:00:00.000Z', status: 'delivered', totalMinor: 4000, reference: 'f-last' },
      ]);
      otherProduct = (await createProduct(api)).id;
      [otherOrder = ''] = await insertOrderRows(api.db, otherProduct, [
        { createdAt: '2026-02-03T00:00:00.000Z', totalMinor: 5000 },
      ]);
    });

    const cases: readonly { query: string; what: string; expected: readonly number[] }[] = [
      { query: 'status=pending', what: 'one status', expected: [1] },
      { query: 'status=pending,cancelled', what: 'several statuses', expected: [2, 1] },
      { query: 'reference=f-last', what: 'the reference', expected: [3] },
      { query: 'min_total=20.00&max_total=30', what: 'totals, both inclusive', expected: [2, 1] },
      { query: 'max_total=19.99', what: 'a largest total', expected: [0] },
      { query: 'start_date=2026-02-01', what: 'a first day from its beginning', expected: [3, 2, 1] },
      { query: 'end_date=2026-02-01', what: 'a last day to its end', expected: [2, 1, 0] },
      { query: 'start_date=2026-02-01&end_date=2026-02-01', what: 'one day', expected: [2, 1] },
      { query: 'end_date=2026-02-01T00:00:00Z', what: 'an end in time, exclusive', expected: [0] },
      { query: 'start_date=2026-02-01T23:59:59.999Z', what: 'a start in time, inclusive', expected: [3, 2] },
      { query: 'start_date=2026-02-01T23:59:59.9991Z', what: 'a start between two milliseconds', expected: [3] },
      { query: 'end_date=2026-02-01T01:00:00%2B01:00', what: 'a time with an offset', expected: [0] },
      { query: 'status=delivered&min_total=40', what: 'several things at once', expected: [3] },
      { query: 'status=shipped', what: 'something that no order has', expected: [] },
    ];
    for (const { query, what, expected } of cases) {
      it(`take ${what}: ${query}`, async () => {
        const found = await idsOf(`product_id=${productId}&${query}`);
        assert.deepEqual(
          found,
          expected.map((index) => ids[index]),
        );
      });
    }

    it('take the product of a line', async () => {
      assert.deepEqual(await idsOf(`product_id=${otherProduct}`), [otherOrder]);
    });

    it('take the first and the last day and the largest amount there is', async () => {
      const all = 'start_date=0001-01-01&end_date=9999-12-31&min_total=0&max_total=999999999999999.99';
      assert.equal((await idsOf(`product_id=${productId}&${all}`)).length, ids.length);
      assert.deepEqual(await idsOf('start_date=9999-12-31T23:59:59.9999Z'), []);
    });

    it('sort by creation and by total in both directions, newest first when nothing is said', async () => {
      const [a, b, c, d] = ids;
      const sorted = { '': [d, c, b, a], created_at: [a, b, c, d], '-created_at': [d, c, b, a] };
      for (const [sort, expected] of Object.entries({ ...sorted, total: [a, b, c, d], '-total': [d, c, b, a] })) {
        assert.deepEqual(await idsOf(`product_id=${productId}${sort && `&sort=${sort}`}`), expected, sort);
      }
    });
  });

  describe('pages', () => {
    const amount = 200;
    let all: ReadonlySet<string>;
    let pagedProduct: string;

    before(async () => {
      pagedProduct = (await createProduct(api)).id;
      const rows = Array.from({ length: amount }, (_, index) => ({
        createdAt: '2026-03-01T12:00:00.123Z',
        totalMinor: 100 * (index % 3),
      }));
      all = new Set(await insertOrderRows(api.db, pagedProduct, rows));
    });

    /** Follows the cursors from the first page to the last. */
    const readAll = async (sort: string, limit: number): Promise<string[]> => {
      const seen: string[] = [];
      let cursor = '';
      do {
        const query = `product_id=${pagedProduct}&sort=${sort}&limit=${limit}${cursor && `&cursor=${cursor}`}`;
        const { json } = await api.get<OrderWire[]>(`/api/orders/?${query}`);
        seen.push(...json.data.map(({ id }) => id));
        assert.ok(json.data.length === limit || json.next_cursor === null, 'a page before the last is short');
        cursor = json.next_cursor ?? '';
      } while (cursor !== '');
      return seen;
    };

    for (const sort of orderSorts) {
      it(`show ${amount} orders of one millisecond once each, at every page size, sorted by ${sort}`, async function () {
        this.timeout(60_000);
        const expected = (await idsOf(`product_id=${pagedProduct}&sort=${sort}`)).slice(0, 100);
        const sizes = Array.from({ length: 100 }, (_, index) => index + 1);
        const readers = Array.from({ length: 4 }, async () => {
          for (let size = sizes.shift(); size !== undefined; size = sizes.shift()) {
            const seen = await readAll(sort, size);
            assert.equal(seen.length, amount, `with ${size} a page`);
            assert.deepEqual(new Set(seen), all, `with ${size} a page`);
            assert.deepEqual(seen.slice(0, 100), expected, `with ${size} a page`);
          }
        });
        await Promise.all(readers);
      });
    }

    it('go on with another limit from the same cursor', async () => {
      const first = await api.get<OrderWire[]>(`/api/orders/?product_id=${pagedProduct}&limit=1`);
      const rest = await api.get<OrderWire[]>(
        `/api/orders/?product_id=${pagedProduct}&limit=100&cursor=${first.json.next_cursor}`,
      );
      assert.equal(rest.json.data.length, 100);
      assert.ok(!rest.json.data.some(({ id }) => id === first.json.data[0]?.id));
    });

    it('refuse the cursor of another list, sort or filter, and a damaged one', async () => {
      const { json } = await api.get(`/api/orders/?product_id=${pagedProduct}&limit=1`);
      const cursor = json.next_cursor ?? '';
      const damaged = `${cursor.slice(0, -2)}${cursor.endsWith('AA') ? 'BB' : 'AA'}`;
      for (const path of [
        `/api/orders/?product_id=${pagedProduct}&sort=total&cursor=${cursor}`,
        `/api/orders/?product_id=${productId}&cursor=${cursor}`,
        `/api/orders/?cursor=${cursor}`,
        `/api/reservations/?product_id=${pagedProduct}&cursor=${cursor}`,
        `/api/orders/?product_id=${pagedProduct}&cursor=${damaged}`,
        `/api/orders/?product_id=${pagedProduct}&cursor=`,
      ]) {
        const { status, json } = await api.get(path);
        assert.deepEqual([status, json.code, json.errors?.[0]?.path], [400, 'validation-failed', '?cursor'], path);
      }
    });
  });
});

describe('GET /api/orders/{id}/', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
    await api.startWorker();
  });
  after(() => api.stop());

  it('shows an order at each point of its life', async () => {
    const product = await createProduct(api);
    const { id } = await createOrder(api, { product_id: product.id, quantity: 2 });
    await moveThrough(api, id, ['confirmed', 'processing', 'shipped', 'delivered']);
    const order = expectStatus(200, await api.get<OrderWire>(`/api/orders/${id}`));
    assert.deepEqual([order.status, order.cancel_reason], ['delivered', null]);
    assert.deepEqual(
      order.reservations.map(({ is_active, confirmed, ended_as }) => ({ is_active, confirmed, ended_as })),
      [{ is_active: false, confirmed: true, ended_as: 'confirmed' }],
    );
  });

  it('says why an order was cancelled', async () => {
    const { id } = await createOrder(api, { product_id: (await createProduct(api)).id, quantity: 1 });
    await moveThrough(api, id, ['cancelled']);
    assert.equal((await api.get<OrderWire>(`/api/orders/${id}/`)).json.data.cancel_reason, 'requested');
  });

  it('finds an order by its id in upper case', async () => {
    const { id } = await createOrder(api, { product_id: (await createProduct(api)).id, quantity: 1 });
    assert.equal((await api.get<OrderWire>(`/api/orders/${id.toUpperCase()}/`)).json.data.id, id);
  });

  it('answers 404 for an order that does not exist and for a malformed id', async () => {
    for (const id of [uuidv4(), 'nonsense']) {
      assert.deepEqual((await api.get(`/api/orders/${id}/`)).json.code, 'not-found');
      assert.deepEqual((await api.get(`/api/orders/${id}/audit/`)).json.code, 'not-found');
    }
  });

  it('answers 503 when there is no row and Temporal cannot be asked', async () => {
    const other = await startApi({ client: clientOfNobody() });
    try {
      for (const path of ['', 'audit/']) {
        assert.equal((await other.get(`/api/orders/${uuidv4()}/${path}`)).json.code, 'unavailable');
      }
    } finally {
      await other.stop();
    }
  });

  describe('audit/', () => {
    it('tells the story of the order and its reservations, oldest first, in pages', async () => {
      const { id } = await createOrder(api, { product_id: (await createProduct(api)).id, quantity: 1 });
      await moveThrough(api, id, ['confirmed', 'cancelled']);
      type Entry = { action: string; object_id: string; workflow_id: string | null; request_id: string | null };
      const first = await api.get<Entry[]>(`/api/orders/${id}/audit/?limit=2`);
      const rest = await api.get<Entry[]>(`/api/orders/${id}/audit/?cursor=${first.json.next_cursor}`);
      const story = [...first.json.data, ...rest.json.data];
      assert.deepEqual(story.map(({ action }) => action).toSorted(), [
        'ORDER_CREATED',
        'ORDER_STATUS_CHANGED',
        'ORDER_STATUS_CHANGED',
        'RESERVATION_CREATED',
        'RESERVATION_FULFILLED',
      ]);
      assert.equal(story[0]?.action, 'ORDER_CREATED');
      assert.ok(story.every(({ workflow_id, request_id }) => workflow_id === `order-${id}` && request_id !== null));
      assert.equal(rest.json.next_cursor, null);
    });

    it('refuses the cursor of another order', async () => {
      const product = await createProduct(api);
      const orders = [1, 2].map(() => createOrder(api, { product_id: product.id, quantity: 1 }));
      const [one, two] = await Promise.all(orders);
      const { json } = await api.get(`/api/orders/${one?.id}/audit/?limit=1`);
      assert.equal((await api.get(`/api/orders/${two?.id}/audit/?cursor=${json.next_cursor}`)).status, 400);
    });
  });
});
