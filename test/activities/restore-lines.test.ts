import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import { changeProduct } from '../../src/api/catalogue.ts';
import type { Order } from '../../src/domain/order.ts';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { claim } from '../support/damage.ts';
import { beginLedgerNow } from '../support/ledger.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, item, orderIn, recording } from '../support/holds.ts';
import { openWarehouse, stockedProduct, stockOf, type StockedProduct } from '../support/orders.ts';
import { extendOrderHold, restoreLines } from '../support/as-worker.ts';

describe('The lines of an order', () => {
  const database = testDatabase();
  database.prepare();

  let product: StockedProduct;
  beforeEach(async () => (product = await stockedProduct(database.db)));

  const restored = 'its lines were restored from the audit entries of order and reservations';
  const repairedLine = 'a line did not fit the audit entries';

  const setLine = (id: string, fields: object, line = 1) =>
    database.db('order_lines').where({ order_id: id, line }).update(fields);

  /** Deletes the reservation of an order's first line. */
  async function lose({ reservations }: Order): Promise<string> {
    const id = reservations[0]?.id ?? '';
    await database.db('reservation_allocations').where({ reservation_id: id }).delete();
    await database.db('reservations').where({ id }).delete();
    return id;
  }

  /** Restores the lines of an order and gives what was done and written. */
  async function restore(id: string) {
    const by = cause();
    const { result, entries } = await recording(database.db, () => restoreLines(database.db, id, by));
    for (const { action, requestId } of entries) assert.deepEqual([action, requestId], ['REPAIRED', by.requestId]);
    return {
      result,
      entries: entries.map(({ objectType, objectId, oldValue, newValue }) => [
        objectType,
        objectId,
        oldValue,
        newValue,
      ]),
    };
  }

  const about = async (id: string) => (await findDiscrepancies(database.db)).filter(({ objectId }) => objectId === id);

  /** What a person is told who has to restore something. */
  async function forPerson(id: string, message: string | RegExp): Promise<void> {
    const { entries } = await recording(database.db, () =>
      assert.rejects(restoreLines(database.db, id, cause()), { name: 'NeedsPerson', message }),
    );
    assert.deepEqual(entries, []);
  }

  it('are left alone when they agree', async () => {
    const { id } = await heldOrder(database.db, item(product));
    assert.deepEqual(await restore(id), { result: undefined, entries: [] });
  });

  for (const status of ['pending', 'shipped'] as const) {
    it(`get a lost reservation of a ${status} order back as its entries tell, until the order's hold ends`, async () => {
      const order = await orderIn(database.db, status, item(product, 2), item(await stockedProduct(database.db)));
      const id = await lose(order);
      const ended_as = status === 'pending' ? null : 'confirmed';
      const reason = 'its row was gone: restored from its audit entries';
      assert.deepEqual(await restore(order.id), {
        result: restored,
        entries: [['Reservation', id, null, { qty: 2, ended_as, reason }]],
      });
      const back = await readOrder(database.db, order.id);
      const told = (of?: Order) => of?.reservations.map((reservation) => ({ ...reservation, createdAt: undefined }));
      assert.deepEqual(told(back), told(order));
      assert.deepEqual(await restore(order.id), { result: undefined, entries: [] });
    });
  }

  it('get a lost reservation back with the hold it had, which cannot be extended any further', async () => {
    const { db } = database;
    const order = await heldOrder(db, item(product));
    const extension = { orderId: order.id, seconds: 1200, expiresAt: order.expiresAt ?? '' };
    const { order: extended } = await extendOrderHold(db, extension, 3, cause());
    await lose(extended);
    await restore(order.id);
    assert.deepEqual((await readOrder(db, order.id))?.reservations, extended.reservations);
    const more = { orderId: order.id, seconds: 1, expiresAt: extended.expiresAt ?? '' };
    await assert.rejects(extendOrderHold(db, more, 3, cause()), { code: 'limit-exceeded' });
  });

  it('get a reservation back in all the warehouses that the ledger says its units came from', async () => {
    const { db } = database;
    const code = `W-${product.id.slice(-12).toUpperCase()}`;
    const { available } = await stockOf(db, product);
    await openWarehouse(db, product, { code, units: 3, priority: 1000 });
    const order = await heldOrder(db, item(product, available + 2));
    const id = order.reservations[0]?.id ?? '';
    const placed = () => db('reservation_allocations').where({ reservation_id: id }).orderBy('quantity');
    const before = await placed();
    await lose(order);
    assert.deepEqual(await placed(), []);
    await restore(order.id);
    assert.deepEqual([(await placed()).length, await placed()], [2, before]);
    assert.deepEqual(await about(order.id), []);
  });

  it('cannot get a reservation back when several warehouses may have had its units', async () => {
    await openWarehouse(database.db, product, {
      code: `W-${product.id.slice(-12).toUpperCase()}`,
      units: 3,
      priority: 1000,
    });
    const order = await heldOrder(database.db, item(product));
    await beginLedgerNow(database.db);
    const id = await lose(order);
    const message =
      `The reservation of line 1 of order ${order.id} is gone, and nothing says which warehouse its units were in: restore ` +
      `the rows of reservation ${id} from a backup.`;
    await forPerson(order.id, message);
  });

  it('cannot get a reservation back that has other units by its entries, or whose entries contradict one another', async () => {
    const [one, other] = [
      await heldOrder(database.db, item(product, 2)),
      await heldOrder(database.db, item(product, 2)),
    ];
    await lose(one);
    await setLine(one.id, { quantity: 3 });
    await forPerson(one.id, /^The reservation of line 1 of order \S+ is gone/);

    const id = await lose(other);
    const again = { objectType: 'Reservation', objectId: id, oldValue: { qty: 9 }, newValue: { qty: 2 } } as const;
    await claim(database.db, { action: 'RESERVATION_CREATED', ...again });
    await forPerson(other.id, /^The reservation of line 1 of order \S+ is gone/);
  });

  it('cannot get a reservation back that never was', async () => {
    const order = await heldOrder(database.db, item(product));
    const line = {
      order_id: order.id,
      line: 2,
      product_id: product.id,
      quantity: 1,
      unit_price_minor: 1,
      order_total_minor: 1,
    };
    await database.db('order_lines').insert(line);
    await forPerson(order.id, /^The reservation of line 2 of order \S+ is gone/);
  });

  it('take the quantity of their reservation', async () => {
    const order = await orderIn(database.db, 'confirmed', item(product, 2));
    await setLine(order.id, { quantity: 5 });
    const state = { status: 'confirmed', cancel_reason: null, quantity: 2, total: '25.00', reference: null };
    assert.deepEqual(await restore(order.id), {
      result: restored,
      entries: [
        [
          'Order',
          order.id,
          { ...state, line: { line: 1, quantity: 5 } },
          { ...state, line: { line: 1, quantity: 2 }, reason: repairedLine },
        ],
      ],
    });
    assert.deepEqual((await readOrder(database.db, order.id))?.lines, order.lines);
    assert.deepEqual(await about(order.id), []);
  });

  it('wait for the order itself when it differs from its entries as well', async () => {
    const { id } = await heldOrder(database.db, item(product, 2));
    await setLine(id, { quantity: 5 });
    await database.db('orders').where({ id }).update({ reference: 'odd' });
    await forPerson(id, `Order ${id} differs from its audit entries as well: run this again.`);
  });

  it('are a case for a person when one has several reservations, or one of another product', async () => {
    const { db } = database;
    const byHand = 'correct its rows in order_lines and reservations by hand.';
    const several = await heldOrder(db, item(product));
    const row = { order_id: several.id, line: 1, product_id: product.id, quantity: 1, expires_at: new Date() };
    await db('reservations').insert({ ...row, id: v7(), ended_as: 'released' });
    await forPerson(several.id, `Line 1 of order ${several.id} has 2 reservations: ${byHand}`);

    const another = await heldOrder(db, item(product));
    await setLine(another.id, { product_id: (await stockedProduct(db)).id });
    await forPerson(another.id, `Line 1 of order ${another.id} has 1 reservations of another product: ${byHand}`);
  });

  it('take the one price that makes up for a wrong total', async () => {
    const order = await orderIn(database.db, 'processing', item(product, 3));
    await setLine(order.id, { unit_price_minor: 2000 });
    const state = { status: 'processing', cancel_reason: null, quantity: 3, total: '37.50', reference: null };
    assert.deepEqual(await restore(order.id), {
      result: restored,
      entries: [
        [
          'Order',
          order.id,
          { ...state, line: { line: 1, unit_price_minor: '2000' } },
          { ...state, line: { line: 1, unit_price_minor: '1250' }, reason: repairedLine },
        ],
      ],
    });
    assert.deepEqual((await readOrder(database.db, order.id))?.lines, order.lines);
    assert.deepEqual(await about(order.id), []);
  });

  it('may have been free', async () => {
    const free = await stockedProduct(database.db, { priceMinor: 0n });
    const order = await heldOrder(database.db, item(free, 3));
    await setLine(order.id, { unit_price_minor: 7 });
    assert.equal((await restore(order.id)).result, restored);
    assert.deepEqual((await readOrder(database.db, order.id))?.lines, order.lines);
  });

  it('take a price that their product has had, which tells the wrong one of two lines', async () => {
    const { db } = database;
    const cup = await stockedProduct(db, { priceMinor: 700n });
    const order = await heldOrder(db, item(product, 2), item(cup, 2));
    await changeProduct(db, cup.id, { priceMinor: 900n }, cause());
    await setLine(order.id, { unit_price_minor: 900 }, 2);
    assert.equal((await restore(order.id)).result, restored);
    assert.deepEqual((await readOrder(db, order.id))?.lines, order.lines);
    assert.deepEqual(await about(order.id), []);
  });

  const doNotAddUp = (id: string) =>
    `The lines of order ${id} do not add up to what its audit entries say: correct its rows in order_lines by hand.`;

  it('take a price only if it makes up for all of it', async () => {
    const { db } = database;
    const cup = await stockedProduct(db, { priceMinor: 700n });
    const order = await heldOrder(db, item(product, 2), item(cup, 3));
    await changeProduct(db, product.id, { priceMinor: 1249n }, cause());
    await setLine(order.id, { unit_price_minor: 701 }, 2);
    assert.equal((await restore(order.id)).result, restored);
    assert.deepEqual((await readOrder(db, order.id))?.lines, order.lines);
  });

  it('are a case for a person when the prices of two would each make up for it', async () => {
    const { db } = database;
    const cup = await stockedProduct(db);
    const { id } = await heldOrder(db, item(product), item(cup));
    await changeProduct(db, cup.id, { priceMinor: 1300n }, cause());
    await setLine(id, { unit_price_minor: 1200 });
    await forPerson(id, doNotAddUp(id));
  });

  it('are a case for a person when no whole price makes up for it', async () => {
    const { id } = await heldOrder(database.db, item(product, 2), item(await stockedProduct(database.db), 3));
    await setLine(id, { unit_price_minor: 1251 }, 2);
    await setLine(id, { unit_price_minor: 1249 }, 1);
    await forPerson(id, doNotAddUp(id));
  });

  it('are a case for a person when there are fewer of them than the order is for', async () => {
    const { db } = database;
    const order = await heldOrder(db, item(product, 2), item(await stockedProduct(db)));
    const [, second] = order.reservations;
    await db('reservation_allocations').where({ reservation_id: second?.id }).delete();
    await db('reservations').where({ id: second?.id }).delete();
    await db('order_lines').where({ order_id: order.id, line: 2 }).delete();
    await forPerson(order.id, doNotAddUp(order.id));
  });
});
