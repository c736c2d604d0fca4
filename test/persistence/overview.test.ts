import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { changeProduct } from '../../src/api/catalogue.ts';
import type { Overview } from '../../src/domain/overview.ts';
import { readOverview } from '../../src/persistence/overview.ts';
import { endOrderHold } from '../support/acting.ts';
import { rescueOrder } from '../support/as-worker.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, heldReservation, item, makeOverdue, orderIn } from '../support/holds.ts';
import { insertOrderRows } from '../support/order-rows.ts';
import { openWarehouse, stockedProduct } from '../support/orders.ts';
import { asRole } from '../support/postgres.ts';
import { queued } from '../support/waiting.ts';
import { v5 } from 'uuid';

const database = testDatabase();

const look = (hours = 24): Promise<Overview> => readOverview(asRole(database.db, 'api'), hours);

/** Sets what counts as little of a product. */
const setThreshold = (db: Knex, { id }: { readonly id: string }, lowStockThreshold: number) =>
  changeProduct(asRole(db, 'api'), id, { lowStockThreshold }, cause());

const sum = (overview: Overview, of: 'placed' | 'confirmed' | 'expired' | 'cancelled'): number =>
  overview.activity.buckets.reduce((total, bucket) => total + bucket[of], 0);

describe('An overview', () => {
  database.prepare();

  it('of a shop without anything has nothing, in all its buckets', async () => {
    const { now, activity, ...counted } = await look();
    const none = { pending: 0, waiting: 0, confirmed: 0, processing: 0, shipped: 0, delivered: 0, cancelled: 0 };
    assert.deepEqual(counted, {
      orders: none,
      stock: { total: 0, available: 0, reserved: 0 },
      products: { total: 0, active: 0 },
      endingSoon: { count: 0, holds: [] },
      soldOut: { count: 0, products: [] },
      low: { count: 0, products: [] },
      waitingLists: { count: 0, units: 0 },
    });
    assert.ok(Math.abs(Date.parse(now) - Date.now()) < 60_000);
    assert.equal(activity.buckets.length, 48);
  });
});

describe('The buckets of an overview', () => {
  database.prepare();

  for (const [hours, seconds, count] of [
    [1, 60, 60],
    [2, 120, 60],
    [7, 600, 42],
    [24, 1800, 48],
    [25, 1800, 50],
    [168, 10_800, 56],
  ] as const) {
    it(`of ${hours} h are ${count} of ${seconds} s without a gap, the last of them the one that is not over`, async () => {
      const { now, activity } = await look(hours);
      assert.deepEqual([activity.bucketSeconds, activity.buckets.length], [seconds, count]);
      const begins = activity.buckets.map(({ at }) => Date.parse(at));
      const [first = 0] = begins;
      assert.equal(activity.from, new Date(first).toISOString());
      assert.deepEqual(
        begins,
        begins.map((_, n) => first + n * seconds * 1000),
      );
      assert.equal(first % (seconds * 1000), 0);
      const last = begins.at(-1) ?? 0;
      assert.ok(last <= Date.parse(now) && Date.parse(now) < last + seconds * 1000);
    });
  }
});

describe('An overview of a shop', () => {
  database.prepare();

  it('counts orders by status, and those that wait apart from those that are pending', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 100 });
    const gone = await stockedProduct(db, { stock: 0 });
    const before = await look();
    for (const status of [
      'confirmed',
      'processing',
      'shipped',
      'delivered',
      'cancelled',
      'pending',
      'pending',
    ] as const)
      await orderIn(db, status, item(product, 2));
    await queued(db, gone, 3);
    await queued(db, gone, 4);
    const { orders, stock, waitingLists, activity } = await look();
    const each = { confirmed: 1, processing: 1, shipped: 1, delivered: 1, cancelled: 1, pending: 2, waiting: 2 };
    assert.deepEqual(orders, each);
    assert.deepEqual(waitingLists, { count: 2, units: 7 });
    assert.deepEqual(stock, { total: 92, available: 88, reserved: 4 });
    assert.equal(sum(await look(), 'placed') - sum(before, 'placed'), 9);
    assert.equal(sum(await look(), 'confirmed') - sum(before, 'confirmed'), 5);
    assert.ok(activity.buckets.length > 0);
  });

  it('tells orders that expired from those that were cancelled, and counts a late confirmation', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 100 });
    const before = await look(1);
    const [given, expired] = [await heldOrder(db, item(product)), await heldOrder(db, item(product))];
    await endOrderHold(db, { orderId: given.id, reason: 'expired' }, 'released', cause());
    await endOrderHold(db, { orderId: expired.id }, 'expired', cause());
    await orderIn(db, 'cancelled', item(product));
    const rescue = { orderId: v5('rescue', expired.id), rescuedFrom: expired.id, holdSeconds: 600 };
    await rescueOrder(db, rescue, 3600, cause());
    const after = await look(1);
    const counted = (['placed', 'confirmed', 'expired', 'cancelled'] as const).map(
      (of) => sum(after, of) - sum(before, of),
    );
    assert.deepEqual(counted, [4, 2, 1, 2]);
  });

  it('puts what happened into the bucket of its time, and what was before them into none', async () => {
    const { db } = database;
    const { id } = await stockedProduct(db);
    const { activity, now } = await look(1);
    const begins = activity.buckets.map(({ at }) => Date.parse(at));
    const at = (time: number) => ({ createdAt: new Date(time).toISOString() });
    const [first = 0, second = 0] = begins;
    const before = await look(1);
    await insertOrderRows(db, id, [at(first - 1), at(first), at(second - 1), at(second), at(second)]);
    await insertOrderRows(db, id, [{ ...at(second), status: 'cancelled' }]);
    const after = await look(1);
    const gained = (time: number, of: 'placed' | 'cancelled') => {
      const found = (overview: Overview) =>
        overview.activity.buckets.find((bucket) => Date.parse(bucket.at) === time)?.[of];
      const [was, is] = [found(before), found(after)];
      // Its minute is over, and with it the oldest bucket gone.
      return was === undefined || is === undefined ? undefined : is - was;
    };
    const [placedFirst, placedSecond] = [gained(first, 'placed'), gained(second, 'placed')];
    assert.ok(placedFirst === 2 || placedFirst === undefined, `${placedFirst} since ${now}`);
    assert.equal(placedSecond, 3);
    assert.equal(gained(second, 'cancelled'), 1);
  });
});

