import assert from 'node:assert/strict';
import { systemActor } from '../../src/domain/audit.ts';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldReservation, item, recording } from '../support/holds.ts';
import { movementsOf, tamper } from '../support/ledger.ts';
import { countIn, openWarehouse, stockedProduct, stockOf, type StockedProduct } from '../support/orders.ts';
import { endReservationHold } from '../support/acting.ts';
import { repairBooks, restoreAllocations } from '../support/as-worker.ts';

const database = testDatabase();

const bySystem = () => cause({ actor: systemActor });
const units = (total: number, available = total) => ({ total, available, reserved: total - available });
const codeFor = ({ id }: StockedProduct) => `W-${id.slice(-12).toUpperCase()}`;

/** What is to be found about some objects. */
const kinds = async (...ids: readonly string[]) =>
  (await findDiscrepancies(database.db)).filter(({ objectId }) => ids.includes(objectId)).map(({ kind }) => kind);

describe('A reservation and its movements', () => {
  database.prepare();

  /** A reservation of 4 units, 3 in MAIN and 1 in a second warehouse. */
  async function spread() {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 3 });
    const code = codeFor(product);
    await openWarehouse(db, product, { code, units: 5, priority: 900 });
    const { id } = await heldReservation(db, item(product, 4));
    return { product, code, id, levels: [`${product.id}/MAIN`, `${product.id}/${code}`] as const };
  }

  const placed = async (id: string): Promise<object[]> =>
    database
      .db('reservation_allocations as a')
      .join('warehouses as w', 'w.id', 'a.warehouse_id')
      .where({ reservation_id: id })
      .orderBy('w.priority')
      .select('w.code as warehouse', 'a.quantity');

  it('agree again when its allocations were changed: they become what the ledger says', async () => {
    const { db } = database;
    const { id, code, levels } = await spread();
    await db('reservation_allocations').where({ reservation_id: id, quantity: 3 }).update({ quantity: 2 });
    await db('reservation_allocations').where({ reservation_id: id, quantity: 1 }).update({ quantity: 2 });
    assert.deepEqual(await kinds(id), ['ledger-allocations']);
    assert.deepEqual(new Set(await kinds(...levels)), new Set(['stock-log', 'stock-reserved']));
    const by = bySystem();
    const { result, entries } = await recording(db, () => restoreAllocations(db, id, by));
    const reason = 'its allocations were restored from the ledger';
    assert.equal(result, reason);
    const right = [
      { warehouse: 'MAIN', quantity: 3 },
      { warehouse: code, quantity: 1 },
    ];
    const state = { qty: 4, ended_as: null };
    const wrong = right.map(({ warehouse }) => ({ warehouse, quantity: 2 }));
    assert.deepEqual(
      entries.map(({ action, objectId, oldValue, newValue }) => [action, objectId, oldValue, newValue]),
      [['REPAIRED', id, { ...state, allocations: wrong }, { ...state, allocations: right, reason }]],
    );
    assert.deepEqual(await placed(id), right);
    assert.deepEqual(await kinds(id, ...levels), []);
    assert.deepEqual(await recording(db, () => restoreAllocations(db, id, by)), { result: undefined, entries: [] });
  });

  it('agree again when a movement is gone: it is added to the ledger, and the balances are right at the end', async () => {
    const { db } = database;
    const { id, product, levels } = await spread();
    await endReservationHold(db, { reservationId: id }, 'confirmed', cause());
    await countIn(db, product, 1);
    const stock = await stockOf(db, product);
    await tamper(db, (trx) => trx('stock_movements').where({ reservation_id: id, type: 'fulfilled' }).delete());
    assert.deepEqual(await kinds(id), ['ledger-allocations']);
    const { repairs } = await repairBooks(db, bySystem());
    assert.deepEqual(
      repairs.filter(({ repaired }) => !repaired),
      [],
    );
    const added = (await movementsOf(db, product)).filter(({ type }) => type === 'adjusted');
    assert.deepEqual(
      added.filter(({ reservation_id }) => reservation_id === id).map(({ change, reason }) => [change.total, reason]),
      [
        [-3, 'what the ledger lacked of a reservation'],
        [-1, 'what the ledger lacked of a reservation'],
      ],
    );
    assert.deepEqual(await kinds(id, ...levels), []);
    assert.deepEqual(await stockOf(db, product), stock);
    assert.equal((await placed(id)).length, 2);
  });

  it('are left to stand, allocations first, where the ledger was changed by hand', async () => {
    const { db } = database;
    const { id, product, levels } = await spread();
    const before = await placed(id);
    const [main, other] = (await movementsOf(db, product)).filter(({ type }) => type === 'reserved');
    const change = (row: string | undefined, quantity: number) =>
      tamper(db, (trx) =>
        trx('stock_movements').where({ id: row }).update({ available: -quantity, reserved: quantity }),
      );
    await change(main?.id, 1);
    await change(other?.id, 3);
    await repairBooks(db, bySystem());
    assert.deepEqual([await placed(id), await kinds(id, ...levels)], [before, []]);
    assert.deepEqual(await stockOf(db, product), units(8, 4));
  });

  it('are compared only when it was made since there is a ledger', async () => {
    const { db } = database;
    const { id } = await spread();
    await tamper(db, (trx) => trx('stock_movements').where({ reservation_id: id }).delete());
    assert.deepEqual(await kinds(id), []);
    await endReservationHold(db, { reservationId: id }, 'expired', cause());
    assert.deepEqual(await kinds(id), []);
    await repairBooks(db, bySystem());
  });

  it('wait until the reservation agrees with its audit entries', async () => {
    const { db } = database;
    const { id } = await spread();
    await db('reservations').where({ id }).update({ ended_as: 'expired' });
    await assert.rejects(restoreAllocations(db, id, bySystem()), {
      name: 'NeedsPerson',
      message: `Reservation ${id} differs from its audit entries as well: repair that first, and run this again.`,
    });
  });
});
