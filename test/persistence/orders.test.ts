import assert from 'node:assert/strict';
import { v4, v7 } from 'uuid';
import { listOrders, orderSorts, type OrderFilters } from '../../src/persistence/order-lists.ts';
import { testDatabase } from '../support/database.ts';
import { insertOrderRows } from '../support/order-rows.ts';
import { stockedProduct, type StockedProduct } from '../support/orders.ts';
import { asRole } from '../support/postgres.ts';
import { everyPage } from '../support/pages.ts';
import { refusedBy } from '../support/refused-writes.ts';
import { oneMillisecond, ordersInOneMillisecond } from '../support/rows.ts';

const database = testDatabase();

const row = (fields: object = {}) => ({
  id: v7(),
  status: 'pending',
  quantity: 1,
  total_minor: 100,
  placed_by: 'anna',
  expires_at: new Date(),
  request_id: v4(),
  ...fields,
});

describe('An order in the database', () => {
  database.prepare();

  const insert = (fields: object) => database.db('orders').insert(row(fields));

  it('is in one of the six states', async () => {
    await refusedBy('orders_status_known', insert({ status: 'refused' }));
  });

  it('has a reason when it is cancelled, and only then', async () => {
    await refusedBy('orders_cancelled_for_a_reason', insert({ status: 'cancelled' }));
    await refusedBy('orders_cancelled_for_a_reason', insert({ status: 'pending', cancel_reason: 'expired' }));
    await refusedBy('orders_cancel_reason_known', insert({ status: 'cancelled', cancel_reason: 'bored' }));
    await insert({ status: 'cancelled', cancel_reason: 'expired' });
  });

  it('has units, and a total that is not below zero', async () => {
    await refusedBy('orders_quantity_positive', insert({ quantity: 0 }));
    await refusedBy('orders_total_not_negative', insert({ total_minor: -1 }));
    await insert({ total_minor: 0 });
  });

  it('has lines with units of products that exist, each line once', async () => {
    const { db } = database;
    const [order, product] = [row(), await stockedProduct(db)];
    await db('orders').insert(order);
    const line = {
      order_id: order.id,
      line: 1,
      product_id: product.id,
      quantity: 1,
      unit_price_minor: 1,
      order_total_minor: 1,
    };
    await db('order_lines').insert(line);
    await refusedBy('order_lines_pkey', db('order_lines').insert(line));
    await refusedBy('order_lines_line_positive', db('order_lines').insert({ ...line, line: 0 }));
    await refusedBy('order_lines_ordered_positive', db('order_lines').insert({ ...line, line: 2, quantity: 0 }));
    await refusedBy(
      'order_lines_quantity_not_negative',
      db('order_lines').insert({ ...line, line: 2, quantity: -1, missing: 2 }),
    );
    await refusedBy('order_lines_missing_not_negative', db('order_lines').insert({ ...line, line: 2, missing: -1 }));
    await db('order_lines').insert({ ...line, line: 3, quantity: 0, missing: 1 });
    await refusedBy(
      'order_lines_price_not_negative',
      db('order_lines').insert({ ...line, line: 2, unit_price_minor: -1 }),
    );
    await refusedBy('order_lines_product_id_fkey', db('order_lines').insert({ ...line, line: 2, product_id: v7() }));
    await refusedBy('order_lines_order_id_fkey', db('order_lines').insert({ ...line, order_id: v7() }));
  });
});