describe('The holds that end soon', () => {
  database.prepare();

  it('are the active ones of the next fifteen minutes and the overdue ones, soonest first, ten of them', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 100 });
    const order = await heldOrder(db, item(product, 3));
    await db('orders').where({ id: order.id }).update({ reference: 'cart-1' });
    const alone = await heldReservation(db, item(product, 2));
    await makeOverdue(db, { orderId: order.id }, 30);
    const later = await heldReservation(db, item(product));
    await makeOverdue(db, { reservationId: later.id }, -16 * 60);
    const sold = await orderIn(db, 'confirmed', item(product));
    const { endingSoon } = await look();
    assert.equal(endingSoon.count, 2);
    const { id, sku } = product;
    const of = { product: { id, sku, name: 'Tea' }, heldBy: 'anna' };
    const [first, second] = endingSoon.holds;
    const reservationId = order.reservations[0]?.id;
    const { expiresAt, ...rest } = first ?? assert.fail('there is none');
    assert.deepEqual(rest, { reservationId, orderId: order.id, reference: 'cart-1', quantity: 3, ...of });
    assert.ok(Date.parse(expiresAt) < Date.now());
    const expected = { reservationId: alone.id, orderId: null, reference: null, quantity: 2, ...of };
    assert.deepEqual(second, { ...expected, expiresAt: alone.expiresAt });
    assert.ok(endingSoon.holds.every(({ orderId }) => orderId !== sold.id));

    for (let n = 0; n < 12; n += 1) {
      const { id: reservationId } = await heldReservation(db, item(product));
      await makeOverdue(db, { reservationId }, 60 + n);
    }
    const more = (await look()).endingSoon;
    assert.deepEqual([more.count, more.holds.length], [14, 10]);
    const ends = more.holds.map((hold) => Date.parse(hold.expiresAt));
    assert.deepEqual(
      ends,
      ends.toSorted((a, b) => a - b),
    );
  });
});

describe('The products that there is too little of', () => {
  database.prepare();

  it('are the active ones that are sold out, and those at their threshold or below, ten of each', async () => {
    const { db } = database;
    const make = (sku: string, stock: number, active = true) => stockedProduct(db, { sku, stock, active });
    const [b, a] = [await make('OUT-B', 0), await make('OUT-A', 2)];
    await heldOrder(db, item(a, 2));
    const low = [await make('LOW-3', 3), await make('LOW-1', 1), await make('LOW-5', 5)];
    for (const product of low) await setThreshold(db, product, 5);
    await setThreshold(db, b, 7);
    const closed = [await make('CLOSED-OUT', 0, false), await make('CLOSED-LOW', 1, false)];
    for (const product of closed) await setThreshold(db, product, 5);
    await setThreshold(db, await make('ENOUGH', 6), 5);
    await make('NO-THRESHOLD', 1);
    const spread = await make('SPREAD', 3);
    await openWarehouse(db, spread, { code: 'FAR', units: 3, priority: 900, active: false });
    await setThreshold(db, spread, 5);

    const { soldOut, low: scarce, products } = await look();
    assert.deepEqual(products, { total: 10, active: 8 });
    const tea = (id: string, sku: string, figures: readonly [number, number, number | null]) => {
      const [availableStock, reservedStock, lowStockThreshold] = figures;
      return { id, sku, name: 'Tea', availableStock, reservedStock, lowStockThreshold };
    };
    assert.deepEqual(soldOut, {
      count: 2,
      products: [tea(a.id, 'OUT-A', [0, 2, null]), tea(b.id, 'OUT-B', [0, 0, 7])],
    });
    assert.equal(scarce.count, 3);
    assert.deepEqual(
      scarce.products.map(({ sku, availableStock, lowStockThreshold }) => [sku, availableStock, lowStockThreshold]),
      [
        ['LOW-1', 1, 5],
        ['LOW-3', 3, 5],
        ['LOW-5', 5, 5],
      ],
    );

    for (let n = 0; n < 12; n += 1) {
      await make(`MORE-OUT-${n}`, 0);
      await setThreshold(db, await make(`MORE-LOW-${n}`, 2), 5);
    }
    const more = await look();
    assert.deepEqual([more.soldOut.count, more.soldOut.products.length], [14, 10]);
    assert.deepEqual([more.low.count, more.low.products.length], [15, 10]);
    assert.equal(more.low.products[0]?.sku, 'LOW-1');
  });
});
