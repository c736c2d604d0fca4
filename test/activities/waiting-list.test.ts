import assert from 'node:assert/strict';
import { readOrder } from '../../src/persistence/orders.ts';
import { listWaiting, readTurns } from '../../src/persistence/waiting-list.ts';
import { reserveOrder, reserveStock } from '../support/acting.ts';
import { testDatabase } from '../support/database.ts';
import {
  cause,
  heldOrder,
  heldReservation,
  item,
  orderToReserve,
  recording,
  stockToReserve,
} from '../support/holds.ts';
import { countIn, openWarehouse, stockedProduct, stockOf, type StockedProduct } from '../support/orders.ts';
import { look, queued, reserveOrWait } from '../support/waiting.ts';
import { endOrderHold, endReservationHold, leaveWaitingList } from '../support/as-worker.ts';

const database = testDatabase({ balanced: true });

const insufficient = { code: 'insufficient-stock' };

/** The orders that wait for a product, in their order. */
async function waitingFor({ id }: StockedProduct): Promise<string[]> {
  const { items } = await listWaiting(database.db, id, { limit: 100, after: null });
  assert.deepEqual(
    items.map(({ position }) => position),
    items.map((_, index) => index + 1),
  );
  return items.map(({ orderId }) => orderId);
}

describe('Joining a waiting list', () => {
  database.prepare();

  it('leaves the order pending without a hold, at the end of the list, until its time is over', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 1 });
    const first = await queued(db, product, 2);
    const input = orderToReserve({ items: [item(product, 3)], onShortage: 'wait', waitSeconds: 120 });
    const by = cause();
    const { result, entries } = await recording(db, () => reserveOrWait(db, input, by));
    const { order, remainingHoldMs } = result.value;
    assert.deepEqual(result.turns, []);
    assert.equal(remainingHoldMs, 120_000);
    assert.equal(order.status, 'pending');
    assert.equal(order.expiresAt, null);
    assert.deepEqual(order.reservations, []);
    assert.equal(order.waiting?.position, 2);
    assert.equal(Date.parse(order.waiting.until) - Date.parse(order.createdAt), 120_000);
    assert.deepEqual(
      entries.map(({ action, actor, objectId, oldValue, newValue }) => ({
        action,
        actor,
        objectId,
        oldValue,
        newValue,
      })),
      [
        {
          action: 'ORDER_CREATED',
          actor: by.actor,
          objectId: order.id,
          oldValue: null,
          newValue: { status: 'pending', quantity: 3, total: '37.50' },
        },
        {
          action: 'WAITING_STARTED',
          actor: by.actor,
          objectId: order.id,
          oldValue: null,
          newValue: { product: product.id, qty: 3, seconds: 120 },
        },
      ],
    );
    assert.deepEqual(await waitingFor(product), [first.id, order.id]);
    assert.deepEqual(await stockOf(db, product), { total: 1, available: 1, reserved: 0 });
  });

  it('happens once, however often it is tried, also at once', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 0 });
    const input = orderToReserve({ items: [item(product, 2)], onShortage: 'wait', waitSeconds: 120 });
    const { entries } = await recording(db, async () => {
      const placed = await Promise.all([1, 2, 3, 4].map(() => reserveOrWait(db, input)));
      for (const { value } of [...placed, await reserveOrWait(db, input)]) {
        assert.equal(value.order.waiting?.position, 1);
        assert.ok(value.remainingHoldMs > 0 && value.remainingHoldMs <= 120_000);
      }
    });
    assert.equal(entries.length, 2);
    assert.deepEqual(await waitingFor(product), [input.orderId]);
  });

  it('is not needed when the units are there and nobody waits', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 2 });
    const { value } = await reserveOrWait(db, { items: [item(product, 2)] });
    assert.equal(value.order.waiting, null);
    assert.equal(value.order.reservations.length, 1);
    assert.deepEqual(await waitingFor(product), []);
  });

  it('leaves other products alone', async () => {
    const { db } = database;
    const [tea, cup] = [await stockedProduct(db, { stock: 0 }), await stockedProduct(db, { stock: 1 })];
    await queued(db, tea);
    assert.equal((await heldOrder(db, item(cup))).reservations.length, 1);
    assert.equal((await queued(db, cup)).waiting?.position, 1);
  });
});

