import assert from 'node:assert/strict';
import type { z } from 'zod';
import type { waitingList } from '../../src/api/schemas/waiting-list.ts';
import {
  createOrder,
  createProduct,
  expectStatus,
  moveThrough,
  startApi,
  type ProductWire,
  type TestApi,
} from '../support/api.ts';

type WaitingList = z.output<typeof waitingList>;

describe('GET /api/waiting-lists/', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startApi();
    await api.startWorker();
  });
  afterEach(() => api.stop());

  const wait = ({ id }: ProductWire, quantity = 1) =>
    createOrder(api, { product_id: id, quantity, on_shortage: 'wait' });
  const page = (query = '') => api.get<WaitingList[]>(`/api/waiting-lists/${query}`);
  const list = async () => expectStatus(200, await page());

  it('has each product that somebody waits for, how many wait, for how much, and who is served next', async () => {
    assert.deepEqual(await list(), []);
    const [lamp, chair, table] = [
      await createProduct(api, { total_stock: 1 }),
      await createProduct(api, { total_stock: 0 }),
      await createProduct(api, { total_stock: 0 }),
    ];
    const chairs = await wait(chair, 4);
    const lamps = await wait(lamp, 2);
    await wait(lamp, 3);
    const tables = await wait(table);
    await moveThrough(api, tables.id, ['cancelled']);
    const of = ({ id, sku, name }: ProductWire) => ({ id, sku, name, active: true });
    const first = ({ id, created_at, waiting }: typeof lamps, quantity: number) => ({
      order_id: id,
      quantity,
      until: waiting?.until ?? '',
      joined_at: created_at,
    });
    const expected = [
      { product: of(chair), available_stock: 0, orders: 1, units: 4, first: first(chairs, 4) },
      { product: of(lamp), available_stock: 1, orders: 2, units: 5, first: first(lamps, 2) },
    ];
    assert.deepEqual(await list(), expected);

    // Whose first order leaves is behind those who have waited longer since.
    await wait(chair, 7);
    await moveThrough(api, chairs.id, ['cancelled']);
    const after = await list();
    assert.deepEqual(
      after.map(({ product, orders, units }) => [product.id, orders, units]),
      [
        [lamp.id, 2, 5],
        [chair.id, 1, 7],
      ],
    );
  });

  it('gives pages, and takes no cursor of another list', async () => {
    const products: ProductWire[] = [];
    for (let n = 0; n < 3; n++) products.push(await createProduct(api, { total_stock: 0 }));
    for (const product of products.toReversed()) await wait(product);
    const first = await page('?limit=2');
    const cursor = first.json.next_cursor;
    const rest = await page(`?limit=2&cursor=${cursor}`);
    assert.deepEqual(
      [...first.json.data, ...rest.json.data].map(({ product }) => product.id),
      products.toReversed().map(({ id }) => id),
    );
    assert.equal(rest.json.next_cursor, null);
    assert.equal((await api.get(`/api/products/${products[0]?.id}/waiting-list/?cursor=${cursor}`)).status, 400);
  });
});
