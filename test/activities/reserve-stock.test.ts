import assert from 'node:assert/strict';
import { v4, v7 } from 'uuid';
import { testDatabase } from '../support/database.ts';
import { cause, makeOverdue, recording, stockToReserve } from '../support/holds.ts';
import { countIn, stockedProduct, stockOf } from '../support/orders.ts';
import { endReservationHold, reserveStock } from '../support/acting.ts';

const database = testDatabase({ balanced: true });

describe('Reserving stock on its own', () => {
  database.prepare();

  it('takes the units out of available, holds them, and says so in the audit log', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 10 });
    const by = { actor: 'bert', requestId: v4(), workflowId: 'reservation-x' };
    const input = stockToReserve({ productId: product.id, quantity: 4, holdSeconds: 60 });
    const { result, entries } = await recording(db, () => reserveStock(db, input, by));

    assert.equal(result.remainingHoldMs, 60_000);
    const { createdAt, expiresAt, ...fields } = result.reservation;
    assert.deepEqual(fields, {
      id: input.reservationId,
      orderId: null,
      productId: product.id,
      quantity: 4,
      isActive: true,
      confirmed: false,
      endedAs: null,
      extendedSeconds: 0,
      allocations: [{ warehouse: 'MAIN', quantity: 4 }],
    });
    assert.equal(Date.parse(expiresAt) - Date.parse(createdAt), 60_000);
    assert.deepEqual(await stockOf(db, product), { total: 10, available: 6, reserved: 4 });
    assert.deepEqual(entries, [
      {
        ...by,
        action: 'RESERVATION_CREATED',
        objectType: 'Reservation',
        objectId: input.reservationId,
        oldValue: null,
        newValue: { qty: 4 },
      },
    ]);
  });

  it('has one effect when it runs twice, also at once, and gives the same answer', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 3 });
    const input = stockToReserve({ productId: product.id, quantity: 3 });
    const { result, entries } = await recording(db, () =>
      Promise.all([1, 2, 3].map(() => reserveStock(db, input, cause()))),
    );
    const again = await reserveStock(db, input, cause());
    for (const { reservation } of result) assert.deepEqual(reservation, again.reservation);
    assert.ok(again.remainingHoldMs > 590_000 && again.remainingHoldMs <= 600_000);
    assert.equal(entries.length, 1);
    assert.deepEqual(await stockOf(db, product), { total: 3, available: 0, reserved: 3 });
  });

  it('gives one that has ended as it stands, and an overdue one without any time left', async () => {
    const { db } = database;
    const product = await stockedProduct(db);
    const input = stockToReserve({ productId: product.id });
    await reserveStock(db, input, cause());
    await makeOverdue(db, input, 5);
    assert.equal((await reserveStock(db, input, cause())).remainingHoldMs, 0);
    const ended = await endReservationHold(db, input, 'confirmed', cause());
    assert.deepEqual((await reserveStock(db, input, cause())).reservation, ended);
  });

  it('is refused for an unknown product, one not for sale, and for more than there is', async () => {
    const { db } = database;
    const [few, withdrawn] = [await stockedProduct(db, { stock: 2 }), await stockedProduct(db, { active: false })];
    const refused = (input: Parameters<typeof stockToReserve>[0], expected: object) =>
      assert.rejects(reserveStock(db, stockToReserve(input), cause()), expected);
    const { entries } = await recording(db, async () => {
      await refused({ productId: v7() }, { code: 'not-found' });
      await refused(
        { productId: withdrawn.id },
        { code: 'product-inactive', message: `Product ${withdrawn.sku} is not for sale.` },
      );
      const shortages = [{ productId: few.id, sku: few.sku, requested: 3, available: 2 }];
      await refused({ productId: few.id, quantity: 3 }, { code: 'insufficient-stock', details: { shortages } });
    });
    assert.deepEqual(entries, []);
    assert.equal((await stockOf(db, few)).reserved, 0);
  });

  it('is refused for good: asked for again it is refused alike, although there is stock by then', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 0 });
    const input = stockToReserve({ productId: product.id });
    const shortages = [{ productId: product.id, sku: product.sku, requested: 1, available: 0 }];
    await assert.rejects(reserveStock(db, input, cause()), { code: 'insufficient-stock', details: { shortages } });
    await countIn(db, product, 1);
    await assert.rejects(reserveStock(db, input, cause()), { code: 'insufficient-stock', details: { shortages } });
    const another = stockToReserve({ productId: product.id });
    assert.equal((await reserveStock(db, another, cause())).reservation.isActive, true);
  });
});