describe('While somebody waits for a product', () => {
  database.prepare();
  let product: StockedProduct;
  let head: string;
  beforeEach(async () => {
    product = await stockedProduct(database.db, { stock: 3 });
    head = (await queued(database.db, product, 5)).id;
  });
  afterEach(async () => {
    assert.deepEqual(await stockOf(database.db, product), { total: 3, available: 3, reserved: 0 });
    assert.equal((await waitingFor(product))[0], head);
  });

  const none = { requested: 1, available: 0, waiting: 1 };

  it('an order for fewer units than are free is refused, and told how many wait', async () => {
    await assert.rejects(reserveOrder(database.db, orderToReserve({ items: [item(product)] }), cause()), {
      ...insufficient,
      message: `There is not enough stock for 1 of ${product.sku} (0 available, 1 order waits for it).`,
      details: { shortages: [{ productId: product.id, sku: product.sku, ...none }] },
    });
  });

  it('a reservation is refused', async () => {
    const input = stockToReserve({ productId: product.id });
    await assert.rejects(reserveStock(database.db, input, cause()), {
      ...insufficient,
      details: { shortages: [{ productId: product.id, sku: product.sku, ...none }] },
    });
  });

  for (const allocation of ['priority', 'fewest-splits', 'single'] as const) {
    it(`an order that takes what there is gets nothing, allocated by ${allocation}`, async () => {
      const input = orderToReserve({ items: [item(product)], onShortage: 'partial', allocation });
      await assert.rejects(reserveOrder(database.db, input, cause()), insufficient);
    });

    it(`an order that would wait queues behind, allocated by ${allocation}`, async () => {
      assert.equal((await queued(database.db, product, 1, { allocation })).waiting?.position, 2);
    });
  }

  it('an order with another product is refused as a whole', async () => {
    const { db } = database;
    const other = await stockedProduct(db, { stock: 5 });
    await assert.rejects(heldOrder(db, item(other), item(product)), insufficient);
    assert.deepEqual(await stockOf(db, other), { total: 5, available: 5, reserved: 0 });
  });

  it('an order that takes what there is gets its other product only', async () => {
    const { db } = database;
    const other = await stockedProduct(db, { stock: 5 });
    const input = orderToReserve({ items: [item(other, 2), item(product)], onShortage: 'partial' });
    const { order } = await reserveOrder(db, input, cause());
    const lineOf = (of: StockedProduct) => order.lines.find((line) => line.product.id === of.id);
    assert.deepEqual([lineOf(other)?.quantity, lineOf(other)?.orderedQuantity], [2, 2]);
    assert.deepEqual([lineOf(product)?.quantity, lineOf(product)?.orderedQuantity], [0, 1]);
  });
});

