import assert from 'node:assert/strict';
import { v4, v5 } from 'uuid';
import type { Knex } from 'knex';
import { changeProduct } from '../../src/api/catalogue.ts';
import { adjustStock, transferStock } from '../../src/api/stock.ts';
import { readWarehouseIds } from '../../src/persistence/warehouses.ts';
import {
  advanceOrder,
  endOrderHold,
  endReservationHold,
  reserveOrder,
  reserveStock,
  returnItems,
} from '../support/acting.ts';
import { rescueOrder } from '../support/as-worker.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, item, orderIn, orderToReserve, recording, stockToReserve } from '../support/holds.ts';
import { countIn, openWarehouse, stockedProduct, stockOf, type StockedProduct } from '../support/orders.ts';
import { asRole } from '../support/postgres.ts';
import { look, queued } from '../support/waiting.ts';

const database = testDatabase({ balanced: true, poolMax: 25 });
const by = cause({ actor: 'bert', onBehalfOf: 'carla', workflowId: 'order-17' });

/** A product that is low when there are five units or fewer. */
async function thresholdProduct(
  db: Knex,
  stock: number,
  lowStockThreshold: number | null = 5,
): Promise<StockedProduct> {
  const product = await stockedProduct(db, { stock });
  await changeProduct(asRole(db, 'api'), product.id, { lowStockThreshold }, cause());
  return product;
}

/** What the audit log tells of a product that became low, oldest first: from how many to how many available units. */
async function crossingsOf(db: Knex, { id }: StockedProduct): Promise<readonly (readonly [number, number])[]> {
  const rows: { old_value: { available: number }; new_value: { available: number } }[] = await db('audit_log')
    .where({ object_type: 'Product', object_id: id, action: 'LOW_STOCK' })
    .orderBy('id')
    .select('old_value', 'new_value');
  return rows.map(({ old_value, new_value }) => [old_value.available, new_value.available]);
}

