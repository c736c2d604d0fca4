import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, heldReservation, item, recording } from '../support/holds.ts';
import { stockedProduct, type StockedProduct } from '../support/orders.ts';
import { withdrawRefusal } from '../support/as-worker.ts';

describe('A refusal of something that was placed', () => {
  const database = testDatabase();
  database.prepare();

  let product: StockedProduct;
  before(async () => (product = await stockedProduct(database.db, { stock: 50 })));

  const refuse = (id: string) => database.db('refusals').insert({ id, refusal: '{}' });
  const reason = 'it was placed: the refusal is withdrawn';

  /** Withdraws a refusal and gives what was done, written, and is still remembered. */
  async function withdraw(id: string) {
    const by = cause();
    const { result, entries } = await recording(database.db, () => withdrawRefusal(database.db, id, by));
    return {
      result,
      entries: entries.map(({ requestId, ...entry }) => {
        assert.equal(requestId, by.requestId);
        return [entry.action, entry.objectType, entry.objectId, entry.oldValue, entry.newValue];
      }),
      remembered: await database.db('refusals').where({ id }).pluck('id'),
    };
  }

  it('is forgotten for an order, by an entry that says all of it', async () => {
    const { id } = await heldOrder(database.db, item(product, 2));
    const other = v7();
    for (const refused of [id, other]) await refuse(refused);
    const state = { status: 'pending', cancel_reason: null, quantity: 2, total: '25.00', reference: null };
    assert.deepEqual(await withdraw(id), {
      result: reason,
      entries: [['REPAIRED', 'Order', id, { ...state, refused: true }, { ...state, refused: false, reason }]],
      remembered: [],
    });
    assert.deepEqual(await withdraw(id), { result: undefined, entries: [], remembered: [] });
    assert.deepEqual(await database.db('refusals').where({ id: other }).pluck('id'), [other]);
  });

  it('is forgotten for a reservation', async () => {
    const { id } = await heldReservation(database.db, item(product, 2));
    await refuse(id);
    const state = { qty: 2, ended_as: null };
    assert.deepEqual(await withdraw(id), {
      result: reason,
      entries: [['REPAIRED', 'Reservation', id, { ...state, refused: true }, { ...state, refused: false, reason }]],
      remembered: [],
    });
  });

  it('stays when nothing was placed', async () => {
    const id = v7();
    await refuse(id);
    assert.deepEqual(await withdraw(id), { result: undefined, entries: [], remembered: [id] });
  });

  it('waits for the rows when they differ from their entries as well', async () => {
    const { db } = database;
    const [order, reservation] = [await heldOrder(db, item(product)), await heldReservation(db, item(product))];
    await db('orders').where({ id: order.id }).update({ quantity: 2 });
    await db('reservations').where({ id: reservation.id }).update({ quantity: 2 });
    for (const { id } of [order, reservation]) {
      await refuse(id);
      const message = `${id} differs from its audit entries as well: run this again.`;
      await assert.rejects(withdraw(id), { name: 'NeedsPerson', message });
      assert.deepEqual(await db('refusals').where({ id }).pluck('id'), [id]);
    }
  });
});
