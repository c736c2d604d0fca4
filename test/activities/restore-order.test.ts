import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import { statusChange } from '../../src/activities/status-change.ts';
import { NeedsPerson } from '../../src/domain/finding.ts';
import type { Order } from '../../src/domain/order.ts';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { claim, erase } from '../support/damage.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, item, orderIn, recording } from '../support/holds.ts';
import { stockedProduct } from '../support/orders.ts';
import { restoreOrder } from '../support/as-worker.ts';

describe('An order whose row and audit entries differ', () => {
  const database = testDatabase();
  database.prepare();

  const fields = { status: 'confirmed', cancel_reason: null, quantity: 2, total: '25.00', reference: null };
  const confirmed = async (): Promise<Order> =>
    orderIn(database.db, 'confirmed', item(await stockedProduct(database.db), 2));

  /** Restores an order and gives what was done and written. */
  async function restore(id: string) {
    const by = cause();
    const { result, entries } = await recording(database.db, () => restoreOrder(database.db, id, by));
    for (const { requestId, ...entry } of entries) {
      assert.deepEqual(
        [entry.action, entry.objectType, entry.objectId, requestId],
        ['REPAIRED', 'Order', id, by.requestId],
      );
    }
    return { result, values: entries.map(({ oldValue, newValue }) => [oldValue, newValue]) };
  }

  it('becomes what its entries add up to, and is touched', async () => {
    const { db } = database;
    await heldOrder(db, item(await stockedProduct(db)));
    const order = await confirmed();
    const odd = { status: 'cancelled', cancel_reason: 'expired', quantity: 3, reference: 'odd' };
    await db('orders')
      .where({ id: order.id })
      .update({ ...odd, total_minor: 1 });
    const reason = 'restored from its audit entries';
    assert.deepEqual(await restore(order.id), {
      result: reason,
      values: [
        [
          { ...odd, total: '0.01' },
          { ...fields, reason },
        ],
      ],
    });
    const { updatedAt, ...restored } = (await readOrder(db, order.id)) as Order;
    const { updatedAt: before, ...placed } = order;
    assert.deepEqual(restored, placed);
    assert.ok(updatedAt > before);
    assert.deepEqual(await findDiscrepancies(db), []);
    assert.deepEqual(await restore(order.id), { result: undefined, values: [] });
  });

  it('is taken as it stands when it has no entries', async () => {
    const { id } = await confirmed();
    await erase(database.db, id);
    const reason = 'it had no audit entries: taken as it stands';
    assert.deepEqual(await restore(id), { result: reason, values: [[fields, { ...fields, reason }]] });
    assert.deepEqual(await restore(id), { result: undefined, values: [] });
  });

  it('is taken as it stands when its entries do not tell how it began', async () => {
    const { id } = await confirmed();
    await erase(database.db, id, 'ORDER_CREATED');
    assert.deepEqual((await restore(id)).values[0]?.[0], fields);
    assert.deepEqual(await restore(id), { result: undefined, values: [] });
  });

  it('is taken as it stands when its entries contradict one another', async () => {
    const { id } = await confirmed();
    await claim(database.db, statusChange(id, 'pending', 'delivered'));
    const reason = 'its audit entries contradict one another: taken as it stands';
    assert.deepEqual(await restore(id), { result: reason, values: [[fields, { ...fields, reason }]] });
    assert.deepEqual(await restore(id), { result: undefined, values: [] });
  });

  it('is a case for a person when there is no row', async () => {
    const id = v7();
    await claim(database.db, statusChange(id, 'pending', 'confirmed'));
    await assert.rejects(restoreOrder(database.db, id, cause()), (error) => {
      assert.ok(error instanceof NeedsPerson);
      assert.equal(error.name, 'NeedsPerson');
      assert.equal(error.message, `The row of order ${id} is gone, its lines with it: restore it from a backup.`);
      return true;
    });
  });
});
