import { strict as assert } from 'node:assert';
import { readOrder } from '../../src/persistence/orders.ts';
import { cancelSignal } from '../../src/workflows/messages.ts';
import { activitiesOf, historyOf } from '../support/history.ts';
import { auditOf, notice, placeOrder, stockedProduct, stockOf, transition } from '../support/orders.ts';
import { timeSkipping } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { workerForTests } from '../support/worker.ts';

describe('the hold of an order', () => {
  const here = workerForTests(timeSkipping);

  it('gives its stock back and cancels it as expired when nobody confirms within ten minutes', async () => {
    const { db, server, worker } = here;
    const product = await stockedProduct(db);
    const { id, handle } = await placeOrder(worker, {
      items: [{ productId: product.id, quantity: 3 }],
      holdSeconds: 600,
    });
    await server.sleep('590 seconds');
    assert.equal((await readOrder(db, id))?.status, 'pending');
    assert.deepEqual(await stockOf(db, product), { total: 10, available: 7, reserved: 3 });

    assert.deepEqual(await handle.result(), { ending: 'cancelled' });
    const order = await readOrder(db, id);
    assert.equal(order?.status, 'cancelled');
    assert.equal(order.cancelReason, 'expired');
    assert.deepEqual(
      order.reservations.map(({ endedAs, isActive }) => ({ endedAs, isActive })),
      [{ endedAs: 'expired', isActive: false }],
    );
    assert.deepEqual(await stockOf(db, product), { total: 10, available: 10, reserved: 0 });
  });

  it('writes its expiry into the audit log once, as the system, under the workflow that did it', async () => {
    const { db, worker } = here;
    const [tea, milk] = [await stockedProduct(db), await stockedProduct(db)];
    const { id, order, handle } = await placeOrder(worker, {
      items: [
        { productId: tea.id, quantity: 3 },
        { productId: milk.id, quantity: 2 },
      ],
    });
    await handle.result();
    const entries = (await auditOf(db, id)).slice(3);
    const system = { actor: 'system', requestId: null, workflowId: `order-${id}` };
    assert.deepEqual(
      entries.map(({ actor, requestId, workflowId, action, objectType, objectId, oldValue, newValue }) => {
        return { actor, requestId, workflowId, action, objectType, objectId, oldValue, newValue };
      }),
      [
        ...[3, 2].map((qty, index) => ({
          ...system,
          action: 'RESERVATION_EXPIRED',
          objectType: 'Reservation',
          objectId: order.reservations[index]?.id,
          oldValue: { qty },
          newValue: { qty },
        })),
        {
          ...system,
          action: 'ORDER_STATUS_CHANGED',
          objectType: 'Order',
          objectId: id,
          oldValue: { status: 'pending' },
          newValue: { status: 'cancelled' },
        },
      ],
    );
  });

  it('is over for good when the order is confirmed just before the end', async () => {
    const { db, server, worker } = here;
    const product = await stockedProduct(db);
    const { id, handle } = await placeOrder(worker, {
      items: [{ productId: product.id, quantity: 3 }],
      holdSeconds: 600,
    });
    await server.sleep('598 seconds');
    assert.equal((await transition(handle, 'confirmed')).status, 'confirmed');
    await server.sleep('1 hour');
    assert.equal((await readOrder(db, id))?.status, 'confirmed');
    assert.deepEqual(await stockOf(db, product), { total: 7, available: 7, reserved: 0 });
    assert.deepEqual(await activitiesOf(handle), ['reserveOrder', 'fulfilReservation']);
    const timer = (await historyOf(handle)).map(({ type }) => type).filter((type) => type.startsWith('TIMER'));
    assert.deepEqual(timer, ['TIMER_STARTED', 'TIMER_CANCELED']);
    await handle.signal(cancelSignal, notice());
    await handle.result();
  });

  it("lasts as long as was asked for although Temporal's clock is hours ahead of the database's", async () => {
    const { db, server, worker } = here;
    await server.sleep('5 hours');
    const product = await stockedProduct(db);
    const { id, handle } = await placeOrder(worker, {
      items: [{ productId: product.id, quantity: 3 }],
      holdSeconds: 600,
    });
    await server.sleep('590 seconds');
    assert.equal((await readOrder(db, id))?.status, 'pending');
    await server.sleep('15 seconds');
    await until(async () => (await readOrder(db, id))?.status === 'cancelled');
    await handle.result();
  });

  for (const [title, shift] of [
    ['far ahead', '-3 hours'],
    ['far behind', '3 hours'],
  ] as const) {
    it(`lasts as long as was asked for although the database's clock is ${title}`, async () => {
      const { db, server, worker } = here;
      const product = await stockedProduct(db);
      const { id, handle } = await placeOrder(worker, {
        items: [{ productId: product.id, quantity: 3 }],
        holdSeconds: 600,
      });
      for (const table of ['orders', 'reservations']) {
        await db.raw(`UPDATE ?? SET expires_at = expires_at + ?::interval WHERE ?? = ?`, [
          table,
          shift,
          table === 'orders' ? 'id' : 'order_id',
          id,
        ]);
      }
      await server.sleep('590 seconds');
      assert.equal((await readOrder(db, id))?.status, 'pending');
      await server.sleep('15 seconds');
      await until(async () => (await readOrder(db, id))?.status === 'cancelled');
      await handle.result();
    });
  }
});
