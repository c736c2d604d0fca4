import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { v4, v7 } from 'uuid';
import type { Route } from '../../src/api/route.ts';
import { routes } from '../../src/api/routes/index.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { insertOrderRows } from '../support/order-rows.ts';
import { stockedProduct } from '../support/orders.ts';
import { asRole } from '../support/postgres.ts';
import { nothing, sampleOf, type Objects } from '../support/route-samples.ts';

const pageSizes = [1, 10, 50];
const each = Array.from({ length: 60 }, (_, n) => n);

/** What answers in pages, whether it is a list or has one inside. */
const isPaged = ({ responses }: Route): boolean =>
  Object.values(responses).some((response) => 'items' in response || ('data' in response && response.isPaged === true));

const lists = routes.filter(isPaged);

describe('Every list', () => {
  let api: TestApi;
  let objects: Objects;
  const statements: string[] = [];

  before(async () => {
    api = await startApi();
    objects = await fillLists(api.db);
    asRole(api.db, 'api').on('query', ({ sql }: { sql: string }) => void statements.push(sql));
  });
  after(() => api.stop());

  it('is a route that answers in pages, and there are some', () => {
    assert.ok(lists.length >= 10, `${lists.length} lists`);
    assert.ok(lists.every(({ method }) => method === 'GET'));
  });

  for (const route of lists) {
    it(`costs as many statements for a page of ${pageSizes.join(', ')} rows: ${route.operationId}`, async () => {
      const counts: number[] = [];
      for (const limit of pageSizes) {
        statements.length = 0;
        const { path } = sampleOf(route, objects);
        const { status, json, text } = await api.get(`${path}?limit=${limit}`);
        assert.equal(status, 200, text);
        assert.equal(rowsOf(json.data).length, limit, `${path} has fewer rows than the page: add some to fillLists`);
        counts.push(statements.length);
      }
      const [first = 0] = counts;
      assert.ok(first > 0, 'no statement was seen');
      assert.deepEqual(new Set(counts), new Set([first]), `${counts.join(', ')} statements: ${statements.join('; ')}`);
    });
  }
});

/** The rows of a page, or of the one list in an answer that has more to tell. */
function rowsOf(data: unknown): readonly unknown[] {
  if (Array.isArray(data)) return data;
  const inside = Object.values(data as object).filter(Array.isArray);
  assert.equal(inside.length, 1);
  return inside[0] as unknown[];
}

/** Rows for more than the largest page of each list, without workflows. */
async function fillLists(db: Knex): Promise<Objects> {
  const { id: product } = await stockedProduct(db);
  const others: string[] = [];
  for (const _ of each) others.push((await stockedProduct(db)).id);
  await db('warehouses').insert(each.map((n) => ({ id: v4(), code: `W-${n}`, name: `Warehouse ${n}` })));
  const placed = (n: number) => ({ createdAt: new Date(Date.UTC(2026, 1, 1, 0, n)).toISOString() });
  const orders = await insertOrderRows(db, product, each.map(placed));
  const [delivered = ''] = orders;
  const waiting = await insertOrderRows(
    db,
    product,
    each.map((n) => ({ ...placed(n), status: 'pending' as const })),
  );
  const until = new Date(Date.now() + 3_600_000);
  const wait = { product_id: product, quantity: 1, hold_seconds: 60, placed_by: 'anna', until };
  await db('waiting_list').insert(waiting.map((order_id) => ({ order_id, ...wait })));
  for (const product_id of others) {
    const [order_id] = await insertOrderRows(db, product_id, [{ ...placed(0), status: 'pending' as const }]);
    await db('waiting_list').insert({ order_id, ...wait, product_id });
  }
  const reservation = { product_id: product, quantity: 1, expires_at: until, held_by: 'anna' };
  await db('reservations').insert(
    orders.flatMap((order_id) => [
      { id: v4(), ...reservation },
      { id: v4(), ...reservation, order_id, line: 1 },
    ]),
  );
  const back = { order_id: delivered, line: 1, quantity: 1, restock: false, reason: 'torn', returned_by: 'anna' };
  await db('returns').insert(each.map(() => ({ id: v7(), ...back, request_id: v4() })));
  const entry = { actor: 'anna', action: 'ORDER_STATUS_CHANGED', object_type: 'Order', object_id: delivered };
  await db('audit_log').insert(each.map(() => entry));
  const key = { role: 'viewer', hash: Buffer.alloc(32), created_by: 'anna' };
  await db('api_keys').insert(each.map((n) => ({ id: String(n).padStart(12, 'k'), name: `key-${n}`, ...key })));
  const { warehouse_id } = await db('stock_levels').where({ product_id: product }).first('warehouse_id');
  const move = { product_id: product, warehouse_id, type: 'adjusted', actor: 'anna', reason: 'counted' };
  const figures = { total: 1, available: 1, reserved: 0, total_after: 1, available_after: 1, reserved_after: 0 };
  await db('stock_movements').insert(each.map(() => ({ ...move, ...figures, order_id: delivered })));
  return { ...nothing(), product, order: delivered, delivered };
}
