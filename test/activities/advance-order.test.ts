import assert from 'node:assert/strict';
import { v4, v7 } from 'uuid';
import { limits } from '../../src/domain/limits.ts';
import { canTransition, orderStatuses } from '../../src/domain/order-status.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, item, orderIn, recording } from '../support/holds.ts';
import { countIn, openWarehouse, stockedProduct, stockOf } from '../support/orders.ts';
import { advanceOrder, endOrderHold } from '../support/acting.ts';

const database = testDatabase({ balanced: true });

const steps = ['processing', 'shipped', 'delivered', 'cancelled'] as const;

describe('Advancing an order', () => {
  database.prepare();

  for (const from of orderStatuses) {
    for (const newStatus of steps) {
      // Cancelling a pending order is a release, since its units are still reserved.
      const allowed = canTransition(from, newStatus) && from !== 'pending';
      const outcome = from === newStatus ? 'is done already' : allowed ? 'is a step' : 'is refused';

      it(`from ${from} to ${newStatus} ${outcome}`, async () => {
        const { db } = database;
        const product = await stockedProduct(db, { stock: 10 });
        const before = await orderIn(db, from, item(product, 4));
        const stock = await stockOf(db, product);
        const input = { orderId: before.id, newStatus };
        const advance = () => recording(db, () => advanceOrder(db, input, cause()));

        if (from === newStatus) {
          const { result, entries } = await advance();
          assert.deepEqual(result, before);
          assert.deepEqual(entries, []);
        } else if (!allowed) {
          await assert.rejects(advance(), { code: 'invalid-transition' });
        } else {
          const { result } = await advance();
          assert.equal(result.status, newStatus);
          assert.equal(result.cancelReason, newStatus === 'cancelled' ? 'requested' : null);
        }
        const restocked = allowed && newStatus === 'cancelled';
        assert.deepEqual(await stockOf(db, product), restocked ? { total: 10, available: 10, reserved: 0 } : stock);
      });
    }
  }

  it('writes one audit entry with both states and the reason', async () => {
    const { db } = database;
    const { id: orderId } = await orderIn(db, 'confirmed', item(await stockedProduct(db)));
    const by = { actor: 'bert', requestId: v4(), workflowId: `order-${orderId}` };
    const input = { orderId, newStatus: 'processing', reason: 'picked' } as const;
    const { entries } = await recording(db, () => advanceOrder(db, input, by));
    assert.deepEqual(entries, [
      {
        ...by,
        action: 'ORDER_STATUS_CHANGED',
        objectType: 'Order',
        objectId: orderId,
        oldValue: { status: 'confirmed' },
        newValue: { status: 'processing', reason: 'picked' },
      },
    ]);
  });

  it('takes one step when it runs twice, also at once, and answers the same', async () => {
    const { db } = database;
    const { id: orderId } = await orderIn(db, 'confirmed', item(await stockedProduct(db)));
    const advance = () => advanceOrder(db, { orderId, newStatus: 'processing' }, cause());
    const { result, entries } = await recording(db, () => Promise.all([advance(), advance(), advance()]));
    for (const order of result) assert.deepEqual(order, await advance());
    assert.equal(entries.length, 1);
  });

  it('is refused for an order that does not exist', async () => {
    for (const newStatus of steps) {
      const orderId = v7();
      await assert.rejects(advanceOrder(database.db, { orderId, newStatus }, cause()), {
        code: 'not-found',
        details: { objectType: 'Order', id: orderId },
      });
    }
  });

  it('does not take an expired order for one that was cancelled on request', async () => {
    const { db } = database;
    const { id: orderId } = await heldOrder(db, item(await stockedProduct(db)));
    await endOrderHold(db, { orderId }, 'expired', cause());
    await assert.rejects(advanceOrder(db, { orderId, newStatus: 'cancelled' }, cause()), {
      code: 'invalid-transition',
    });
  });
});

describe('Cancelling a confirmed order', () => {
  database.prepare();

  it('brings its units back to where they came from, with an audit entry for each stock level', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 10 });
    await openWarehouse(db, product, { code: 'NEAR', units: 4, priority: 1 });
    const { id: orderId } = await orderIn(db, 'confirmed', item(product, 6));
    await heldOrder(db, item(product, 3));

    const by = { actor: 'bert', requestId: v4(), workflowId: `order-${orderId}` };
    const { result, entries } = await recording(db, () => advanceOrder(db, { orderId, newStatus: 'cancelled' }, by));
    assert.deepEqual([result.status, result.cancelReason], ['cancelled', 'requested']);
    assert.ok(result.reservations.every(({ endedAs }) => endedAs === 'confirmed'));
    assert.deepEqual(await stockOf(db, product), { total: 14, available: 11, reserved: 3 });
    const adjusted = (warehouse: string, oldValue: object, newValue: object) => ({
      ...by,
      action: 'STOCK_ADJUSTED',
      objectType: 'StockLevel',
      objectId: `${product.id}/${warehouse}`,
      oldValue,
      newValue: { ...newValue, reason: 'order cancelled' },
    });
    assert.deepEqual(entries, [
      {
        ...by,
        action: 'ORDER_STATUS_CHANGED',
        objectType: 'Order',
        objectId: orderId,
        oldValue: { status: 'confirmed' },
        newValue: { status: 'cancelled' },
      },
      adjusted('NEAR', { total: 0, available: 0, reserved: 0 }, { total: 4, available: 4, reserved: 0 }),
      adjusted('MAIN', { total: 8, available: 5, reserved: 3 }, { total: 10, available: 7, reserved: 3 }),
    ]);
  });

  it('restocks once when it runs twice, also at once', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 10 });
    const { id: orderId } = await orderIn(db, 'confirmed', item(product, 4));
    const cancel = () => advanceOrder(db, { orderId, newStatus: 'cancelled' }, cause());
    const { result, entries } = await recording(db, () => Promise.all([cancel(), cancel()]));
    assert.deepEqual(result[0], result[1]);
    assert.deepEqual(await cancel(), result[0]);
    assert.equal(entries.length, 2);
    assert.deepEqual(await stockOf(db, product), { total: 10, available: 10, reserved: 0 });
  });

  it('is refused when the warehouse has no room for the units any more, and changes nothing', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 10 });
    const order = await orderIn(db, 'confirmed', item(product, 4));
    await countIn(db, product, limits.stock - 3 - 6);

    const input = { orderId: order.id, newStatus: 'cancelled' } as const;
    const cancelling = recording(db, () =>
      assert.rejects(advanceOrder(db, input, cause()), {
        code: 'stock-conflict',
        details: { total: limits.stock - 3, reserved: 0, delta: 4, warehouse: 'MAIN' },
      }),
    );
    assert.deepEqual((await cancelling).entries, []);
    assert.equal((await stockOf(db, product)).total, limits.stock - 3);
    await countIn(db, product, -1);
    assert.equal((await advanceOrder(db, input, cause())).status, 'cancelled');
    assert.equal((await stockOf(db, product)).total, limits.stock);
  });
});
