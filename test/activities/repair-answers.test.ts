import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import type { Repair } from '../../src/domain/finding.ts';
import { claim } from '../support/damage.ts';
import { cause, heldOrder, heldReservation, item } from '../support/holds.ts';
import { stockedProduct } from '../support/orders.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';
import { repairBooks } from '../support/as-worker.ts';

let database: FreshDatabase;
let db: Knex;

const told = (repairs: readonly Repair[]) =>
  repairs.map(({ finding: { kind, objectId }, repaired, how }) => [kind, objectId, repaired, how]);

describe('A repair of the books', () => {
  beforeEach(async () => {
    database = await freshDatabase();
    ({ db } = database);
  });
  afterEach(() => database.drop());

  it('says how each finding was repaired, also what came right with another one', async () => {
    const product = await stockedProduct(db);
    const order = await heldOrder(db, item(product, 2));
    const lost = order.reservations[0]?.id ?? '';
    await db('reservation_allocations').where({ reservation_id: lost }).delete();
    await db('reservations').where({ id: lost }).delete();
    const { repairs, changed } = await repairBooks(db, cause());
    const itself = 'by repairing what it came from';
    assert.deepEqual(told(repairs), [
      ['stock-log', `${product.id}/MAIN`, true, itself],
      ['stock-reserved', `${product.id}/MAIN`, true, itself],
      ['reservation-missing', lost, true, itself],
      ['line-reservation', order.id, true, 'its lines were restored from the audit entries of order and reservations'],
    ]);
    assert.deepEqual(changed, new Set([order.id]));
  });

  it('goes on with the others when one cannot be repaired, and says why', async () => {
    const product = await stockedProduct(db);
    const [bad, good] = [await heldReservation(db, item(product)), await heldReservation(db, item(product))];
    const zero = { objectType: 'Reservation', objectId: bad.id, oldValue: null, newValue: { qty: 0 } } as const;
    await claim(db, { action: 'REPAIRED', ...zero });
    await db('reservations').where({ id: good.id }).update({ quantity: 7 });
    const { repairs, changed } = await repairBooks(db, cause());
    assert.deepEqual(changed, new Set([good.id]));
    for (const { finding, repaired, how } of repairs) {
      assert.equal(repaired, finding.objectId !== bad.id, finding.kind);
      if (repaired) assert.equal(how, 'restored from its audit entries');
      else assert.match(how, /^It failed, so run this again: .*quantity_positive/);
    }
  });

  it('tells a person what to do by hand, also when something else about the same order was repaired', async () => {
    const order = await heldOrder(db, item(await stockedProduct(db), 2), item(await stockedProduct(db), 3));
    await db('order_lines').where({ order_id: order.id }).update({ unit_price_minor: 1 });
    await db('refusals').insert({ id: order.id, refusal: '{}' });
    const { repairs } = await repairBooks(db, cause());
    assert.deepEqual(told(repairs), [
      [
        'order-lines',
        order.id,
        false,
        `The lines of order ${order.id} do not add up to what its audit entries say: correct its rows in order_lines by hand.`,
      ],
      ['refused-and-placed', order.id, true, 'it was placed: the refusal is withdrawn'],
    ]);
  });
});
