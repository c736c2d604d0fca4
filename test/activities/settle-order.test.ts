import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { v7 } from 'uuid';
import type { Order } from '../../src/domain/order.ts';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import type { ReservationEnding } from '../../src/domain/reservation.ts';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';
import { brokenPromises } from '../../src/persistence/books/promises.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { claimMovement } from '../support/damage/ledger.ts';
import { endAlone, erase, moveAlone } from '../support/damage.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, heldReservation, item, orderIn, recording } from '../support/holds.ts';
import { behindTheLedger, tamper } from '../support/ledger.ts';
import { stockedProduct, stockOf, type StockedProduct } from '../support/orders.ts';
import { settleOrder } from '../support/as-worker.ts';

describe('An order whose reservations have not become what it has', () => {
  const database = testDatabase();
  database.prepare();

  let product: StockedProduct;
  beforeEach(async () => (product = await stockedProduct(database.db, { stock: 5 })));

  /** Settles an order and gives what was done and written. */
  async function settle(id: string) {
    const by = cause();
    const { result, entries } = await recording(database.db, () => settleOrder(database.db, id, by));
    for (const { requestId } of entries) assert.equal(requestId, by.requestId);
    return {
      result,
      entries: entries.map(({ action, objectId, oldValue, newValue }) => [action, objectId, oldValue, newValue]),
    };
  }

  const followed = (status: OrderStatus) => `its reservations followed the order, which is ${status}`;
  const givenBack = 'its units were given back and are not to be had again: the order was cancelled';
  const reservationsOf = ({ reservations }: Order) => reservations.map(({ id }) => id);

  /** The entry of a reservation of two units that had ended otherwise. */
  const repaired = (id: string, from: ReservationEnding | null, to: ReservationEnding | null) => [
    'REPAIRED',
    id,
    { qty: 2, ended_as: from },
    { qty: 2, ended_as: to, reason: 'it had ended otherwise than its order' },
  ];

  /** What still is to be found about an order, its reservations and this test's product. */
  async function left(order: Order): Promise<string[]> {
    const ids = [order.id, ...reservationsOf(order), `${product.id}/MAIN`];
    return (await findDiscrepancies(database.db))
      .filter(({ objectId }) => ids.includes(objectId))
      .map(({ detail }) => detail);
  }

  /** Ends one reservation by row, entry, stock level and movement, which nobody else would do without its order. */
  async function giveBack(reservation = '', endedAs: 'released' | 'expired' = 'released'): Promise<void> {
    const { db } = database;
    await db('reservations').where({ id: reservation }).update({ ended_as: endedAs });
    const qty = JSON.stringify({ qty: 2 });
    const action = `RESERVATION_${endedAs.toUpperCase()}`;
    const entry = { actor: 'x', action, object_type: 'Reservation', object_id: reservation };
    await db('audit_log').insert({ ...entry, old_value: qty, new_value: qty });
    await behindTheLedger(db, (trx) =>
      trx('stock_levels').where({ product_id: product.id }).increment('available', 2).decrement('reserved', 2),
    );
    const delta = { total: 0, available: 2, reserved: -2 };
    await claimMovement(db, product, { type: endedAs, delta, of: { reservationId: reservation } });
  }

  it('is left alone when they agree', async () => {
    const { id } = await heldOrder(database.db, item(product));
    assert.deepEqual(await settle(id), { result: undefined, entries: [] });
  });

  const missed = [
    ['confirmed', null, 'RESERVATION_FULFILLED', { total: 3, available: 3, reserved: 0 }],
    ['cancelled', 'requested', 'RESERVATION_RELEASED', { total: 5, available: 5, reserved: 0 }],
    ['cancelled', 'expired', 'RESERVATION_EXPIRED', { total: 5, available: 5, reserved: 0 }],
  ] as const;
  for (const [status, cancelReason, action, stock] of missed) {
    it(`is followed by the step ${action} that they missed`, async () => {
      const { db } = database;
      const order = await heldOrder(db, item(product, 2), item(await stockedProduct(db), 2));
      await moveAlone(db, order, status, cancelReason);
      const qty = { qty: 2 };
      assert.deepEqual(await settle(order.id), {
        result: followed(status),
        entries: reservationsOf(order).map((id) => [action, id, qty, qty]),
      });
      assert.deepEqual(await stockOf(db, product), stock);
      assert.deepEqual(await left(order), []);
      assert.deepEqual(await settle(order.id), { result: undefined, entries: [] });
    });
  }

  it('is followed by giving back when nobody knows what it was cancelled from', async () => {
    const order = await heldOrder(database.db, item(product, 2));
    await database.db('orders').where({ id: order.id }).update({ status: 'cancelled', cancel_reason: 'expired' });
    assert.deepEqual(
      (await brokenPromises(database.db, [order.id])).map(({ cancelledFrom }) => cancelledFrom),
      [null],
    );
    assert.deepEqual((await settle(order.id)).entries, [
      ['RESERVATION_EXPIRED', order.reservations[0]?.id, { qty: 2 }, { qty: 2 }],
    ]);
    assert.deepEqual(await stockOf(database.db, product), { total: 5, available: 5, reserved: 0 });
  });

  it('is followed by a sale when it was restocked after it', async () => {
    const { db } = database;
    const order = await orderIn(db, 'cancelled', item(product, 2));
    const id = order.reservations[0]?.id ?? '';
    await db('reservations').where({ id }).update({ ended_as: null });
    await erase(db, id, 'RESERVATION_FULFILLED');
    await behindTheLedger(db, (trx) =>
      trx('stock_levels').where({ product_id: product.id }).update({ total: 7, available: 5, reserved: 2 }),
    );
    await tamper(db, (trx) => trx('stock_movements').where({ reservation_id: id, type: 'fulfilled' }).delete());
    await tamper(db, (trx) =>
      trx('stock_movements')
        .where({ reservation_id: id, type: 'restocked' })
        .update({ total_after: 7, reserved_after: 2 }),
    );
    assert.deepEqual(await settle(order.id), {
      result: followed('cancelled'),
      entries: [['RESERVATION_FULFILLED', id, { qty: 2 }, { qty: 2 }]],
    });
    assert.deepEqual(await stockOf(db, product), { total: 5, available: 5, reserved: 0 });
    assert.deepEqual(await left(order), []);
  });

  it('takes its units again while they are there to the last one, and only those that it lost', async () => {
    const { db } = database;
    const other = await stockedProduct(db);
    const order = await heldOrder(db, item(product, 2), item(other, 2));
    const [lost = ''] = reservationsOf(order);
    await giveBack(lost);
    await heldReservation(db, item(product, 3));
    assert.deepEqual(await settle(order.id), {
      result: followed('pending'),
      entries: [repaired(lost, 'released', null)],
    });
    assert.deepEqual(await stockOf(db, product), { total: 5, available: 0, reserved: 5 });
    assert.deepEqual(await stockOf(db, other), { total: 10, available: 8, reserved: 2 });
    assert.deepEqual(await left(order), []);
  });

  it('sells units that were given back when it is confirmed', async () => {
    const order = await heldOrder(database.db, item(product, 2));
    await endAlone(database.db, order, 'expired', 'confirmed');
    assert.deepEqual(await settle(order.id), {
      result: followed('confirmed'),
      entries: [repaired(order.reservations[0]?.id ?? '', 'expired', 'confirmed')],
    });
    assert.deepEqual(await stockOf(database.db, product), { total: 3, available: 3, reserved: 0 });
    assert.deepEqual(await left(order), []);
  });

  it('gets units that were sold back when it is pending', async () => {
    const order = await heldOrder(database.db, item(product, 2));
    await endAlone(database.db, order, 'confirmed');
    assert.deepEqual((await settle(order.id)).entries, [repaired(order.reservations[0]?.id ?? '', 'confirmed', null)]);
    assert.deepEqual(await stockOf(database.db, product), { total: 5, available: 3, reserved: 2 });
    assert.deepEqual(await left(order), []);
  });

  const endings = [
    ['released', 'requested'],
    ['expired', 'expired'],
  ] as const;
  for (const [endedAs, cancelReason] of endings) {
    it(`is cancelled when it is pending and its units were ${endedAs} and went to others`, async () => {
      const { db } = database;
      const order = await heldOrder(db, item(product, 2));
      await endAlone(db, order, endedAs);
      await heldReservation(db, item(product, 4));
      const reason = 'the units it was to hold are gone';
      assert.deepEqual(await settle(order.id), {
        result: givenBack,
        entries: [['ORDER_STATUS_CHANGED', order.id, { status: 'pending' }, { status: 'cancelled', reason }]],
      });
      const after = await readOrder(db, order.id);
      assert.deepEqual([after?.status, after?.cancelReason], ['cancelled', cancelReason]);
      assert.deepEqual(await stockOf(db, product), { total: 5, available: 1, reserved: 4 });
      assert.deepEqual(await left(order), []);
    });
  }

  it('gives back what it still holds when it is cancelled for what it does not', async () => {
    const { db } = database;
    const other = await stockedProduct(db);
    const order = await heldOrder(db, item(product, 2), item(other, 2));
    const [lost, kept] = reservationsOf(order);
    await giveBack(lost, 'expired');
    await heldReservation(db, item(product, 4));
    const { result, entries } = await settle(order.id);
    assert.equal(result, givenBack);
    assert.deepEqual(
      entries.map(([action, id]) => [action, id]),
      [
        ['RESERVATION_EXPIRED', kept],
        ['ORDER_STATUS_CHANGED', order.id],
      ],
    );
    assert.deepEqual(await stockOf(db, product), { total: 5, available: 1, reserved: 4 });
    assert.deepEqual(await stockOf(db, other), { total: 10, available: 10, reserved: 0 });
    assert.deepEqual(await left(order), []);
  });

  it('is a case for a person when it was confirmed and its units went to others', async () => {
    const order = await heldOrder(database.db, item(product, 2), item(await stockedProduct(database.db)));
    await endAlone(database.db, order, 'released', 'confirmed');
    await heldReservation(database.db, item(product, 4));
    const message =
      `Order ${order.id} is confirmed and its units were given to others: count the units, adjust the product's stock by what ` +
      'is missing in the books, and run this again.';
    await assert.rejects(settle(order.id), { name: 'NeedsPerson', message });
    assert.deepEqual(await stockOf(database.db, product), { total: 5, available: 1, reserved: 4 });
  });

  it('is a case for a person while its stock level reserves less than it holds, or is gone', async () => {
    const { db } = database;
    const order = await heldOrder(db, item(product, 2));
    await moveAlone(db, order, 'cancelled', 'requested');
    const level = (trx: Knex = db) => trx('stock_levels').where({ product_id: product.id });
    await behindTheLedger(db, (trx) => level(trx).update({ available: 4, reserved: 1 }));
    await assert.rejects(settle(order.id), { name: 'NeedsPerson' });
    await level().delete();
    await assert.rejects(settle(order.id), { name: 'NeedsPerson' });
  });

  it('moves a level once when two of its reservations come out of it', async () => {
    const { db } = database;
    const order = await heldOrder(db, item(product, 2));
    await endAlone(db, order, 'released', 'confirmed');
    const id = v7();
    const row = { id, order_id: order.id, line: 1, product_id: product.id, quantity: 2, expires_at: new Date() };
    await db('reservations').insert({ ...row, ended_as: 'expired' });
    const warehouse_id = db('warehouses').where({ code: 'MAIN' }).select('id');
    await db('reservation_allocations').insert({ reservation_id: id, warehouse_id, quantity: 2 });
    const { entries } = await settle(order.id);
    assert.equal(entries.length, 2);
    assert.deepEqual(await stockOf(db, product), { total: 1, available: 1, reserved: 0 });
  });
});
