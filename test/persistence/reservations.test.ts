import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { v7 } from 'uuid';
import { listOverdue, listReservations } from '../../src/persistence/reservations.ts';
import { testDatabase } from '../support/database.ts';
import { stockedProduct, type StockedProduct } from '../support/orders.ts';
import { everyPage } from '../support/pages.ts';
import { refusedBy } from '../support/refused-writes.ts';
import { ordersInOneMillisecond } from '../support/rows.ts';

const database = testDatabase();
let product: StockedProduct;

function prepare(): void {
  database.prepare();

  before(async () => (product = await stockedProduct(database.db)));
}

const row = (fields: object = {}) => ({
  id: v7(),
  product_id: product.id,
  quantity: 1,
  expires_at: new Date(),
  held_by: 'anna',
  ...fields,
});

describe('A reservation in the database', () => {
  prepare();

  const insert = (fields: object): Knex.QueryBuilder => database.db('reservations').insert(row(fields));

  it('is the only active one of its order line', async () => {
    const [order_id] = await ordersInOneMillisecond(database.db, product, 1);
    await refusedBy('reservations_one_active_per_line', insert({ order_id, line: 1 }));
    await insert({ order_id, line: 1, ended_as: 'released' });
    await database.db('reservations').where({ order_id }).whereNull('ended_as').update({ ended_as: 'expired' });
    await insert({ order_id, line: 1 });
  });

  it('belongs to a line of an order, or to none', async () => {
    const [order_id] = await ordersInOneMillisecond(database.db, product, 1);
    await refusedBy('reservations_line_of_an_order', insert({ order_id }));
    await refusedBy('reservations_line_of_an_order', insert({ line: 1 }));
    await refusedBy('reservations_order_id_line_fkey', insert({ order_id, line: 2 }));
  });

  it('holds units and ends in one of three ways', async () => {
    await refusedBy('reservations_quantity_positive', insert({ quantity: 0 }));
    await refusedBy('reservations_ending_known', insert({ ended_as: 'lost' }));
    await refusedBy('reservations_extended_not_negative', insert({ extended_seconds: -1 }));
  });

  it('says whose units it holds while it holds them', async () => {
    await refusedBy('reservations_held_by_somebody', insert({ held_by: null }));
    await insert({ held_by: null, ended_as: 'released' });
  });

  it('is active until it ends and confirmed when it ended so; neither can be written', async () => {
    const flags = async (ended_as: string | null) => {
      const [flags] = await insert({ ended_as }).returning(['is_active', 'confirmed']);
      return flags as unknown;
    };
    assert.deepEqual(await flags(null), { is_active: true, confirmed: false });
    assert.deepEqual(await flags('confirmed'), { is_active: false, confirmed: true });
    assert.deepEqual(await flags('released'), { is_active: false, confirmed: false });
    assert.deepEqual(await flags('expired'), { is_active: false, confirmed: false });
    await assert.rejects(Promise.resolve(insert({ is_active: true })), { code: '428C9' });
  });

  it('takes at least one unit from a warehouse, once from each', async () => {
    const { db } = database;
    const reservation = row();
    const [warehouse_id] = await db('warehouses').pluck('id');
    await db('reservations').insert(reservation);
    const allocation = { reservation_id: reservation.id, warehouse_id, quantity: 1 };
    const insert = (fields: object) => db('reservation_allocations').insert({ ...allocation, ...fields });
    await refusedBy('reservation_allocations_quantity_positive', insert({ quantity: 0 }));
    await insert({});
    await refusedBy('reservation_allocations_pkey', insert({}));
  });
});

describe('Lists of reservations', () => {
  prepare();

  let ids: readonly string[];
  let listed: StockedProduct;
  before(async () => {
    listed = await stockedProduct(database.db);
    await ordersInOneMillisecond(database.db, listed, 200);
    ids = await database.db('reservations').where({ product_id: listed.id }).orderBy('id').pluck('id');
  });

  for (const limit of [1, 33, 100]) {
    it(`give each of 200 reservations of one millisecond once, ${limit} a page`, async () => {
      const found = await everyPage((page) => listReservations(database.db, { productId: listed.id }, page), limit);
      assert.deepEqual(found.map(({ id }) => id).sort(), ids);
    });
  }

  for (const limit of [7, 100]) {
    it(`find each of 200 holds overdue in one millisecond once, ${limit} a page`, async () => {
      const found = await everyPage((page) => listOverdue(database.db, 60, page), limit);
      const overdue = new Set(found.map(({ id }) => id));
      assert.equal(overdue.size, found.length);
      assert.ok(ids.every((id) => overdue.has(id)));
    });
  }

  it('find a hold overdue only after its grace, and only while it is active', async () => {
    const { db } = database;
    const inSeconds = (seconds: number) => db.raw(`now() + ? * interval '1 second'`, [seconds]);
    const [old, ended, fresh, running] = [row(), row(), row(), row()];
    await db('reservations').insert([
      { ...old, expires_at: inSeconds(-90) },
      { ...ended, expires_at: inSeconds(-90), ended_as: 'released' },
      { ...fresh, expires_at: inSeconds(-30) },
      { ...running, expires_at: inSeconds(90) },
    ]);
    const overdue = async (grace: number) => {
      const found = await everyPage((page) => listOverdue(db, grace, page), 100);
      return [old, ended, fresh, running].map(({ id }) => found.some((overdue) => overdue.id === id));
    };
    assert.deepEqual(await overdue(60), [true, false, false, false]);
    assert.deepEqual(await overdue(0), [true, false, true, false]);
    assert.deepEqual(await overdue(3600), [false, false, false, false]);
  });

  it('give only what the filters ask for', async () => {
    const { db } = database;
    const [orderId = ''] = await ordersInOneMillisecond(db, listed, 1);
    const count = async (filters: Parameters<typeof listReservations>[1]) =>
      (await listReservations(db, filters, { limit: 100, after: null })).items.length;
    assert.equal(await count({ orderId }), 1);
    assert.equal(await count({ orderId, isActive: true }), 1);
    assert.equal(await count({ orderId, isActive: false }), 0);
    assert.equal(await count({ orderId, productId: product.id }), 0);
  });
});
