import assert from 'node:assert/strict';
import { v4, v7 } from 'uuid';
import { systemActor } from '../../src/domain/audit.ts';
import { orderTransitions } from '../../src/domain/order-status.ts';
import { reservationEndings, type ReservationEnding } from '../../src/domain/reservation.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, heldReservation, item, orderIn, recording } from '../support/holds.ts';
import { behindTheLedger } from '../support/ledger.ts';
import { openWarehouse, stockedProduct, stockOf } from '../support/orders.ts';
import { endOrderHold, endReservationHold } from '../support/acting.ts';

const database = testDatabase({ balanced: true });

/** What 4 of 10 units are after their hold ended, and what that makes of an order. */
const outcomes = {
  confirmed: {
    stock: { total: 6, available: 6, reserved: 0 },
    action: 'RESERVATION_FULFILLED',
    status: 'confirmed',
    cancelReason: null,
  },
  released: {
    stock: { total: 10, available: 10, reserved: 0 },
    action: 'RESERVATION_RELEASED',
    status: 'cancelled',
    cancelReason: 'requested',
  },
  expired: {
    stock: { total: 10, available: 10, reserved: 0 },
    action: 'RESERVATION_EXPIRED',
    status: 'cancelled',
    cancelReason: 'expired',
  },
} as const;

const others = (endedAs: ReservationEnding) => reservationEndings.filter((other) => other !== endedAs);

describe('The hold of an order', () => {
  database.prepare();

  for (const endedAs of reservationEndings) {
    const { stock, action, status, cancelReason } = outcomes[endedAs];

    it(`that ends as ${endedAs} moves the stock, the reservations and the order, each with its audit entry`, async () => {
      const { db } = database;
      const [tea, cup] = [await stockedProduct(db, { stock: 10 }), await stockedProduct(db, { stock: 10 })];
      const { id: orderId, reservations, updatedAt } = await heldOrder(db, item(tea, 4), item(cup, 4));
      const by = { actor: systemActor, requestId: v4(), workflowId: `order-${orderId}` };
      const { result, entries } = await recording(db, () => endOrderHold(db, { orderId }, endedAs, by));

      assert.equal(result.status, status);
      assert.equal(result.cancelReason, cancelReason);
      assert.ok(result.updatedAt > updatedAt);
      for (const reservation of result.reservations) {
        assert.equal(reservation.endedAs, endedAs);
        assert.equal(reservation.isActive, false);
        assert.equal(reservation.confirmed, endedAs === 'confirmed');
      }
      assert.deepEqual(await stockOf(db, tea), stock);
      assert.deepEqual(await stockOf(db, cup), stock);
      const ended = reservations.map(({ id }) => ({
        ...by,
        action,
        objectType: 'Reservation',
        objectId: id,
        oldValue: { qty: 4 },
        newValue: { qty: 4 },
      }));
      const moved = {
        ...by,
        action: 'ORDER_STATUS_CHANGED',
        objectType: 'Order',
        objectId: orderId,
        oldValue: { status: 'pending' },
        newValue: { status },
      };
      assert.deepEqual(entries, [...ended, moved]);
    });

    it(`that ends as ${endedAs} twice, also at once, ends once and answers the same`, async () => {
      const { db } = database;
      const product = await stockedProduct(db, { stock: 10 });
      const { id: orderId } = await heldOrder(db, item(product, 4));
      const end = () => endOrderHold(db, { orderId }, endedAs, cause());
      const { result, entries } = await recording(db, () => Promise.all([end(), end(), end()]));
      for (const order of result) assert.deepEqual(order, await end());
      assert.equal(entries.length, 2);
      assert.deepEqual(await stockOf(db, product), stock);
    });

    for (const other of others(endedAs)) {
      it(`that ended as ${endedAs} is not ended again as ${other}`, async () => {
        const { db } = database;
        const product = await stockedProduct(db, { stock: 10 });
        const { id: orderId } = await heldOrder(db, item(product, 4));
        await endOrderHold(db, { orderId }, endedAs, cause());
        const again = recording(db, () =>
          assert.rejects(endOrderHold(db, { orderId }, other, cause()), {
            code: 'invalid-transition',
            details: { from: status, to: outcomes[other].status, allowed: orderTransitions[status] },
          }),
        );
        assert.deepEqual((await again).entries, []);
        assert.deepEqual(await stockOf(db, product), stock);
      });
    }
  }

  it('is over once the order has moved on: what it was cannot come back', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 10 });
    for (const status of ['processing', 'shipped', 'delivered'] as const) {
      const { id: orderId } = await orderIn(db, status, item(product));
      for (const endedAs of reservationEndings) {
        await assert.rejects(endOrderHold(db, { orderId }, endedAs, cause()), { code: 'invalid-transition' });
      }
    }
    assert.deepEqual(await stockOf(db, product), { total: 7, available: 7, reserved: 0 });
  });

  it('writes a reason that was given beside the new status', async () => {
    const { db } = database;
    const { id: orderId } = await heldOrder(db, item(await stockedProduct(db)));
    const input = { orderId, reason: 'changed my mind' };
    const { entries } = await recording(db, () => endOrderHold(db, input, 'released', cause()));
    assert.deepEqual(entries.at(-1)?.newValue, { status: 'cancelled', reason: 'changed my mind' });
  });

  it('gives every unit back to the warehouse that it came from', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 10 });
    await openWarehouse(db, product, { code: 'NEAR', units: 4, priority: 1 });
    const levels = () =>
      db('stock_levels').where({ product_id: product.id }).orderBy('total').select('total', 'available', 'reserved');
    const before = await levels();

    const { id: orderId } = await heldOrder(db, item(product, 6));
    await endOrderHold(db, { orderId }, 'released', cause());
    assert.deepEqual(await levels(), before);
    const { id: sold } = await heldOrder(db, item(product, 6));
    await endOrderHold(db, { orderId: sold }, 'confirmed', cause());
    assert.deepEqual(await levels(), [
      { total: 0, available: 0, reserved: 0 },
      { total: 8, available: 8, reserved: 0 },
    ]);
  });

  it('is refused for an order that does not exist', async () => {
    const orderId = v7();
    await assert.rejects(endOrderHold(database.db, { orderId }, 'expired', cause()), {
      code: 'not-found',
      details: { objectType: 'Order', id: orderId },
    });
  });
});

