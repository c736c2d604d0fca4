import assert from 'node:assert/strict';
import type { z } from 'zod';
import { overview } from '../../src/api/schemas/overview.ts';
import { createOrder, createProduct, expectStatus, startApi, type TestApi } from '../support/api.ts';

type OverviewWire = z.output<typeof overview>;

describe('GET /api/overview/', () => {
  let api: TestApi;
  before(async () => {
    api = await startApi();
    await api.startWorker();
  });
  after(() => api.stop());

  const look = async (query = ''): Promise<OverviewWire> =>
    expectStatus(200, await api.get<OverviewWire>(`/api/overview/${query}`));

  it('tells how orders, stock and holds stand', async () => {
    const product = await createProduct(api, { total_stock: 5, low_stock_threshold: 3 });
    const sold = await createProduct(api, { total_stock: 0 });
    const order = await createOrder(api, { product_id: product.id, quantity: 2, reference: 'cart-9' });
    const found = await look();
    assert.ok(overview.safeParse(found).success);
    const { orders, stock, products, ending_soon, sold_out, low, waiting_lists, activity } = found;
    const none = { waiting: 0, confirmed: 0, processing: 0, shipped: 0, delivered: 0, cancelled: 0 };
    assert.deepEqual(orders, { pending: 1, ...none });
    assert.deepEqual(
      [stock, products],
      [
        { total: 5, available: 3, reserved: 2 },
        { total: 2, active: 2 },
      ],
    );
    const { id, sku, name } = product;
    assert.deepEqual(ending_soon, {
      count: 1,
      holds: [
        {
          reservation_id: order.reservations[0]?.id,
          order_id: order.id,
          reference: 'cart-9',
          product: { id, sku, name },
          quantity: 2,
          expires_at: order.expires_at,
          held_by: order.placed_by,
        },
      ],
    });
    const scarce = { name: 'Lamp', low_stock_threshold: null };
    const out = { id: sold.id, sku: sold.sku, ...scarce, available_stock: 0, reserved_stock: 0 };
    assert.deepEqual(sold_out, { count: 1, products: [out] });
    const few = { id, sku, name, available_stock: 3, reserved_stock: 2, low_stock_threshold: 3 };
    assert.deepEqual(low, { count: 1, products: [few] });
    assert.deepEqual(waiting_lists, { count: 0, units: 0 });
    assert.deepEqual([activity.bucket_seconds, activity.buckets.length], [1800, 48]);
    assert.equal(
      activity.buckets.reduce((all, { placed }) => all + placed, 0),
      1,
    );
  });

  it('goes back as many hours as it is asked for', async () => {
    const { activity } = await look('?hours=1');
    assert.deepEqual([activity.bucket_seconds, activity.buckets.length], [60, 60]);
    assert.equal((await look('?hours=168')).activity.bucket_seconds, 10_800);
  });

  it('refuses any other number of hours', async () => {
    for (const hours of ['0', '169', '-1', '1.5', '', 'x', '1000']) {
      const { status, json } = await api.get(`/api/overview/?hours=${hours}`);
      assert.deepEqual(
        [status, json.errors],
        [400, [{ path: '?hours', message: 'must be a whole number from 1 to 168' }]],
        hours,
      );
    }
  });

  it('is read once for callers who ask at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => look('?hours=3')));
    assert.equal(new Set(answers.map(({ now }) => now)).size, 1);
  });
});
