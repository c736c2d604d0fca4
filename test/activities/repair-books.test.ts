import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { v7 } from 'uuid';
import { statusChange } from '../../src/activities/status-change.ts';
import { systemActor } from '../../src/domain/audit.ts';
import { bookFindingKinds } from '../../src/domain/finding.ts';
import type { Order } from '../../src/domain/order.ts';
import { orderStatuses } from '../../src/domain/order-status.ts';
import { reservationEndings } from '../../src/domain/reservation.ts';
import { waitEndings } from '../../src/domain/waiting.ts';
import { checkBooks, findDiscrepancies } from '../../src/persistence/books/check.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { listWaiting } from '../../src/persistence/waiting-list.ts';
import { claim, damages, erase, moveAlone } from '../support/damage.ts';
import { onceWaiting, rescuedOrder, waitingOrder } from '../support/damage/waiting.ts';
import { cause, heldOrder, heldReservation, item, orderIn, orderToReserve } from '../support/holds.ts';
import { beginLedgerNow, behindTheLedger } from '../support/ledger.ts';
import { countIn, openWarehouse, stockedProduct, stockOf } from '../support/orders.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';
import { advanceOrder, endOrderHold, endReservationHold, reserveOrder, returnItems } from '../support/acting.ts';
import { extendOrderHold, repairBooks } from '../support/as-worker.ts';

/** Instances of each damage. */
const k = 3;

let database: FreshDatabase;
let db: Knex;

const bySystem = () => cause({ actor: systemActor });

/** All that the audit log says, oldest first. */
const log = (): Promise<object[]> => db('audit_log').orderBy('id');

/** Takes a unit of each line of a delivered order back: of the first to be sold again, of the second not. */
async function returnFrom(orderId: string): Promise<void> {
  for (const [line, warehouse] of [
    [1, 'MAIN'],
    [2, null],
  ] as const) {
    const input = { returnId: v7(), orderId, line, quantity: 1, warehouse, reason: 'broken' };
    await returnItems(db, input, cause());
  }
}

/** Something of everything that may be there, all of it well. */
async function healthy(): Promise<void> {
  const product = await stockedProduct(db, { stock: 100 });
  for (const status of orderStatuses) {
    const { id } = await orderIn(db, status, item(product, 2), item(await stockedProduct(db), 1));
    if (status === 'delivered') await returnFrom(id);
  }
  for (const endedAs of reservationEndings) {
    const { id: reservationId } = await heldReservation(db, item(product));
    await endReservationHold(db, { reservationId }, endedAs, cause());
  }
  await heldReservation(db, item(product));
  await countIn(db, product, 5);
}

/** Something of everything that may become of orders for which there was not enough, or that were confirmed too late. */
async function healthyShortage(): Promise<void> {
  await waitInEveryWay();
  await rescuedOrder(db);
  await partOfAnOrder();
}

/** Orders that wait, and that have left their waiting lists in every way; one was extended and has moved on since. */
async function waitInEveryWay(): Promise<void> {
  await waitingOrder(db);
  for (const endedAs of ['cancelled', 'not-available'] as const) await onceWaiting(db, endedAs);
  const { id: orderId, expiresAt } = await onceWaiting(db, 'served');
  await extendOrderHold(db, { orderId, seconds: 60, expiresAt: expiresAt ?? '' }, 3, cause());
  await endOrderHold(db, { orderId }, 'confirmed', cause());
  await advanceOrder(db, { orderId, newStatus: 'cancelled' }, cause());
  const { id } = await onceWaiting(db, 'served');
  await endOrderHold(db, { orderId: id }, 'expired', cause());
}

/** An order of three lines that got all, some and nothing. */
async function partOfAnOrder(): Promise<Order> {
  const items = [];
  for (const stock of [5, 2, 0]) items.push(item(await stockedProduct(db, { stock }), 3));
  return (await reserveOrder(db, orderToReserve({ items, onShortage: 'partial' }), cause())).order;
}