describe('Serving a waiting list', () => {
  database.prepare();

  it('reserves the units of the first and begins its hold, with exact entries', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 1 });
    const { id } = await queued(db, product, 3, { holdSeconds: 77 });
    await countIn(db, product, 2);
    assert.deepEqual(await readTurns(db, [product.id]), [id]);
    const by = cause({ actor: 'bert' });
    const { result, entries } = await recording(db, () => look(db, id, by));
    const { order, remainingHoldMs } = result.value;
    assert.deepEqual(result.turns, []);
    assert.equal(order.status, 'pending');
    assert.equal(order.waiting, null);
    assert.ok(remainingHoldMs > 0 && remainingHoldMs <= 77_000);
    const [reservation] = order.reservations;
    assert.equal(reservation?.quantity, 3);
    assert.equal(reservation.expiresAt, order.expiresAt);
    assert.equal(Date.parse(order.expiresAt ?? '') - Date.parse(order.updatedAt), 77_000);
    assert.deepEqual(await stockOf(db, product), { total: 3, available: 0, reserved: 3 });
    assert.deepEqual(
      entries.map(({ action, actor, objectId, oldValue, newValue }) => ({
        action,
        actor,
        objectId,
        oldValue,
        newValue,
      })),
      [
        {
          action: 'WAITING_ENDED',
          actor: 'bert',
          objectId: id,
          oldValue: { product: product.id, qty: 3 },
          newValue: { product: product.id, qty: 3, ended_as: 'served' },
        },
        {
          action: 'RESERVATION_CREATED',
          actor: 'bert',
          objectId: reservation.id,
          oldValue: null,
          newValue: { qty: 3 },
        },
      ],
    );
  });

  it('happens once, however often the order looks, also at once', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 0 });
    const { id } = await queued(db, product, 2);
    await countIn(db, product, 5);
    const { entries } = await recording(db, () => Promise.all([1, 2, 3, 4].map(() => look(db, id))));
    await look(db, id);
    assert.equal(entries.length, 2);
    assert.deepEqual(await stockOf(db, product), { total: 5, available: 3, reserved: 2 });
  });

  it('serves nobody before the first, however big it is', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 0 });
    const [big, small] = [await queued(db, product, 10), await queued(db, product, 1)];
    await countIn(db, product, 9);
    assert.deepEqual(await readTurns(db, [product.id]), []);
    const { value, turns } = await look(db, small.id);
    assert.equal(value.order.waiting?.position, 2);
    assert.deepEqual(turns, []);
    assert.ok((await look(db, big.id)).value.order.waiting);
    assert.deepEqual(await stockOf(db, product), { total: 9, available: 9, reserved: 0 });
    await countIn(db, product, 2);
    assert.deepEqual((await look(db, small.id)).turns, [big.id]);
    assert.deepEqual((await look(db, big.id)).turns, [small.id]);
    assert.equal((await look(db, small.id)).value.order.waiting, null);
    assert.deepEqual(await stockOf(db, product), { total: 11, available: 0, reserved: 11 });
  });

  it('tells the next turn again to an order whose answer was lost', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 0 });
    const [first, second] = [await queued(db, product), await queued(db, product)];
    await countIn(db, product, 2);
    assert.deepEqual((await look(db, first.id)).turns, [second.id]);
    assert.deepEqual((await look(db, first.id)).turns, [second.id]);
  });

  it('keeps the price of the moment when the order was placed', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 0, priceMinor: 1000n });
    const { id } = await queued(db, product, 2);
    await db('products').where({ id: product.id }).update({ price_minor: 9999 });
    await countIn(db, product, 2);
    assert.equal((await look(db, id)).value.order.total, '20.00');
  });

  it('does not serve a product that is not for sale, until it is again', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 0 });
    const { id } = await queued(db, product);
    await countIn(db, product, 1);
    await db('products').where({ id: product.id }).update({ active: false });
    assert.deepEqual(await readTurns(db, [product.id]), []);
    assert.ok((await look(db, id)).value.order.waiting);
    await db('products').where({ id: product.id }).update({ active: true });
    assert.deepEqual(await readTurns(db, [product.id]), [id]);
    assert.equal((await look(db, id)).value.order.waiting, null);
  });

  it('takes nothing from a warehouse that is not in use', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 0 });
    const { id } = await queued(db, product, 2);
    await openWarehouse(db, product, { code: 'CLOSED', units: 2, priority: 5, active: false });
    assert.deepEqual(await readTurns(db, [product.id]), []);
    assert.ok((await look(db, id)).value.order.waiting);
    await db('warehouses').where({ code: 'CLOSED' }).update({ active: true });
    assert.deepEqual(await readTurns(db, [product.id]), [id]);
    const { order } = (await look(db, id)).value;
    assert.deepEqual(order.reservations[0]?.allocations, [{ warehouse: 'CLOSED', quantity: 2 }]);
  });

  it('waits, of an order from a single warehouse, for one that has all its units', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 2 });
    await openWarehouse(db, product, { code: 'SECOND', units: 2, priority: 5 });
    const [single, any] = [await queued(db, product, 3, { allocation: 'single' }), await queued(db, product, 1)];
    assert.deepEqual(await readTurns(db, [product.id]), []);
    assert.ok((await look(db, single.id)).value.order.waiting);
    assert.ok((await look(db, any.id)).value.order.waiting);
    await countIn(db, product, 1);
    assert.deepEqual(await readTurns(db, [product.id]), [single.id]);
    const { value, turns } = await look(db, single.id);
    assert.equal(value.order.reservations[0]?.allocations.length, 1);
    assert.deepEqual(turns, [any.id]);
  });

  it('finds the turns of several products at once', async () => {
    const { db } = database;
    const [tea, cup] = [await stockedProduct(db, { stock: 0 }), await stockedProduct(db, { stock: 0 })];
    const first = await queued(db, tea);
    await queued(db, tea);
    const other = await queued(db, cup);
    await countIn(db, tea, 2);
    await countIn(db, cup, 1);
    assert.deepEqual((await readTurns(db, [tea.id, cup.id])).toSorted(), [first.id, other.id].toSorted());
    assert.deepEqual(await readTurns(db, []), []);
  });
});