describe('The hold of a reservation that stands alone', () => {
  database.prepare();

  for (const endedAs of reservationEndings) {
    const { stock, action } = outcomes[endedAs];

    it(`that ends as ${endedAs} moves the stock with one audit entry, and only once`, async () => {
      const { db } = database;
      const product = await stockedProduct(db, { stock: 10 });
      const held = await heldReservation(db, item(product, 4));
      const by = { actor: 'bert', requestId: v4(), workflowId: `reservation-${held.id}` };
      const end = () => endReservationHold(db, { reservationId: held.id }, endedAs, by);
      const { result, entries } = await recording(db, () => Promise.all([end(), end()]));

      const ended = { ...held, endedAs, isActive: false, confirmed: endedAs === 'confirmed' };
      assert.deepEqual(result, [ended, ended]);
      assert.deepEqual(await end(), ended);
      assert.deepEqual(await stockOf(db, product), stock);
      assert.deepEqual(entries, [
        { ...by, action, objectType: 'Reservation', objectId: held.id, oldValue: { qty: 4 }, newValue: { qty: 4 } },
      ]);
      for (const other of others(endedAs)) {
        await assert.rejects(endReservationHold(db, { reservationId: held.id }, other, by), {
          code: 'reservation-ended',
          details: { endedAs },
        });
      }
    });
  }

  it('is not that of an order, which ends with its order', async () => {
    const { db } = database;
    const { id: orderId, reservations } = await heldOrder(db, item(await stockedProduct(db)));
    const reservationId = reservations[0]?.id ?? '';
    await assert.rejects(endReservationHold(db, { reservationId }, 'released', cause()), {
      code: 'belongs-to-order',
      details: { orderId },
    });
  });

  it('is refused for a reservation that does not exist', async () => {
    const reservationId = v7();
    await assert.rejects(endReservationHold(database.db, { reservationId }, 'released', cause()), {
      code: 'not-found',
      details: { objectType: 'Reservation', id: reservationId },
    });
  });
});

describe('The hold of an order of whose reservations one has ended by itself', () => {
  const torn = testDatabase();
  torn.prepare();

  it('ends what is still held, and gives nothing back twice', async () => {
    const { db } = torn;
    const [tea, cup] = [await stockedProduct(db, { stock: 10 }), await stockedProduct(db, { stock: 10 })];
    const { id: orderId, reservations } = await heldOrder(db, item(tea, 4), item(cup, 2));
    const [ended, held] = reservations;
    await db('reservations').where({ id: ended?.id }).update({ ended_as: 'released' });
    await behindTheLedger(db, (trx) =>
      trx('stock_levels').where({ product_id: tea.id }).update({ available: 10, reserved: 0 }),
    );

    const { entries } = await recording(db, () => endOrderHold(db, { orderId }, 'expired', cause()));
    assert.deepEqual(
      entries.map(({ action, objectId }) => [action, objectId]),
      [
        ['RESERVATION_EXPIRED', held?.id],
        ['ORDER_STATUS_CHANGED', orderId],
      ],
    );
    for (const product of [tea, cup]) {
      assert.deepEqual(await stockOf(db, product), { total: 10, available: 10, reserved: 0 });
    }
  });
});
