import assert from 'node:assert/strict';
import { DomainError } from '../../src/domain/errors.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, item, orderToReserve, stockToReserve } from '../support/holds.ts';
import { stockedProduct, stockOf } from '../support/orders.ts';
import { advanceOrder, endOrderHold, endReservationHold, reserveOrder, reserveStock } from '../support/acting.ts';

const database = testDatabase({ balanced: true, poolMax: 25 });

/** Runs everything at once; what is refused gives the code of its refusal, any other error is thrown. */
async function atOnce<T>(count: number, work: (n: number) => Promise<T>): Promise<{ done: T[]; refused: string[] }> {
  const settled = await Promise.allSettled(Array.from({ length: count }, (_, n) => work(n)));
  const done = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  const refused = errors.map((error) => {
    if (error instanceof DomainError) return error.code;
    throw error;
  });
  return { done, refused };
}

const buyers = 50;
const short = Array.from({ length: 45 }, () => 'insufficient-stock');

describe('Fifty at once on five units', () => {
  database.prepare();

  it('get exactly five orders', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 5 });
    const { done, refused } = await atOnce(buyers, () =>
      reserveOrder(db, orderToReserve({ items: [item(product)] }), cause()),
    );
    assert.equal(done.length, 5);
    assert.deepEqual(refused, short);
    assert.deepEqual(await stockOf(db, product), { total: 5, available: 0, reserved: 5 });
  });

  it('get exactly five reservations', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 5 });
    const { done, refused } = await atOnce(buyers, () =>
      reserveStock(db, stockToReserve({ productId: product.id }), cause()),
    );
    assert.equal(done.length, 5);
    assert.deepEqual(refused, short);
    assert.deepEqual(await stockOf(db, product), { total: 5, available: 0, reserved: 5 });
  });
});

describe('Orders of the same products in opposite order', () => {
  database.prepare();

  it('do not deadlock, and all get their units', async () => {
    const { db } = database;
    const [tea, cup] = [await stockedProduct(db, { stock: 100 }), await stockedProduct(db, { stock: 120 })];
    const { done, refused } = await atOnce(60, (n) => {
      const items = n % 2 === 0 ? [item(tea), item(cup, 2)] : [item(cup, 2), item(tea)];
      return reserveOrder(db, orderToReserve({ items }), cause());
    });
    assert.equal(done.length, 60);
    assert.deepEqual(refused, []);
    assert.deepEqual(await stockOf(db, tea), { total: 100, available: 40, reserved: 60 });
    assert.deepEqual(await stockOf(db, cup), { total: 120, available: 0, reserved: 120 });
  });

  it('do not deadlock with those whose holds end meanwhile', async () => {
    const { db } = database;
    const [tea, cup] = [await stockedProduct(db, { stock: 100 }), await stockedProduct(db, { stock: 100 })];
    const held = await Promise.all(Array.from({ length: 40 }, () => heldOrder(db, item(tea), item(cup))));
    const endings = ['confirmed', 'released', 'expired'] as const;
    const { refused } = await atOnce(80, async (n): Promise<unknown> => {
      const { id: orderId } = held[n] ?? {};
      return orderId === undefined
        ? heldOrder(db, item(cup), item(tea))
        : endOrderHold(db, { orderId }, endings[n % 3] ?? 'expired', cause());
    });
    assert.deepEqual(refused, []);
    // 14 of the first 40 were confirmed, the other 40 are held.
    for (const product of [tea, cup]) {
      assert.deepEqual(await stockOf(db, product), { total: 86, available: 46, reserved: 40 });
    }
  });
});

describe('Of everything that wants to end one hold at once', () => {
  database.prepare();

  it('one thing happens to an order: confirmed, released or expired', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 20 });
    const orders = await Promise.all(Array.from({ length: 20 }, () => heldOrder(db, item(product))));
    const endings = ['confirmed', 'expired', 'released'] as const;
    const { done, refused } = await atOnce(60, (n) => {
      const { id: orderId = '' } = orders[Math.floor(n / 3)] ?? {};
      return endOrderHold(db, { orderId }, endings[n % 3] ?? 'expired', cause());
    });
    assert.equal(done.length, 20);
    assert.ok(refused.every((code) => code === 'invalid-transition'));
    const confirmed = done.filter(({ status }) => status === 'confirmed').length;
    assert.deepEqual(await stockOf(db, product), { total: 20 - confirmed, available: 20 - confirmed, reserved: 0 });
  });

  it('one thing happens to a reservation', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 1 });
    const input = stockToReserve({ productId: product.id });
    await reserveStock(db, input, cause());
    const { done, refused } = await atOnce(30, (n) =>
      endReservationHold(db, input, n % 2 === 0 ? 'confirmed' : 'expired', cause()),
    );
    assert.equal(new Set(done.map(({ endedAs }) => endedAs)).size, 1);
    assert.deepEqual(new Set(refused), new Set(['reservation-ended']));
    const left = done[0]?.confirmed ? 0 : 1;
    assert.deepEqual(await stockOf(db, product), { total: left, available: left, reserved: 0 });
  });

  it('a confirmed order is processed or cancelled, never both', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 10 });
    const orders = await Promise.all(Array.from({ length: 10 }, () => heldOrder(db, item(product))));
    await Promise.all(orders.map(({ id: orderId }) => endOrderHold(db, { orderId }, 'confirmed', cause())));
    const { done, refused } = await atOnce(20, (n) => {
      const { id: orderId = '' } = orders[n % 10] ?? {};
      return advanceOrder(db, { orderId, newStatus: n < 10 ? 'processing' : 'cancelled' }, cause());
    });
    assert.equal(done.length, 10);
    assert.equal(refused.length, 10);
    const restocked = done.filter(({ status }) => status === 'cancelled').length;
    assert.deepEqual(await stockOf(db, product), { total: restocked, available: restocked, reserved: 0 });
  });
});
