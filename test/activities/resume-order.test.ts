import assert from 'node:assert/strict';
import { orderStatuses } from '../../src/domain/order-status.ts';
import { testDatabase } from '../support/database.ts';
import { cause, item, makeOverdue, orderIn, orderToReserve, recording } from '../support/holds.ts';
import { stockedProduct, stockOf } from '../support/orders.ts';
import { reserveOrder } from '../support/acting.ts';

const database = testDatabase({ balanced: true });

describe('Reserving an order that exists', () => {
  database.prepare();

  it('has no second effect and gives the same answer, whatever became of its products', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 5 });
    const input = orderToReserve({ items: [item(product, 5)] });
    const { order } = await reserveOrder(db, input, cause());
    await db('products').where({ id: product.id }).update({ price_minor: 1, active: false });

    const { result, entries } = await recording(db, () => reserveOrder(db, input, cause({ actor: 'eve' })));
    assert.deepEqual(result.order, order);
    assert.deepEqual(entries, []);
    assert.deepEqual(await stockOf(db, product), { total: 5, available: 0, reserved: 5 });
  });

  it('has one effect when several attempts run at once', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 10 });
    const input = orderToReserve({ items: [item(product, 2)] });
    const { result, entries } = await recording(db, () =>
      Promise.all(Array.from({ length: 8 }, () => reserveOrder(db, input, cause()))),
    );
    for (const { order } of result) assert.deepEqual({ ...order, placedBy: '' }, { ...result[0]?.order, placedBy: '' });
    assert.equal(entries.length, 2);
    assert.deepEqual(await stockOf(db, product), { total: 10, available: 8, reserved: 2 });
  });

  it('tells by the clock of the database how long the hold still lasts', async () => {
    const { db } = database;
    const input = orderToReserve({ items: [item(await stockedProduct(db))] });
    await reserveOrder(db, input, cause());
    const first = await reserveOrder(db, input, cause());
    assert.ok(first.remainingHoldMs > 590_000 && first.remainingHoldMs <= 600_000, String(first.remainingHoldMs));

    await makeOverdue(db, input, -100);
    const later = await reserveOrder(db, input, cause());
    assert.ok(later.remainingHoldMs > 90_000 && later.remainingHoldMs <= 100_000, String(later.remainingHoldMs));

    await makeOverdue(db, input, 5);
    assert.equal((await reserveOrder(db, input, cause())).remainingHoldMs, 0);
  });

  for (const status of orderStatuses) {
    it(`gives one that is ${status} as it stands`, async () => {
      const { db } = database;
      const product = await stockedProduct(db);
      const order = await orderIn(db, status, item(product, 2));
      const stock = await stockOf(db, product);
      const input = orderToReserve({ orderId: order.id, items: [item(product, 2)] });
      const { result, entries } = await recording(db, () => reserveOrder(db, input, cause()));
      assert.deepEqual(result.order, order);
      assert.deepEqual(entries, []);
      assert.deepEqual(await stockOf(db, product), stock);
    });
  }
});
