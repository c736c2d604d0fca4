import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import type { Knex } from 'knex';
import { readOrder } from '../../src/persistence/orders.ts';
import { cancelSignal, confirmSignal } from '../../src/workflows/messages.ts';
import { NextCalls } from '../support/activities.ts';
import { activitiesOf, historyOf } from '../support/history.ts';
import {
  auditOf,
  notice,
  placeOrder,
  stockedProduct,
  stockOf,
  transition,
  type PlacedOrder,
  type StockedProduct,
} from '../support/orders.ts';
import { devServer, timeSkipping } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { startTestWorker, workerForTests } from '../support/worker.ts';

describe('confirmation and expiry of an order in real time', () => {
  // Not on the server that skips time: it loses the task of a workflow that cancels a timer in the moment it fires.
  const here = workerForTests(devServer);

  it('leave exactly one ending when the confirmation comes within milliseconds of the end', async () => {
    const { db, worker } = here;
    const race = async (offset: number): Promise<string> => {
      const product = await stockedProduct(db);
      const items = [{ productId: product.id, quantity: 3 }];
      const { id, handle } = await placeOrder(worker, { items, holdSeconds: 2 });
      await delay(2_000 + offset);
      await handle.signal(confirmSignal, notice()).catch(() => {
        // Expired already, and its workflow is closed.
      });
      await until(async () => (await readOrder(db, id))?.status !== 'pending');
      await assertOneEnding(db, id, product);
      const status = (await readOrder(db, id))?.status ?? 'gone';
      if (status === 'confirmed') await handle.signal(cancelSignal, notice());
      await handle.result();
      return status;
    };
    // Apart enough for each to have the machine to itself when its hold ends.
    const races = Array.from({ length: 25 }, async (_, index) => {
      await delay(index * 60);
      return race(index === 0 ? -1_000 : index === 24 ? 1_000 : (index - 15) * 8);
    });
    assert.deepEqual(new Set(await Promise.all(races)), new Set(['confirmed', 'cancelled']));
  });
});

describe('confirmation and expiry of an order', () => {
  const calls = new NextCalls();
  const here = workerForTests(timeSkipping, { wrap: calls.wrap });

  it('leave exactly one ending when the workflow finds both at once, the confirmation first', async () => {
    const found = await findAtOnce(async (handle) => {
      await handle.signal(confirmSignal, notice());
      await until(() => hasHappened(handle, 'TIMER_FIRED'));
    });
    assert.deepEqual(found, ['WORKFLOW_EXECUTION_SIGNALED', 'TIMER_FIRED']);
  });

  it('leave exactly one ending when the workflow finds both at once, the end of the hold first', async () => {
    const found = await findAtOnce(async (handle) => {
      await here.server.sleep('2 seconds');
      await handle.signal(confirmSignal, notice());
    });
    assert.deepEqual(found, ['TIMER_FIRED', 'WORKFLOW_EXECUTION_SIGNALED']);
  });

  it('leave it confirmed when its hold runs out while the confirmation is being carried out', async () => {
    const { db, worker } = here;
    const product = await stockedProduct(db);
    const { id, handle } = await placeOrder(worker, {
      items: [{ productId: product.id, quantity: 3 }],
      holdSeconds: 1,
    });
    const gate = calls.holdUpOutsideTheTask('fulfilReservation');
    await handle.signal(confirmSignal, notice());
    await gate.reached;
    await until(() => hasHappened(handle, 'TIMER_FIRED'));
    gate.open();
    await until(async () => (await readOrder(db, id))?.status === 'confirmed');
    await transition(handle, 'processing');
    await assertOneEnding(db, id, product);
    assert.deepEqual(await activitiesOf(handle), [
      'reserveOrder',
      'fulfilReservation',
      'fulfilReservation',
      'advanceOrder',
    ]);
  });

  /** Places an order, lets things happen to it while no worker runs, and looks what the next worker makes of them. */
  async function findAtOnce(meanwhile: (handle: PlacedOrder['handle']) => Promise<void>): Promise<string[]> {
    const { db, server } = here;
    const product = await stockedProduct(db);
    const first = await startTestWorker({ server, db, forgetful: true });
    const { id, handle } = await placeOrder(first, { items: [{ productId: product.id, quantity: 3 }], holdSeconds: 1 });
    await first.stop();
    const known = (await historyOf(handle)).length;
    await meanwhile(handle);
    const found = (await historyOf(handle)).slice(known).map(({ type }) => type);

    const next = await startTestWorker({ server, db, taskQueue: first.taskQueue });
    await until(async () => (await readOrder(db, id))?.status !== 'pending');
    await assertOneEnding(db, id, product);
    await handle.cancel().catch(() => undefined);
    await handle.result();
    await next.stop();
    return found.filter((type) => !type.startsWith('WORKFLOW_TASK'));
  }

  async function hasHappened(handle: PlacedOrder['handle'], type: string): Promise<boolean> {
    return (await historyOf(handle)).some((event) => event.type === type);
  }
});

/** Either confirmed or expired, and stock and audit log say the same. */
async function assertOneEnding(db: Knex, orderId: string, product: StockedProduct): Promise<void> {
  const order = await readOrder(db, orderId);
  const confirmed = order?.cancelReason === null;
  assert.equal(order?.cancelReason, confirmed ? null : 'expired');
  assert.deepEqual(
    await stockOf(db, product),
    confirmed ? { total: 7, available: 7, reserved: 0 } : { total: 10, available: 10, reserved: 0 },
  );
  const actions = (await auditOf(db, orderId)).map(({ action }) => action).slice(2, 4);
  assert.deepEqual(actions, [confirmed ? 'RESERVATION_FULFILLED' : 'RESERVATION_EXPIRED', 'ORDER_STATUS_CHANGED']);
}
