import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import { orderStatuses } from '../../src/domain/order-status.ts';
import {
  listOpenOrders,
  listOpenReservations,
  listOverdueWaits,
  readEndedOrders,
  readEndedReservations,
  readOpenOrders,
  readOpenReservations,
  readOverdue,
  readOverdueWaits,
} from '../../src/persistence/open-work.ts';
import { testDatabase } from '../support/database.ts';
import {
  cause,
  heldOrder,
  heldReservation,
  item,
  makeOverdue,
  orderIn,
  orderToReserve,
  stockToReserve,
} from '../support/holds.ts';
import { stockedProduct, type StockedProduct } from '../support/orders.ts';
import { everyPage } from '../support/pages.ts';
import { endOrderHold, endReservationHold, reserveOrder, reserveStock } from '../support/acting.ts';
import { extendOrderHold, extendReservationHold, leaveWaitingList, rescueOrder } from '../support/as-worker.ts';

describe('Work that is still open', () => {
  const database = testDatabase();
  database.prepare();

  let product: StockedProduct;
  /** An order in every status and a reservation in every state, by that. */
  const orders = new Map<string, string>();
  const reservations = new Map<string, string>();
  const order = (status: string) => orders.get(status) ?? '';
  const reservation = (state: string) => reservations.get(state) ?? '';
  const every = (ids: ReadonlyMap<string, string>) => [...ids.values()];

  before(async () => {
    product = await stockedProduct(database.db, { stock: 100 });
    for (const status of orderStatuses) {
      orders.set(
        status,
        (await orderIn(database.db, status, item(product, 2), item(await stockedProduct(database.db)))).id,
      );
    }
    for (const endedAs of ['released', 'expired', 'confirmed'] as const) {
      const { id: reservationId } = await heldReservation(database.db, item(product));
      await endReservationHold(database.db, { reservationId }, endedAs, cause());
      reservations.set(endedAs, reservationId);
    }
    reservations.set('active', (await heldReservation(database.db, item(product, 3))).id);
  });

  it('is every order that has not ended, by id', async () => {
    const open = ['pending', 'confirmed', 'processing', 'shipped'].map(order);
    for (const limit of [1, 100]) {
      assert.deepEqual(await everyPage((page) => listOpenOrders(database.db, page), limit), open.toSorted());
    }
    assert.deepEqual(
      (await readOpenOrders(database.db, every(orders))).map(({ id }) => id),
      open.toSorted(),
    );
    assert.deepEqual(await readOpenOrders(database.db, [order('delivered')]), []);
    assert.deepEqual(await readOpenOrders(database.db, []), []);
  });

  it('is every active reservation that stands alone', async () => {
    const { db } = database;
    const also = (await heldReservation(db, item(product))).id;
    const open = [reservation('active'), also].toSorted();
    for (const limit of [1, 100]) {
      assert.deepEqual(await everyPage((page) => listOpenReservations(db, page), limit), open);
    }
    const held = await db('reservations').pluck('id');
    assert.deepEqual(
      (await readOpenReservations(db, held)).map(({ id }) => id),
      open,
    );
    assert.deepEqual(await readOpenReservations(db, [reservation('released')]), []);
  });

  it('tells all that the workflow of an order has to know', async () => {
    const { db } = database;
    const by = cause({ actor: 'zoe' });
    const items = [item(await stockedProduct(db), 2), item(product, 1)];
    const rule = { allocation: 'nearest', region: 'north' } as const;
    const input = orderToReserve({ items, holdSeconds: 345, reference: 'r-9', ...rule });
    await reserveOrder(db, input, { ...by, onBehalfOf: 'amy' });
    assert.deepEqual(await readOpenOrders(db, [input.orderId]), [
      {
        id: input.orderId,
        status: 'pending',
        items,
        holdSeconds: 345,
        reference: 'r-9',
        ...rule,
        onShortage: 'reject',
        waitSeconds: null,
        rescuedFrom: null,
        actor: 'zoe',
        onBehalfOf: 'amy',
        requestId: by.requestId,
      },
    ]);
  });

  const openOrder = async (id: string) => (await readOpenOrders(database.db, [id]))[0];

  it('tells what an order was for that took what there was, and how long it was held before it was extended', async () => {
    const { db } = database;
    const [scarce, none] = [await stockedProduct(db, { stock: 2 }), await stockedProduct(db, { stock: 0 })];
    const items = [item(scarce, 5), item(none, 3)];
    const input = orderToReserve({ items, holdSeconds: 300, onShortage: 'partial' });
    const { order } = await reserveOrder(db, input, cause());
    const extension = { orderId: order.id, seconds: 120, expiresAt: order.expiresAt ?? '' };
    await extendOrderHold(db, extension, 3, cause());
    const open = await openOrder(order.id);
    assert.deepEqual([open?.items, open?.onShortage, open?.holdSeconds], [items, 'partial', 300]);
  });

  it('tells how long a standalone reservation was held before it was extended', async () => {
    const { db } = database;
    const { id, expiresAt } = await heldReservation(db, item(product));
    await extendReservationHold(db, { reservationId: id, seconds: 900, expiresAt }, 3, cause());
    assert.equal((await readOpenReservations(db, [id]))[0]?.holdSeconds, 600);
  });

  it('tells the hold and the wait of an order that waits, and of one that was served out of the list', async () => {
    const { db } = database;
    const scarce = await stockedProduct(db, { stock: 1 });
    const { id: inTheWay } = await heldOrder(db, item(scarce));
    const input = orderToReserve({ items: [item(scarce)], holdSeconds: 240, onShortage: 'wait', waitSeconds: 7200 });
    const told = async () => {
      const open = await openOrder(input.orderId);
      return [open?.status, open?.holdSeconds, open?.onShortage, open?.waitSeconds];
    };
    assert.ok((await reserveOrder(db, input, cause())).order.waiting);
    assert.deepEqual(await told(), ['pending', 240, 'wait', 7200]);
    await endOrderHold(db, { orderId: inTheWay }, 'released', cause());
    assert.equal((await reserveOrder(db, input, cause())).order.waiting, null);
    assert.deepEqual(await told(), ['pending', 240, 'wait', 7200]);
  });

  it('tells which order another one takes the place of', async () => {
    const { db } = database;
    const { id: rescuedFrom } = await heldOrder(db, item(product));
    await endOrderHold(db, { orderId: rescuedFrom }, 'expired', cause());
    const orderId = v7();
    await rescueOrder(db, { orderId, rescuedFrom, holdSeconds: 600 }, 3600, cause());
    assert.deepEqual(
      [(await openOrder(orderId))?.status, (await openOrder(orderId))?.rescuedFrom],
      ['confirmed', rescuedFrom],
    );
  });

  it('is overdue when an order has waited longer than it should by more than the grace', async () => {
    const { db } = database;
    const none = await stockedProduct(db, { stock: 0 });
    const waits = async (secondsAgo: number) => {
      const { order } = await reserveOrder(db, orderToReserve({ items: [item(none)], onShortage: 'wait' }), cause());
      const until = db.raw(`now() - ? * interval '1 second'`, [secondsAgo]);
      await db('waiting_list').where({ order_id: order.id }).update({ until });
      return order.id;
    };
    const [late, left, later, fresh] = [await waits(90), await waits(95), await waits(99), await waits(30)];
    await leaveWaitingList(db, { orderId: left, endedAs: 'cancelled' }, cause());
    for (const limit of [1, 100])
      assert.deepEqual(await everyPage((page) => listOverdueWaits(db, 60, page), limit), [later, late]);
    assert.deepEqual(await readOverdueWaits(db, [late, left, fresh], 60), [late]);
    assert.deepEqual(new Set(await readOverdueWaits(db, [late, left, fresh], 0)), new Set([late, fresh]));
  });

  it('tells all that the workflow of a reservation has to know, of which the audit log tells the request', async () => {
    const { db } = database;
    const by = cause({ actor: 'zoe' });
    const input = stockToReserve({ productId: product.id, quantity: 4, holdSeconds: 234 });
    await reserveStock(db, input, { ...by, onBehalfOf: 'amy' });
    const told = { productId: product.id, quantity: 4, holdSeconds: 234 };
    assert.deepEqual(await readOpenReservations(db, [input.reservationId]), [
      { id: input.reservationId, ...told, actor: 'zoe', onBehalfOf: 'amy', requestId: by.requestId },
    ]);

    const id = v7();
    const expires_at = db.raw(`now() + interval '234 seconds'`);
    await db('reservations').insert({ id, product_id: product.id, quantity: 4, expires_at, held_by: 'max' });
    assert.deepEqual(await readOpenReservations(db, [id]), [
      { id, ...told, actor: 'max', onBehalfOf: null, requestId: id },
    ]);
    await db('reservations').where({ id }).delete();
  });

  it('is over for an order that ended longer ago than the grace, or at once for some', async () => {
    const { db } = database;
    const ended = [order('delivered'), order('cancelled')].toSorted();
    assert.deepEqual(await readEndedOrders(db, every(orders), 0), ended);
    assert.deepEqual(await readEndedOrders(db, [order('cancelled')], 0), [order('cancelled')]);
    assert.deepEqual(await readEndedOrders(db, every(orders), 60), []);
    assert.deepEqual(await readEndedOrders(db, every(orders), 60, [order('delivered'), order('pending')]), [
      order('delivered'),
    ]);
    const updated_at = db.raw(`now() - interval '90 seconds'`);
    await db('orders')
      .where({ id: order('cancelled') })
      .update({ updated_at });
    assert.deepEqual(await readEndedOrders(db, every(orders), 60), [order('cancelled')]);
  });

  it('is not over for an ended order that still holds units, or waits for them', async () => {
    const { db } = database;
    const { id } = await heldOrder(db, item(product));
    await db('orders').where({ id }).update({ status: 'cancelled', cancel_reason: 'requested' });
    assert.deepEqual(await readEndedOrders(db, [id], 0), []);
    await db('orders').where({ id }).update({ status: 'pending', cancel_reason: null });
    await endOrderHold(db, { orderId: id }, 'released', cause());
    assert.deepEqual(await readEndedOrders(db, [id], 0), [id]);
    const none = await stockedProduct(db, { stock: 0 });
    const { order } = await reserveOrder(db, orderToReserve({ items: [item(none)], onShortage: 'wait' }), cause());
    await db('orders').where({ id: order.id }).update({ status: 'cancelled', cancel_reason: 'requested' });
    assert.deepEqual(await readEndedOrders(db, [order.id], 0), []);
    await db('waiting_list').where({ order_id: order.id }).update({ ended_as: 'cancelled' });
    assert.deepEqual(await readEndedOrders(db, [order.id], 0), [order.id]);
  });

  it('is over for a standalone reservation whose last entry is older than the grace, or at once for some', async () => {
    const { db } = database;
    const held: string[] = await db('reservations').pluck('id');
    const ended = ['released', 'expired', 'confirmed'].map(reservation).toSorted();
    assert.deepEqual(await readEndedReservations(db, held, 0), ended);
    assert.deepEqual(await readEndedReservations(db, [reservation('expired')], 0), [reservation('expired')]);
    assert.deepEqual(await readEndedReservations(db, held, 60), []);
    const atOnce = [reservation('released'), reservation('active')];
    assert.deepEqual(await readEndedReservations(db, held, 60, atOnce), [reservation('released')]);
  });

  it('is overdue when its hold ended longer ago than the grace and nothing has ended it', async () => {
    const { db } = database;
    const [late, ended, fresh] = [
      await heldReservation(db, item(product)),
      await heldReservation(db, item(product)),
      await heldReservation(db, item(product)),
    ].map(({ id }) => id) as [string, string, string];
    for (const reservationId of [late, ended]) await makeOverdue(db, { reservationId }, 90);
    await makeOverdue(db, { reservationId: fresh }, 30);
    await endReservationHold(db, { reservationId: ended }, 'expired', cause());
    assert.deepEqual(await readOverdue(db, [late, ended, fresh], 60), [late]);
    assert.deepEqual((await readOverdue(db, [late, ended, fresh], 0)).toSorted(), [late, fresh].toSorted());
    assert.deepEqual(await readOverdue(db, [ended, fresh], 60), []);
  });
});