describe('A product that becomes low', () => {
  database.prepare();

  it('is in the audit log beside what took its units, under the same actor, request and workflow', async () => {
    const { db } = database;
    const product = await thresholdProduct(db, 8);
    const { entries } = await recording(db, () => reserveOrder(db, orderToReserve({ items: [item(product, 4)] }), by));
    const entry = entries.find(({ action }) => action === 'LOW_STOCK');
    assert.deepEqual(entry, {
      actor: 'bert',
      onBehalfOf: 'carla',
      action: 'LOW_STOCK',
      objectType: 'Product',
      objectId: product.id,
      oldValue: { available: 8 },
      newValue: { available: 4, low_stock_threshold: 5 },
      requestId: by.requestId,
      workflowId: 'order-17',
    });
    const written = db('audit_log').where({ request_id: by.requestId });
    assert.equal(new Set(await written.pluck<string[]>('tx')).size, 1);
  });

  const takings: Readonly<Record<string, (db: Knex, product: StockedProduct) => Promise<unknown>>> = {
    'an order': (db, product) => reserveOrder(db, orderToReserve({ items: [item(product, 4)] }), by),
    'an order that takes what there is': (db, product) =>
      reserveOrder(db, orderToReserve({ items: [item(product, 100)], onShortage: 'partial' }), by),
    'a reservation': (db, { id: productId }) => reserveStock(db, stockToReserve({ productId, quantity: 3 }), by),
    'an adjustment': (db, { id }) =>
      adjustStock(asRole(db, 'api'), id, { delta: -3, reason: 'broken' }, cause({ actor: 'bert' })),
    'a count': (db, { id }) =>
      adjustStock(asRole(db, 'api'), id, { setTo: 0, reason: 'counted' }, cause({ actor: 'bert' })),
  };
  for (const [what, take] of Object.entries(takings)) {
    it(`by ${what} is in the audit log once`, async () => {
      const product = await thresholdProduct(database.db, 8);
      await take(database.db, product);
      const { available } = await stockOf(database.db, product);
      assert.deepEqual(await crossingsOf(database.db, product), [[8, available]]);
    });
  }

  it('is low exactly at its threshold, and not one unit above', async () => {
    const { db } = database;
    const product = await thresholdProduct(db, 8);
    await heldOrder(db, item(product, 2));
    assert.deepEqual(await crossingsOf(db, product), []);
    await heldOrder(db, item(product, 1));
    assert.deepEqual(await crossingsOf(db, product), [[6, 5]]);
  });

  it('with a threshold of 0 is so when nothing is left', async () => {
    const { db } = database;
    const product = await thresholdProduct(db, 2, 0);
    await heldOrder(db, item(product, 1));
    assert.deepEqual(await crossingsOf(db, product), []);
    await heldOrder(db, item(product, 1));
    assert.deepEqual(await crossingsOf(db, product), [[1, 0]]);
  });

  it('is not told of again as it becomes lower, nor when its units are sold', async () => {
    const { db } = database;
    const product = await thresholdProduct(db, 6);
    await orderIn(db, 'delivered', item(product, 2));
    await heldOrder(db, item(product, 1));
    await countIn(db, product, -1);
    assert.deepEqual(await crossingsOf(db, product), [[6, 4]]);
  });

  const backs: Readonly<Record<string, (db: Knex, product: StockedProduct) => Promise<() => Promise<unknown>>>> = {
    'an order was given up': async (db, product) => {
      const { id: orderId } = await heldOrder(db, item(product, 4));
      return () => endOrderHold(db, { orderId }, 'released', by);
    },
    'a reservation expired': async (db, { id: productId }) => {
      const { id: reservationId } = (await reserveStock(db, stockToReserve({ productId, quantity: 4 }), by))
        .reservation;
      return () => endReservationHold(db, { reservationId }, 'expired', by);
    },
    'a confirmed order was cancelled': async (db, product) => {
      const { id: orderId } = await orderIn(db, 'confirmed', item(product, 4));
      return () => advanceOrder(db, { orderId, newStatus: 'cancelled' }, by);
    },
    'units came back': async (db, product) => {
      const { id: orderId } = await orderIn(db, 'delivered', item(product, 4));
      const of = { orderId, line: 1, quantity: 4, warehouse: 'MAIN', reason: 'too small' };
      return () => returnItems(db, { returnId: v4(), ...of }, by);
    },
    'units were counted in': async (db, product) => {
      await heldOrder(db, item(product, 4));
      return () => countIn(db, product, 4);
    },
  };
  for (const [what, take] of Object.entries(backs)) {
    it(`is told of again once it was above in between, since ${what}`, async () => {
      const { db } = database;
      const product = await thresholdProduct(db, 8);
      const giveBack = await take(db, product);
      await giveBack();
      assert.equal((await stockOf(db, product)).available, 8);
      assert.deepEqual(await crossingsOf(db, product), [[8, 4]]);
      await heldOrder(db, item(product, 3));
      assert.deepEqual(await crossingsOf(db, product), [
        [8, 4],
        [8, 5],
      ]);
    });
  }

  it('among the lines of an order is told of by itself', async () => {
    const { db } = database;
    const low = [await thresholdProduct(db, 8), await thresholdProduct(db, 6)];
    const others = [await thresholdProduct(db, 9), await thresholdProduct(db, 8, null), await thresholdProduct(db, 4)];
    await heldOrder(db, ...[...low, ...others].map((product) => item(product, 3)));
    assert.deepEqual(await Promise.all(low.map((product) => crossingsOf(db, product))), [[[8, 5]], [[6, 3]]]);
    for (const product of others) assert.deepEqual(await crossingsOf(db, product), []);
  });

  it('is told of with the sum of its warehouses, and a transfer between them is none of it', async () => {
    const { db } = database;
    const product = await thresholdProduct(db, 4);
    const code = `W-${v4().slice(0, 8).toUpperCase()}`;
    await openWarehouse(db, product, { code, units: 4, priority: 900 });
    const between = { productId: product.id, from: 'MAIN', to: code, reason: 'moved' };
    await transferStock(asRole(db, 'api'), { id: v4(), quantity: 4, ...between }, cause());
    assert.deepEqual(await crossingsOf(db, product), []);
    await transferStock(asRole(db, 'api'), { id: v4(), quantity: 4, ...between, from: code, to: 'MAIN' }, cause());
    assert.ok((await readWarehouseIds(db, [code])).has(code));
    await heldOrder(db, item(product, 5));
    assert.deepEqual(await crossingsOf(db, product), [[8, 3]]);
  });

  it('is told of when an order that waited is served', async () => {
    const { db } = database;
    const product = await thresholdProduct(db, 0);
    const { id } = await queued(db, product, 4);
    await countIn(db, product, 8);
    assert.deepEqual(await crossingsOf(db, product), []);
    await look(db, id);
    await look(db, id);
    assert.deepEqual(await crossingsOf(db, product), [[8, 4]]);
  });

  it('is told of once when an expired order is confirmed late: what is reserved and sold at once counts once', async () => {
    const { db } = database;
    const product = await thresholdProduct(db, 8);
    const { id } = await heldOrder(db, item(product, 2));
    await endOrderHold(db, { orderId: id }, 'expired', by);
    await countIn(db, product, -1);
    const rescue = { orderId: v5('rescue', id), rescuedFrom: id, holdSeconds: 600 };
    await rescueOrder(db, rescue, 3600, by);
    await rescueOrder(db, rescue, 3600, by);
    assert.deepEqual(await crossingsOf(db, product), [[7, 5]]);
  });

  it('is not made so by its threshold, nor told of without one', async () => {
    const { db } = database;
    const product = await thresholdProduct(db, 8, null);
    await heldOrder(db, item(product, 4));
    await changeProduct(asRole(db, 'api'), product.id, { lowStockThreshold: 6 }, cause());
    assert.deepEqual(await crossingsOf(db, product), []);
    await heldOrder(db, item(product, 1));
    assert.deepEqual(await crossingsOf(db, product), []);
  });

  it('is told of once by an activity that runs again, since nobody heard of its first run', async () => {
    const { db } = database;
    const product = await thresholdProduct(db, 8);
    const order = orderToReserve({ items: [item(product, 4)] });
    const reservation = stockToReserve({ productId: product.id, quantity: 1 });
    for (const _ of ['killed', 'again']) {
      await reserveOrder(db, order, by);
      await reserveStock(db, reservation, by);
    }
    assert.deepEqual(await crossingsOf(db, product), [[8, 4]]);
  });

  it('is told of once when twenty orders at once take it there', async () => {
    const { db } = database;
    const products = [await thresholdProduct(db, 25, 10), await thresholdProduct(db, 30, 24)];
    await Promise.all(Array.from({ length: 20 }, () => heldOrder(db, ...products.map((product) => item(product, 1)))));
    assert.deepEqual(await Promise.all(products.map((product) => crossingsOf(db, product))), [[[11, 10]], [[25, 24]]]);
  });

  it('is not told of where the order that takes it there is refused', async () => {
    const { db } = database;
    const [product, gone] = [await thresholdProduct(db, 8), await thresholdProduct(db, 0)];
    await assert.rejects(reserveOrder(db, orderToReserve({ items: [item(product, 4), item(gone, 1)] }), by));
    assert.deepEqual(await crossingsOf(db, product), []);
  });
});