describe('The books', () => {
  beforeEach(async () => {
    database = await freshDatabase();
    ({ db } = database);
    await healthy();
  });
  afterEach(() => database.drop());

  it('of a healthy shop have no findings, and a repair changes nothing', async () => {
    await healthyShortage();
    const before = await log();
    const { findings, ...counts } = await checkBooks(db);
    assert.deepEqual(findings, []);
    assert.deepEqual(counts, { orders: 22, reservations: 26, stockLevels: 16 });
    assert.deepEqual((await repairBooks(db, bySystem())).repairs, []);
    assert.deepEqual(await log(), before);
  });

  for (const { kind, title, inject } of damages) {
    it(`show ${title}, ${k} of ${k}, and are repaired by entries that say so`, async () => {
      const ids: string[] = [];
      for (let n = 0; n < k; n++) ids.push(await inject(db));
      const before = await log();

      const findings = await findDiscrepancies(db);
      const found = findings.filter((finding) => finding.kind === kind).map(({ objectId }) => objectId);
      assert.deepEqual(found.toSorted(), ids.toSorted());
      for (const { detail } of findings) assert.match(detail, /^[A-Z][^\n]*\.$/);

      const by = bySystem();
      const { repairs } = await repairBooks(db, by);
      assert.deepEqual(
        repairs.filter(({ repaired }) => !repaired),
        [],
      );
      assert.equal(repairs.filter(({ finding }) => finding.kind === kind).length, k);
      assert.deepEqual(await findDiscrepancies(db), []);

      const after = await log();
      assert.deepEqual(after.slice(0, before.length), before);
      const added = after.slice(before.length) as { actor: string; request_id: string; workflow_id: string | null }[];
      assert.ok(added.length >= k);
      for (const { actor, request_id, workflow_id } of added) {
        assert.deepEqual([actor, request_id, workflow_id], [systemActor, by.requestId, null]);
      }
      assert.deepEqual((await repairBooks(db, bySystem())).repairs, []);
      assert.deepEqual(await log(), after);
    });
  }

  it('are damaged by the tests in every way that has a kind', () => {
    const tried = new Set(damages.map(({ kind }) => kind));
    // These two need a backup, see below.
    const beyondRepair = ['order-missing', 'reservation-missing'];
    assert.deepEqual(
      bookFindingKinds.filter((kind) => !tried.has(kind) && !beyondRepair.includes(kind)),
      [],
    );
  });

  it('give a place that is gone back between those before and behind it', async () => {
    const product = await stockedProduct(db, { stock: 0 });
    const ids: string[] = [];
    for (let n = 0; n < 4; n++) ids.push((await waitingOrder(db, product)).id);
    await onceWaiting(db, 'cancelled');
    const order = async () => (await listWaiting(db, product.id, { limit: 10, after: null })).items;
    const before = await order();
    await db('waiting_list')
      .whereIn(
        'order_id',
        [0, 2, 3].map((n) => ids[n] ?? ''),
      )
      .delete();
    const { repairs } = await repairBooks(db, bySystem());
    assert.equal(repairs.filter(({ finding }) => finding.kind === 'waiting-log').length, 3);
    assert.deepEqual(new Set(repairs.map(({ repaired }) => repaired)), new Set([true]));
    assert.deepEqual(await order(), before);
  });

  it('keep the line of an order that got nothing, whatever it says', async () => {
    for (const line of [1, 2, 3]) {
      const { id, lines } = await partOfAnOrder();
      await db('order_lines').where({ order_id: id, line }).update({ quantity: 1 });
      const { repairs } = await repairBooks(db, bySystem());
      assert.deepEqual(
        [...new Set(repairs.map(({ finding, repaired }) => [finding.objectId, repaired].join()))],
        [`${id},true`],
      );
      assert.deepEqual((await readOrder(db, id))?.lines, lines);
    }
  });

  it('find the price that explains a wrong total also beside a line that got nothing', async () => {
    const { id, lines } = await partOfAnOrder();
    await db('order_lines').where({ order_id: id, line: 2 }).update({ unit_price_minor: 1 });
    const { repairs } = await repairBooks(db, bySystem());
    assert.deepEqual(
      repairs.map(({ finding: { kind }, repaired }) => [kind, repaired]),
      [['order-lines', true]],
    );
    assert.deepEqual((await readOrder(db, id))?.lines, lines);
  });

  it('say what a person has to do about an order that went on without the units it waited for', async () => {
    const order = await waitingOrder(db);
    const { id } = order;
    await db('orders').where({ id }).update({ expires_at: db.fn.now() });
    await moveAlone(db, order, 'confirmed');
    const { repairs } = await repairBooks(db, bySystem());
    assert.deepEqual(
      repairs.map(({ finding: { kind }, repaired }) => [kind, repaired]),
      [['order-waiting', false]],
    );
    assert.match(repairs[0]?.how ?? '', /is confirmed, and no entry tells that it got the units it waited for: count/);
    await advanceOrder(db, { orderId: id, newStatus: 'cancelled' }, cause());
    await repairBooks(db, bySystem());
    assert.deepEqual(await findDiscrepancies(db), []);
  });

  it('say what a person has to do about an order of which nothing tells what it waits for', async () => {
    const { id } = await waitingOrder(db);
    await db('waiting_list').where({ order_id: id }).delete();
    await erase(db, id, 'WAITING_STARTED');
    const { repairs } = await repairBooks(db, bySystem());
    const [repair] = repairs.filter(({ finding }) => finding.kind === 'order-waiting');
    assert.equal(repair?.repaired, false);
    assert.match(repair?.how ?? '', /no entry tells that it waited: restore its row in waiting_list from a backup/);
  });

  it('say what a person has to do about an order that is alive together with the one whose place it takes', async () => {
    const { id, expired } = await rescuedOrder(db);
    await db('orders').where({ id: expired }).update({ status: 'confirmed', cancel_reason: null });
    await erase(db, expired, 'ORDER_STATUS_CHANGED');
    await claim(db, statusChange(expired, 'pending', 'confirmed'));
    const { repairs } = await repairBooks(db, bySystem());
    const [repair] = repairs.filter(({ finding }) => finding.kind === 'order-rescue');
    assert.deepEqual([repair?.repaired, repair?.finding.objectId], [false, id]);
    assert.match(repair?.how ?? '', /neither is cancelled \(confirmed, confirmed\): both may be delivered\. Cancel/);
    await advanceOrder(db, { orderId: id, newStatus: 'cancelled' }, cause());
    assert.deepEqual(await findDiscrepancies(db), []);
  });

  it('say what a person has to do when two orders are said to be replaced by the same one', async () => {
    const { id } = await rescuedOrder(db);
    const { id: other } = await heldOrder(db, item(await stockedProduct(db)));
    const newValue = { rescued_by: id, total: '12.50' };
    const again = { objectType: 'Order', objectId: other, oldValue: null, newValue } as const;
    await claim(db, { action: 'RESERVATION_RESCUED', ...again });
    const [repair, ...more] = (await repairBooks(db, bySystem())).repairs;
    assert.deepEqual([repair?.finding.kind, repair?.repaired, more], ['order-rescue', false, []]);
    assert.match(repair?.how ?? '', /contradict one another about whose place/);
  });

  it('name the holder of a reservation that is active again and ended before holders were written down', async () => {
    const product = await stockedProduct(db);
    const [{ id: orderId, reservations }, alone] = [
      await heldOrder(db, item(product)),
      await heldReservation(db, item(product)),
    ];
    const ids = [reservations[0]?.id ?? '', alone.id];
    await db('reservations').whereIn('id', ids).update({ ended_as: 'expired', held_by: null });
    const { repairs } = await repairBooks(db, bySystem());
    assert.deepEqual(new Set(repairs.map(({ repaired }) => repaired)), new Set([true]));
    assert.deepEqual(await db('reservations').whereIn('id', ids).pluck('held_by'), ['anna', 'anna']);
    assert.deepEqual(await findDiscrepancies(db), []);
    await endOrderHold(db, { orderId }, 'released', cause());
  });

  it('have no findings at any moment while others are at work', async () => {
    const products = await Promise.all(Array.from({ length: 3 }, () => stockedProduct(db, { stock: 50 })));
    const shift = { isOver: false };
    const work = async (n: number): Promise<void> => {
      const status = orderStatuses[n % orderStatuses.length] ?? 'pending';
      const [one, other] = [products[n % 3], products[(n + 1) % 3]];
      if (!one || !other) return;
      const { id } = await orderIn(db, status, item(one), item(other));
      if (status === 'delivered') await returnFrom(id);
      if (status === 'pending') await endOrderHold(db, { orderId: id }, n % 4 === 0 ? 'expired' : 'released', cause());
      await countIn(db, one, 1);
      const { id: orderId } = await onceWaiting(db, waitEndings[n % 3] ?? 'served');
      if (n % 3 === 0) await endOrderHold(db, { orderId }, 'expired', cause());
      if (n % 4 === 0) await rescuedOrder(db);
      await partOfAnOrder();
      const { id: reservationId } = await heldReservation(db, item(other));
      await endReservationHold(db, { reservationId }, reservationEndings[n % 3] ?? 'expired', cause());
    };
    const workers = [0, 1, 2, 3].map(async (worker) => {
      for (let n = 0; n < 12; n++) await work(n * 4 + worker);
    });
    const looking = (async () => {
      let looks = 0;
      for (; !shift.isOver; looks++) assert.deepEqual(await findDiscrepancies(db), []);
      return looks;
    })();
    await Promise.all(workers);
    shift.isOver = true;
    assert.ok((await looking) > 1);
  });

  it('are repaired whole when everything is damaged at once', async () => {
    for (const { inject } of damages) await inject(db);
    const { repairs } = await repairBooks(db, bySystem());
    assert.deepEqual(
      repairs.filter(({ repaired }) => !repaired),
      [],
    );
    assert.deepEqual(await findDiscrepancies(db), []);
  });

  it('are repaired once by two repairs at the same time', async () => {
    for (const { inject } of damages) await inject(db);
    await Promise.all([repairBooks(db, bySystem()), repairBooks(db, bySystem())]);
    await repairBooks(db, bySystem());
    assert.deepEqual(await findDiscrepancies(db), []);
    const twice = await db('audit_log')
      .where({ action: 'REPAIRED', object_type: 'Reservation' })
      .whereRaw(`new_value - 'reason' = old_value`)
      .groupBy('object_id')
      .havingRaw('count(*) > 1')
      .pluck('object_id');
    assert.deepEqual(twice, []);
  });

  it('show rows that are gone, and say what a person has to do', async () => {
    const product = await stockedProduct(db);
    const [order, reservation] = [await heldOrder(db, item(product)), await heldReservation(db, item(product))];
    const held = [order.reservations[0]?.id ?? '', reservation.id];
    await db('reservation_allocations').whereIn('reservation_id', held).delete();
    await db('reservations').whereIn('id', held).delete();
    await db('order_lines').where({ order_id: order.id }).delete();
    await db('orders').where({ id: order.id }).delete();

    const { repairs } = await repairBooks(db, bySystem());
    const left = repairs.filter(({ repaired }) => !repaired);
    assert.deepEqual(
      left.map(({ finding: { kind, objectId } }) => `${kind} ${objectId}`).toSorted(),
      [`order-missing ${order.id}`, ...held.map((id) => `reservation-missing ${id}`)].toSorted(),
    );
    for (const { how } of left) assert.match(how, /from a backup/);
  });

  it('say in a few words why a repair failed, and to run it again', async () => {
    const product = await stockedProduct(db);
    await behindTheLedger(db, (trx) =>
      trx('stock_levels').where({ product_id: product.id }).update({ total: 12, available: 12 }),
    );
    const [repair] = await db.transaction(async (trx) => {
      await trx('products').where({ id: product.id }).forUpdate().select('id');
      return (await repairBooks(db, bySystem())).repairs;
    });
    assert.equal(repair?.repaired, false);
    assert.equal(repair?.how, 'It failed, so run this again: canceling statement due to lock timeout');
  });

  it('tell of each line of an order that cannot be repaired', async () => {
    const products = [await stockedProduct(db), await stockedProduct(db)] as const;
    for (const product of products)
      await openWarehouse(db, product, { code: `W-${product.id.slice(-12).toUpperCase()}`, units: 3, priority: 200 });
    const { id } = await orderIn(db, 'shipped', item(products[0], 5), item(products[1], 6));
    await beginLedgerNow(db);
    const reservations = await db('reservations').where({ order_id: id }).pluck('id');
    await db('reservation_allocations').whereIn('reservation_id', reservations).delete();
    await db('reservations').where({ order_id: id }).delete();
    const { repairs } = await repairBooks(db, bySystem());
    const lines = repairs.filter(({ finding }) => finding.kind === 'line-reservation');
    assert.deepEqual(new Set(lines.map(({ finding }) => finding.expected['line'])), new Set([1, 2]));
  });

  it('cancel a pending order whose units went to somebody else', async () => {
    const product = await stockedProduct(db, { stock: 2 });
    const { id, reservations } = await heldOrder(db, item(product, 2));
    const qty = { qty: 2 };
    await db('reservations').where({ order_id: id }).update({ ended_as: 'expired' });
    await db('audit_log').insert({
      actor: 'x',
      action: 'RESERVATION_EXPIRED',
      object_type: 'Reservation',
      object_id: reservations[0]?.id,
      old_value: qty,
      new_value: qty,
    });
    await behindTheLedger(db, (trx) =>
      trx('stock_levels').where({ product_id: product.id }).update({ available: 2, reserved: 0 }),
    );
    await heldOrder(db, item(product, 1));

    await repairBooks(db, bySystem());
    assert.deepEqual(await findDiscrepancies(db), []);
    const order = await readOrder(db, id);
    assert.deepEqual([order?.status, order?.cancelReason], ['cancelled', 'expired']);
    assert.deepEqual(await stockOf(db, product), { total: 2, available: 1, reserved: 1 });
  });
});