describe('Leaving a waiting list', () => {
  database.prepare();

  for (const [endedAs, cancelReason] of [
    ['cancelled', 'requested'],
    ['not-available', 'not-available'],
  ] as const) {
    it(`as ${endedAs} cancels the order, says so, and gives the turn to the next`, async () => {
      const { db } = database;
      const product = await stockedProduct(db, { stock: 2 });
      const [{ id }, next] = [await queued(db, product, 5), await queued(db, product, 2)];
      const by = cause({ actor: 'bert' });
      const { result, entries } = await recording(db, () =>
        leaveWaitingList(db, { orderId: id, endedAs, reason: 'too slow' }, by),
      );
      const { order } = result.value;
      assert.deepEqual(result.turns, [next.id]);
      assert.deepEqual([order.status, order.cancelReason, order.waiting], ['cancelled', cancelReason, null]);
      assert.equal(order.expiresAt, null);
      assert.deepEqual(
        entries.map(({ action, actor, oldValue, newValue }) => ({ action, actor, oldValue, newValue })),
        [
          {
            action: 'WAITING_ENDED',
            actor: 'bert',
            oldValue: { product: product.id, qty: 5 },
            newValue: { product: product.id, qty: 5, ended_as: endedAs },
          },
          {
            action: 'ORDER_STATUS_CHANGED',
            actor: 'bert',
            oldValue: { status: 'pending' },
            newValue: { status: 'cancelled', reason: 'too slow' },
          },
        ],
      );
      assert.equal((await readOrder(db, next.id))?.waiting?.position, 1);
    });
  }

  it('happens once, and gives the turn again to whoever asks again', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 2 });
    const [{ id }, next] = [await queued(db, product, 5), await queued(db, product, 2)];
    const { result, entries } = await recording(db, () =>
      Promise.all([1, 2, 3].map(() => leaveWaitingList(db, { orderId: id, endedAs: 'cancelled' }, cause()))),
    );
    assert.equal(entries.length, 2);
    for (const { turns } of result) assert.deepEqual(turns, [next.id]);
  });

  it('ends one way only, when it is asked for both at once', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 0 });
    const { id } = await queued(db, product);
    const { result, entries } = await recording(db, () =>
      Promise.all(
        (['cancelled', 'not-available'] as const).map((endedAs) =>
          leaveWaitingList(db, { orderId: id, endedAs }, cause()),
        ),
      ),
    );
    assert.equal(entries.length, 2);
    assert.equal(new Set(result.map(({ value }) => value.order.cancelReason)).size, 1);
  });

  it('leaves alone whoever was served before, and tells what is left of its hold', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 0 });
    const { id } = await queued(db, product, 1, { holdSeconds: 300 });
    await countIn(db, product, 1);
    await look(db, id);
    const { result, entries } = await recording(db, () =>
      leaveWaitingList(db, { orderId: id, endedAs: 'not-available' }, cause()),
    );
    assert.deepEqual(entries, []);
    assert.equal(result.value.order.status, 'pending');
    assert.equal(result.value.order.reservations.length, 1);
    assert.ok(result.value.remainingHoldMs > 0 && result.value.remainingHoldMs <= 300_000);
  });

  it('of the one in the middle moves up those behind it only', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 0 });
    const [first, middle, last] = [await queued(db, product), await queued(db, product), await queued(db, product)];
    await leaveWaitingList(db, { orderId: middle.id, endedAs: 'cancelled' }, cause());
    assert.deepEqual(await waitingFor(product), [first.id, last.id]);
  });

  it('is refused of an order that does not exist, and means nothing to one that never waited', async () => {
    const { db } = database;
    const orderId = '01890000-0000-7000-8000-000000000000';
    await assert.rejects(leaveWaitingList(db, { orderId, endedAs: 'cancelled' }, cause()), { code: 'not-found' });
    const { id } = await heldOrder(db, item(await stockedProduct(db)));
    const { value } = await leaveWaitingList(db, { orderId: id, endedAs: 'cancelled' }, cause());
    assert.equal(value.order.status, 'pending');
  });

  for (const endedAs of ['confirmed', 'released', 'expired'] as const) {
    it(`is not what happens when a hold is ${endedAs} that has not begun`, async () => {
      const { db } = database;
      const { id } = await queued(db, await stockedProduct(db, { stock: 0 }));
      const { entries } = await recording(db, () =>
        assert.rejects(endOrderHold(db, { orderId: id }, endedAs, cause()), { code: 'not-reserved' }),
      );
      assert.deepEqual(entries, []);
    });
  }

  it('lets newcomers have what is free once nobody waits', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 1 });
    const { id } = await queued(db, product, 5);
    await assert.rejects(heldReservation(db, item(product)), insufficient);
    assert.deepEqual((await leaveWaitingList(db, { orderId: id, endedAs: 'cancelled' }, cause())).turns, []);
    const { id: reservationId } = await heldReservation(db, item(product));
    assert.deepEqual((await endReservationHold(db, { reservationId }, 'released', cause())).turns, []);
  });
});
