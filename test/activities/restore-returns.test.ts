import assert from 'node:assert/strict';
import { v4 } from 'uuid';
import { systemActor } from '../../src/domain/audit.ts';
import { NeedsPerson } from '../../src/domain/finding.ts';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';
import { readReturn } from '../../src/persistence/returns.ts';
import { returnedOrder } from '../support/damage/returns.ts';
import { testDatabase } from '../support/database.ts';
import { erase } from '../support/damage.ts';
import { cause, recording } from '../support/holds.ts';
import { restoreReturns } from '../support/as-worker.ts';

const database = testDatabase();

const bySystem = () => cause({ actor: systemActor });

describe('The returns of an order', () => {
  database.prepare();

  const rows = () => database.db('returns');
  const restored = 'its returns and their audit entries agree again';
  const order = { status: 'delivered', cancel_reason: null, quantity: 4, total: '50.00', reference: null };
  /** What the audit log says of the restocked return of a {@link returnedOrder}. */
  const told = (id: string) => {
    return { return: id, line: 1, qty: 2, restock: true, warehouse: 'MAIN', reason: 'wrong colour' };
  };

  it('are left alone when they agree', async () => {
    const { db } = database;
    const { id } = await returnedOrder(db);
    const { result, entries } = await recording(db, () => restoreReturns(db, id, bySystem()));
    assert.deepEqual([result, entries], [undefined, []]);
  });

  it('come back as they were, with who took them and when, and an entry says so', async () => {
    const { db } = database;
    const { id, restocked } = await returnedOrder(db);
    const before = await readReturn(db, restocked);
    const request: unknown = await rows().where({ id: restocked }).first('request_id');
    await rows().where({ id: restocked }).delete();
    const by = bySystem();
    const { result, entries } = await recording(db, () => restoreReturns(db, id, by));
    assert.equal(result, restored);
    assert.deepEqual(await readReturn(db, restocked), before);
    assert.deepEqual(await rows().where({ id: restocked }).first('request_id'), request);
    assert.deepEqual(entries, [
      {
        ...by,
        action: 'REPAIRED',
        objectType: 'Order',
        objectId: id,
        oldValue: { ...order, return: null },
        newValue: { ...order, return: told(restocked), reason: 'a return was restored from its audit entry' },
      },
    ]);
    assert.deepEqual(await findDiscrepancies(db), []);
  });

  it('take what their entries say, also which line and order they are of', async () => {
    const { db } = database;
    const [one, other] = [await returnedOrder(db), await returnedOrder(db)];
    const before = await readReturn(db, one.restocked);
    await rows().where({ id: one.restocked }).update({ order_id: other.id, quantity: 1, reason: 'another' });
    assert.equal(await restoreReturns(db, other.id, bySystem()), undefined);
    assert.equal(await restoreReturns(db, one.id, bySystem()), restored);
    assert.deepEqual(await readReturn(db, one.restocked), before);
    assert.deepEqual(await findDiscrepancies(db), []);
  });

  it('come back from the repair that took them as they stood', async () => {
    const { db } = database;
    const { id, restocked } = await returnedOrder(db);
    await erase(db, id, 'ITEMS_RETURNED');
    const { entries } = await recording(db, () => restoreReturns(db, id, bySystem()));
    assert.deepEqual(
      entries.map(({ newValue }) => (newValue as { reason: string }).reason),
      Array.from({ length: 2 }, () => 'a return had no audit entry: taken as it stands'),
    );
    await rows().where({ id: restocked }).delete();
    assert.equal(await restoreReturns(db, id, bySystem()), restored);
    const { quantity, warehouse, returnedBy } = (await readReturn(db, restocked)) ?? {};
    assert.deepEqual([quantity, warehouse, returnedBy], [2, 'MAIN', systemActor]);
    assert.deepEqual(await findDiscrepancies(db), []);
  });

  it('wait for the order itself when it differs from its entries as well', async () => {
    const { db } = database;
    const { id, restocked } = await returnedOrder(db);
    await rows().where({ id: restocked }).delete();
    await db('orders').where({ id }).update({ reference: 'another' });
    await assert.rejects(restoreReturns(db, id, bySystem()), {
      name: 'NeedsPerson',
      message: `Order ${id} differs from its audit entries as well: run this again.`,
    });
  });

  it('are a case for a person when their line is gone, and so is the warehouse', async () => {
    const { db } = database;
    const { id, restocked } = await returnedOrder(db);
    await rows().where({ order_id: id }).delete();
    await db('reservations').where({ order_id: id }).update({ order_id: null, line: null });
    await db('order_lines').where({ order_id: id }).update({ line: 2 });
    const lost = `of line 1 of order ${id}, which has no such line: restore it from a backup.`;
    await assert.rejects(restoreReturns(db, id, bySystem()), (error) => {
      assert.ok(error instanceof NeedsPerson);
      assert.ok(error.message.endsWith(lost), error.message);
      return true;
    });
    await db('order_lines').where({ order_id: id }).update({ line: 1 });
    await db('warehouses').where({ code: 'MAIN' }).update({ code: 'GONE' });
    try {
      await assert.rejects(restoreReturns(db, id, bySystem()), {
        message: `Return ${restocked} went into the warehouse MAIN, which is gone: restore it from a backup.`,
      });
    } finally {
      await db('warehouses').where({ code: 'GONE' }).update({ code: 'MAIN' });
    }
  });

  it('are a case for a person when more came back than the line is for', async () => {
    const { db } = database;
    const { id } = await returnedOrder(db);
    await db('order_lines').where({ order_id: id }).update({ quantity: 2 });
    await assert.rejects(restoreReturns(db, id, bySystem()), {
      name: 'NeedsPerson',
      message:
        `3 units of line 1 of order ${id} came back, and it is for 2: find out which is wrong, and correct its rows in returns or in ` +
        'order_lines by hand.',
    });
  });

  it('are a case for a person when the order was not delivered, once the rest is repaired', async () => {
    const { db } = database;
    const { id, restocked } = await returnedOrder(db);
    await erase(db, id, 'ORDER_STATUS_CHANGED');
    await erase(db, id, 'ORDER_CREATED');
    await db('orders').where({ id }).update({ status: 'shipped' });
    const state = { status: 'shipped', cancel_reason: null, quantity: 4, total: '50.00', reference: null };
    const by = { actor: 'somebody', request_id: v4(), object_type: 'Order', object_id: id };
    await db('audit_log').insert({ ...by, action: 'REPAIRED', new_value: JSON.stringify(state) });
    await rows().where({ id: restocked }).delete();
    await assert.rejects(restoreReturns(db, id, bySystem()), {
      name: 'NeedsPerson',
      message: `Order ${id} is shipped and has returns: move it on to delivered if it was, else correct its rows in returns by hand.`,
    });
    assert.equal((await readReturn(db, restocked))?.quantity, 2);
  });
});