describe('A line of an order', () => {
  database.prepare();

  it('carries the total of its order, also when that is changed, and no other order', async () => {
    const { db } = database;
    const product = await stockedProduct(db);
    const fields = { createdAt: oneMillisecond.toISOString(), totalMinor: 100 };
    const [changed = '', other = ''] = await insertOrderRows(db, product.id, [fields, fields]);
    // By the role that repairs orders, which may not set it itself.
    await asRole(db, 'worker')('orders').where({ id: changed }).update({ total_minor: 250 });
    const totals = async (order_id: string) => db('order_lines').where({ order_id }).pluck('order_total_minor');
    assert.deepEqual([await totals(changed), await totals(other)], [['250'], ['100']]);
    const { items } = await listOrders(db, { productId: product.id }, '-total', { limit: 9, after: null });
    assert.deepEqual(
      items.map(({ id }) => id),
      [changed, other],
    );
  });

  it('is refused without it', async () => {
    const { db } = database;
    const [order, product] = [row(), await stockedProduct(db)];
    await db('orders').insert(order);
    const line = { order_id: order.id, line: 1, product_id: product.id, quantity: 1, unit_price_minor: 1 };
    await assert.rejects(db('order_lines').insert(line), { code: '23502', column: 'order_total_minor' });
  });
});

describe('The list of orders', () => {
  database.prepare();

  let ids: readonly string[];
  let product: StockedProduct;
  let filters: OrderFilters;
  before(async () => {
    product = await stockedProduct(database.db);
    ids = (await ordersInOneMillisecond(database.db, product, 200)).sort();
    filters = { productId: product.id };
  });

  for (const sort of orderSorts) {
    for (const limit of [1, 7, 20, 100]) {
      it(`by ${sort}, ${limit} a page, gives each of 200 orders of one millisecond once`, async () => {
        const orders = await everyPage((page) => listOrders(database.db, filters, sort, page), limit);
        assert.deepEqual(orders.map(({ id }) => id).sort(), ids);
        assert.ok(orders.every(({ createdAt }) => createdAt === oneMillisecond.toISOString()));

        const keys = orders.map(({ id, total }) => [sort.endsWith('total') ? Number(total) : 0, id] as const);
        const ascending = sort.startsWith('-') ? keys.toReversed() : keys;
        const sorted = ascending.toSorted(([a, idA], [b, idB]) => a - b || (idA < idB ? -1 : 1));
        assert.deepEqual(ascending, sorted);
      });
    }
  }

  it('goes on where it was when an order is placed between two pages', async () => {
    const { db } = database;
    const first = await listOrders(db, filters, '-created_at', { limit: 150, after: null });
    const late = await ordersInOneMillisecond(db, product, 1);
    await db('orders')
      .whereIn('id', late)
      .update({ created_at: new Date(oneMillisecond.getTime() + 1) });
    const second = await listOrders(db, filters, '-created_at', { limit: 150, after: first.next });
    assert.deepEqual([...first.items, ...second.items].map(({ id }) => id).sort(), ids);
    assert.equal(second.next, null);
  });

  it('gives only what the filters ask for', async () => {
    const { db } = database;
    const other = await stockedProduct(db);
    const [id = ''] = await ordersInOneMillisecond(db, other, 1);
    const found = async (filters: OrderFilters) =>
      (await listOrders(db, { productId: other.id, ...filters }, 'created_at', { limit: 9, after: null })).items.length;
    await db('orders').where({ id }).update({ total_minor: 500, reference: 'INV-1' });
    const next = new Date(oneMillisecond.getTime() + 1);

    const matching: OrderFilters[] = [
      {},
      { statuses: ['shipped', 'pending'] },
      { reference: 'INV-1' },
      { minTotal: 500n, maxTotal: 500n },
      { start: oneMillisecond, end: next },
    ];
    const all = await listOrders(db, {}, 'created_at', { limit: 300, after: null });
    assert.ok(all.items.length > 1, 'without a filter it gives the orders of every product');
    for (const filters of matching) assert.equal(await found(filters), 1, Object.keys(filters).join());
    const missing: OrderFilters[] = [
      { statuses: ['shipped'] },
      { reference: 'inv-1' },
      { minTotal: 501n },
      { maxTotal: 499n },
      { start: next },
      { end: oneMillisecond },
    ];
    for (const filters of missing) assert.equal(await found(filters), 0, Object.keys(filters).join());
  });
});
