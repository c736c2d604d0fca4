import assert from 'node:assert/strict';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';
import { claim, erase } from '../support/damage.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldReservation, item, recording } from '../support/holds.ts';
import { beginLedgerNow, tamper } from '../support/ledger.ts';
import { openWarehouse, stockedProduct } from '../support/orders.ts';
import { endReservationHold } from '../support/acting.ts';
import { restoreReservation } from '../support/as-worker.ts';

describe('A reservation whose row, audit entries and allocations differ', () => {
  const database = testDatabase();
  database.prepare();

  const fields = { qty: 4, ended_as: null };

  async function held(): Promise<string> {
    return (await heldReservation(database.db, item(await stockedProduct(database.db), 4))).id;
  }

  /** One whose units come out of two warehouses. */
  async function spread(): Promise<string> {
    const product = await stockedProduct(database.db, { stock: 3 });
    await openWarehouse(database.db, product, {
      code: `W-${product.id.slice(-12).toUpperCase()}`,
      units: 3,
      priority: 9,
    });
    return (await heldReservation(database.db, item(product, 4))).id;
  }

  /** Restores a reservation and gives what was done and written. */
  async function restore(id: string) {
    const by = cause();
    const { result, entries } = await recording(database.db, () => restoreReservation(database.db, id, by));
    for (const { requestId, ...entry } of entries) {
      const { action, objectType, objectId } = entry;
      assert.deepEqual([action, objectType, objectId, requestId], ['REPAIRED', 'Reservation', id, by.requestId]);
    }
    return { result, values: entries.map(({ oldValue, newValue }) => [oldValue, newValue]) };
  }

  const about = async (id: string) => (await findDiscrepancies(database.db)).filter(({ objectId }) => objectId === id);
  const allocated = (id: string): Promise<number[]> =>
    database.db('reservation_allocations').where({ reservation_id: id }).orderBy('quantity').pluck('quantity');

  it('becomes what its entries add up to, and its allocations stay', async () => {
    await heldReservation(database.db, item(await stockedProduct(database.db), 3));
    const id = await held();
    await database.db('reservations').where({ id }).update({ quantity: 9, ended_as: 'released' });
    const reason = 'restored from its audit entries';
    assert.deepEqual(await restore(id), {
      result: reason,
      values: [
        [
          { qty: 9, ended_as: 'released' },
          { ...fields, reason },
        ],
      ],
    });
    const [row] = await database.db('reservations').where({ id }).select('quantity', 'ended_as');
    assert.deepEqual([row, await allocated(id)], [{ quantity: 4, ended_as: null }, [4]]);
    assert.deepEqual(await findDiscrepancies(database.db), []);
    assert.deepEqual(await restore(id), { result: undefined, values: [] });
  });

  it('may be spread over several warehouses while its allocations are right', async () => {
    const id = await spread();
    await database.db('reservations').where({ id }).update({ ended_as: 'expired' });
    assert.equal((await restore(id)).result, 'restored from its audit entries');
    assert.deepEqual(await allocated(id), [1, 3]);
    assert.deepEqual(await about(id), []);
  });

  it('gets the allocation that its entries say, in the warehouse where it has one', async () => {
    const id = await held();
    await database.db('reservation_allocations').where({ reservation_id: id }).update({ quantity: 6 });
    const reason = 'restored from its audit entries';
    assert.deepEqual(await restore(id), {
      result: reason,
      values: [
        [
          { ...fields, allocated: 6 },
          { ...fields, allocated: 4, reason },
        ],
      ],
    });
    assert.deepEqual(await allocated(id), [4]);
  });

  it('gets an allocation in the one warehouse of its product when it has none', async () => {
    const id = await held();
    await database.db('reservation_allocations').where({ reservation_id: id }).delete();
    assert.deepEqual((await restore(id)).values[0]?.[0], { ...fields, allocated: 0 });
    assert.deepEqual(await allocated(id), [4]);
    assert.deepEqual(await about(id), []);
  });

  it('keeps its one allocation when its product is in several warehouses', async () => {
    const product = await stockedProduct(database.db);
    await openWarehouse(database.db, product, {
      code: `W-${product.id.slice(-12).toUpperCase()}`,
      units: 3,
      priority: 1000,
    });
    const { id } = await heldReservation(database.db, item(product, 4));
    await database.db('reservation_allocations').where({ reservation_id: id }).update({ quantity: 6 });
    await restore(id);
    assert.deepEqual(await allocated(id), [4]);
    assert.deepEqual(await about(id), []);
  });

  it('is taken as it stands when it has no entries', async () => {
    const id = await held();
    await erase(database.db, id);
    const reason = 'it had no audit entries: taken as it stands';
    assert.deepEqual(await restore(id), { result: reason, values: [[fields, { ...fields, reason }]] });
    assert.deepEqual(await about(id), []);
  });

  it('is taken as it stands when its entries contradict one another', async () => {
    const id = await held();
    await endReservationHold(database.db, { reservationId: id }, 'confirmed', cause());
    const again = { objectType: 'Reservation', objectId: id, oldValue: { qty: 4 }, newValue: { qty: 4 } } as const;
    await claim(database.db, { action: 'RESERVATION_RELEASED', ...again });
    const reason = 'its audit entries contradict one another: taken as it stands';
    const sold = { qty: 4, ended_as: 'confirmed' };
    assert.deepEqual(await restore(id), { result: reason, values: [[sold, { ...sold, reason }]] });
    assert.deepEqual(await about(id), []);
  });

  it('gets its allocations back in the warehouses that the ledger says, whatever they have become', async () => {
    const { db } = database;
    const of = (reservation_id: string) => db('reservation_allocations').where({ reservation_id });
    for (const damage of [
      (id: string) => of(id).delete(),
      (id: string) => of(id).where('quantity', 1).delete(),
      (id: string) => of(id).increment('quantity', 1),
    ]) {
      const id = await spread();
      const before = await of(id).orderBy('quantity');
      await damage(id);
      assert.equal((await restore(id)).result, 'restored from its audit entries');
      assert.deepEqual([(await of(id)).length, await of(id).orderBy('quantity')], [2, before]);
      assert.deepEqual(await about(id), []);
    }
  });

  it('does not believe a ledger that was changed by hand', async () => {
    const { db } = database;
    const id = await spread();
    const [first] = await db('stock_movements').where({ reservation_id: id }).orderBy('id').pluck('id');
    await db('reservation_allocations').where({ reservation_id: id }).delete();
    await tamper(db, (trx) =>
      trx('stock_movements').where({ id: first }).update({ total_after: 99, reserved_after: 99 }),
    );
    await assert.rejects(restoreReservation(db, id, cause()), { name: 'NeedsPerson', message: /nothing says which/ });
  });

  it('is a case for a person when nothing says which warehouse its units are in', async () => {
    for (const damage of [
      (id: string) => database.db('reservation_allocations').where({ reservation_id: id }).delete(),
      (id: string) => database.db('reservation_allocations').where({ reservation_id: id }).increment('quantity', 1),
    ]) {
      const id = await spread();
      await beginLedgerNow(database.db);
      await damage(id);
      await assert.rejects(restoreReservation(database.db, id, cause()), {
        name: 'NeedsPerson',
        message:
          `Reservation ${id} is for 4 units, and nothing says which of 2 warehouses they are in: ` +
          'correct its rows in reservation_allocations by hand.',
      });
    }
  });

  it('is a case for a person when there is no row', async () => {
    const id = await held();
    await database.db('reservation_allocations').where({ reservation_id: id }).delete();
    await database.db('reservations').where({ id }).delete();
    await assert.rejects(restoreReservation(database.db, id, cause()), {
      name: 'NeedsPerson',
      message: `The row of reservation ${id} is gone: restore it from a backup.`,
    });
  });
});
