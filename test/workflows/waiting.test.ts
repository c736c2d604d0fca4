import { strict as assert } from 'node:assert';
import type { Order } from '../../src/domain/order.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { wakeOrders } from '../../src/wake-orders.ts';
import {
  cancelSignal,
  confirmSignal,
  extendOrderUpdate,
  turnSignal,
  type OrderInput,
} from '../../src/workflows/messages.ts';
import { NextCalls } from '../support/activities.ts';
import { activitiesOf, historyOf } from '../support/history.ts';
import {
  auditOf,
  countIn,
  notice,
  orderHandle,
  orderInput,
  placeOrder,
  refusalFrom,
  requestOrder,
  stockedProduct,
  stockOf,
  transition,
  type PlacedOrder,
  type StockedProduct,
} from '../support/orders.ts';
import { timeSkipping } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { look, makeWaitOverdue, queued } from '../support/waiting.ts';
import { startTestWorker, workerForTests, type TestWorker } from '../support/worker.ts';

describe('an order that waits for its units', () => {
  const calls = new NextCalls();
  const here = workerForTests(timeSkipping, { wrap: calls.wrap });

  let product: StockedProduct;
  beforeEach(async () => {
    product = await stockedProduct(here.db, { stock: 0 });
  });

  it('is cancelled as not available when its units do not come in time', async () => {
    const { db, server } = here;
    const { id, handle } = await waiting();
    await server.sleep('590 seconds');
    assert.ok((await read(id)).waiting);
    assert.deepEqual(await handle.result(), { ending: 'cancelled' });
    const order = await read(id);
    assert.deepEqual([order.status, order.cancelReason, order.waiting], ['cancelled', 'not-available', null]);
    assert.deepEqual(await activitiesOf(handle), ['reserveOrder', 'leaveWaitingList']);
    const entries = (await auditOf(db, id)).slice(2);
    assert.deepEqual(
      entries.map(({ action, actor, requestId, workflowId }) => ({ action, actor, requestId, workflowId })),
      ['WAITING_ENDED', 'ORDER_STATUS_CHANGED'].map((action) => ({
        action,
        actor: 'system',
        requestId: null,
        workflowId: `order-${id}`,
      })),
    );
  });

  it('waits for an hour when nobody says how long', async () => {
    const input = orderInput({ items: [{ productId: product.id, quantity: 1 }], onShortage: 'wait' });
    await requestOrder(here.worker, input);
    await here.server.sleep('3590 seconds');
    assert.ok((await read(input.orderId)).waiting);
    await here.server.sleep('20 seconds');
    await until(async () => (await read(input.orderId)).cancelReason === 'not-available');
  });

  it('that is served just before has its normal hold, which ends by a timer of its own', async () => {
    const { db, server } = here;
    const { id, handle } = await waiting({ holdSeconds: 900 });
    await server.sleep('595 seconds');
    await countIn(db, product, 2);
    await wakeAndServe(handle, id);
    await server.sleep('890 seconds');
    const held = await read(id);
    assert.deepEqual([held.status, held.reservations.length], ['pending', 1]);
    assert.deepEqual(await handle.result(), { ending: 'cancelled' });
    assert.equal((await read(id)).cancelReason, 'expired');
    assert.deepEqual(await activitiesOf(handle), ['reserveOrder', 'reserveOrder', 'expireReservation']);
    assert.deepEqual(await stockOf(db, product), { total: 2, available: 2, reserved: 0 });
    const timers = (await historyOf(handle)).map(({ type }) => type).filter((type) => type.startsWith('TIMER'));
    assert.deepEqual(timers, ['TIMER_STARTED', 'TIMER_STARTED', 'TIMER_CANCELED', 'TIMER_FIRED']);
  });

  it('that is served can be confirmed', async () => {
    const { id, handle } = await waiting();
    await countIn(here.db, product, 2);
    await wakeAndServe(handle, id);
    assert.equal((await transition(handle, 'confirmed')).status, 'confirmed');
    assert.deepEqual(await stockOf(here.db, product), { total: 0, available: 0, reserved: 0 });
    await transition(handle, 'cancelled');
  });

  it('is served when another order is cancelled, and the next behind it', async () => {
    const { db, worker } = here;
    await countIn(db, product, 4);
    const holder = await placeOrder(worker, { items: [{ productId: product.id, quantity: 4 }] });
    const [first, second] = [await waiting(), await waiting()];
    await transition(holder.handle, 'cancelled');
    for (const { id, handle } of [first, second]) {
      await until(async () => (await read(id)).waiting === null);
      assert.equal((await transition(handle, 'cancelled')).cancelReason, 'requested');
    }
  });

  it('can be cancelled, and whoever is behind it gets the turn', async () => {
    const { db } = here;
    await countIn(db, product, 2);
    const [first, second] = [await waiting({}, 5), await waiting()];
    const order = await transition(first.handle, 'cancelled', { reason: 'changed my mind' });
    assert.deepEqual([order.status, order.cancelReason, order.waiting], ['cancelled', 'requested', null]);
    assert.deepEqual(await first.handle.result(), { ending: 'cancelled' });
    assert.deepEqual(await activitiesOf(first.handle), ['reserveOrder', 'leaveWaitingList']);
    const { actor, newValue } = (await auditOf(db, first.id)).at(-1) ?? {};
    assert.deepEqual([actor, newValue], ['bert', { status: 'cancelled', reason: 'changed my mind' }]);
    await until(async () => (await read(second.id)).waiting === null);
    await transition(second.handle, 'cancelled');
  });

  it('cannot be confirmed, extended or moved on: by an update it is refused, without a trace', async () => {
    const { id, handle, order } = await waiting();
    const before = (await historyOf(handle)).length;
    const refusal = await refusalFrom(transition(handle, 'confirmed'));
    assert.equal(refusal.code, 'not-reserved');
    assert.deepEqual(refusal.details, { orderId: id, until: order.waiting?.until });
    const extending = handle.executeUpdate(extendOrderUpdate, { args: [{ ...notice(), seconds: 60 }] });
    assert.equal((await refusalFrom(extending)).code, 'not-reserved');
    assert.equal((await refusalFrom(transition(handle, 'shipped'))).code, 'invalid-transition');
    assert.equal(
      withoutTasks(await historyOf(handle)).length,
      withoutTasks((await historyOf(handle)).slice(0, before)).length,
    );
    await transition(handle, 'cancelled');
  });

  it('ignores a confirmation by signal, and goes on waiting', async () => {
    const { handle, id } = await waiting();
    await handle.signal(confirmSignal, notice());
    await until(() => here.worker.warnings.some(({ workflowId }) => workflowId === handle.workflowId));
    const { attributes } = here.worker.warnings.find(({ workflowId }) => workflowId === handle.workflowId) ?? {};
    assert.match(String(attributes?.['why']), /waits for its units until/);
    assert.ok((await read(id)).waiting);
    await handle.signal(cancelSignal, notice());
    assert.deepEqual(await handle.result(), { ending: 'cancelled' });
    assert.equal((await read(id)).cancelReason, 'requested');
  });

  it('is cancelled when its workflow is', async () => {
    const { handle, id } = await waiting();
    await handle.cancel();
    assert.deepEqual(await handle.result(), { ending: 'cancelled' });
    assert.equal((await read(id)).cancelReason, 'requested');
    const { actor, newValue } = (await auditOf(here.db, id)).at(-1) ?? {};
    assert.deepEqual([actor, newValue], ['system', { status: 'cancelled', reason: 'workflow cancelled' }]);
  });

  it('looks in vain when it is told of a turn that has not come, as often as it is told, and keeps its time', async () => {
    const { handle, id } = await waiting();
    for (const looks of [2, 3]) {
      await handle.signal(turnSignal);
      await until(async () => (await activitiesOf(handle)).length === looks);
    }
    await here.server.sleep('590 seconds');
    assert.ok((await read(id)).waiting);
    assert.deepEqual(await handle.result(), { ending: 'cancelled' });
    const timers = (await historyOf(handle)).filter(({ type }) => type === 'TIMER_STARTED');
    assert.equal(timers.length, 1);
  });

  it('is the only one that a turn means something to', async () => {
    await countIn(here.db, product, 2);
    const { handle } = await placeOrder(here.worker, { items: [{ productId: product.id, quantity: 2 }] });
    await handle.signal(turnSignal);
    await transition(handle, 'confirmed');
    await handle.signal(turnSignal);
    await transition(handle, 'cancelled');
    assert.deepEqual(await activitiesOf(handle), ['reserveOrder', 'fulfilReservation', 'advanceOrder']);
  });

  it('does not miss a turn that comes before it knows that it waits', async () => {
    const { db, worker } = here;
    const input = orderInput({ ...waits(2), items: [{ productId: product.id, quantity: 2 }] });
    calls.next('reserveOrder', async (run) => {
      const joined = await run();
      await countIn(db, product, 2);
      await wake(input.orderId);
      return joined;
    });
    await requestOrder(worker, input);
    await until(async () => (await read(input.orderId)).waiting === null);
    await transition(orderHandle(worker, input.orderId), 'cancelled');
  });

  it('does not miss a turn that comes while it has looked in vain and does not know it yet', async () => {
    const { handle, id } = await waiting();
    calls.next('reserveOrder', async (run) => {
      const inVain = await run();
      await countIn(here.db, product, 2);
      await wake(id);
      return inVain;
    });
    await handle.signal(turnSignal);
    await until(async () => (await read(id)).waiting === null);
    await transition(handle, 'cancelled');
  });

  it('passes the turn on although the answer that it was served got lost', async () => {
    const { db } = here;
    const [first, second] = [await waiting(), await waiting()];
    await countIn(db, product, 4);
    calls.next('reserveOrder', async (run) => {
      await run();
      throw new Error('the answer got lost');
    });
    await first.handle.signal(turnSignal);
    for (const { id, handle } of [first, second]) {
      await until(async () => (await read(id)).waiting === null);
      await transition(handle, 'cancelled');
    }
    assert.deepEqual(await stockOf(db, product), { total: 4, available: 4, reserved: 0 });
  });

  it('that somebody served behind its back gives its units back when it is cancelled', async () => {
    const { db } = here;
    const { handle, id } = await waiting();
    servedBefore('leaveWaitingList', id);
    const order = await transition(handle, 'cancelled');
    assert.deepEqual([order.status, order.cancelReason], ['cancelled', 'requested']);
    assert.deepEqual(await stockOf(db, product), { total: 2, available: 2, reserved: 0 });
    assert.deepEqual(await activitiesOf(handle), ['reserveOrder', 'leaveWaitingList', 'releaseReservation']);
    assert.deepEqual(await handle.result(), { ending: 'cancelled' });
  });

  it('that somebody served behind its back as its time was over has its hold all the same', async () => {
    const { db, server } = here;
    const { handle, id } = await waiting({ holdSeconds: 900 });
    servedBefore('leaveWaitingList', id);
    await server.sleep('605 seconds');
    await until(async () => (await read(id)).waiting === null);
    await server.sleep('880 seconds');
    assert.equal((await read(id)).status, 'pending');
    assert.deepEqual(await handle.result(), { ending: 'cancelled' });
    assert.equal((await read(id)).cancelReason, 'expired');
    assert.deepEqual(await stockOf(db, product), { total: 2, available: 2, reserved: 0 });
  });

  it('that was cancelled behind its back as not available is not cancelled again', async () => {
    const { handle, id } = await waiting();
    calls.next('leaveWaitingList', async (run) => {
      await here.db('waiting_list').where({ order_id: id }).update({ ended_as: 'not-available' });
      await here.db('orders').where({ id }).update({ status: 'cancelled', cancel_reason: 'not-available' });
      return run();
    });
    assert.equal((await refusalFrom(transition(handle, 'cancelled'))).code, 'invalid-transition');
    assert.deepEqual(await handle.result(), { ending: 'cancelled' });
  });

  describe('when no worker runs at the end of its time', () => {
    it('and its turn came before, is served', async () => {
      const order = await overdueWith(async ({ handle }) => {
        await countIn(here.db, product, 2);
        await handle.signal(turnSignal);
        await here.server.sleep('2 seconds');
      });
      assert.deepEqual([order.status, order.waiting], ['pending', null]);
    });

    it('and its turn came after, is served', async () => {
      const order = await overdueWith(async ({ handle }) => {
        await here.server.sleep('2 seconds');
        await countIn(here.db, product, 2);
        await handle.signal(turnSignal);
      });
      assert.deepEqual([order.status, order.waiting], ['pending', null]);
    });

    it('and it was told in vain, is cancelled as not available', async () => {
      const order = await overdueWith(async ({ handle }) => {
        await handle.signal(turnSignal);
        await here.server.sleep('2 seconds');
      });
      assert.equal(order.cancelReason, 'not-available');
    });

    it('and it was cancelled as well, is cancelled on request', async () => {
      const order = await overdueWith(async ({ handle }) => {
        await here.server.sleep('2 seconds');
        await handle.signal(cancelSignal, notice());
      });
      assert.equal(order.cancelReason, 'requested');
    });

    /** What becomes of an order that waits a second while nobody works on it, and of what comes meanwhile. */
    async function overdueWith(meanwhile: (order: PlacedOrder) => Promise<void>): Promise<Order> {
      const { db, server } = here;
      const first = await startTestWorker({ server, db, forgetful: true });
      const placed = await waiting({ waitSeconds: 1 }, 2, first);
      await first.stop();
      await meanwhile(placed);
      const next = await startTestWorker({ server, db, taskQueue: first.taskQueue });
      await until(async () => (await read(placed.id)).waiting === null);
      const order = await read(placed.id);
      if (order.status === 'pending') await placed.handle.signal(cancelSignal, notice());
      await placed.handle.result();
      await next.stop();
      return order;
    }
  });

  describe('whose workflow is started again', () => {
    it('waits for what is left of its time', async () => {
      const { id, handle } = await resumed(120);
      await here.server.sleep('115 seconds');
      assert.ok((await read(id)).waiting);
      await here.server.sleep('10 seconds');
      assert.deepEqual(await handle.result(), { ending: 'cancelled' });
      assert.equal((await read(id)).cancelReason, 'not-available');
    });

    it('is cancelled at once when its time is over', async () => {
      const { id, handle } = await resumed(-60);
      assert.deepEqual(await handle.result(), { ending: 'cancelled' });
      assert.equal((await read(id)).cancelReason, 'not-available');
    });

    it('is served at once when its turn has come', async () => {
      await countIn(here.db, product, 2);
      const { id, handle } = await resumed(120, 2);
      assert.deepEqual([(await read(id)).waiting, (await read(id)).reservations.length], [null, 1]);
      await transition(handle, 'cancelled');
    });

    it('keeps its place', async () => {
      const { id, handle } = await resumed(120);
      const behind = await waiting({}, 1);
      assert.equal(behind.order.waiting?.position, 2);
      assert.equal((await read(id)).waiting?.position, 1);
      for (const one of [handle, behind.handle]) await transition(one, 'cancelled');
    });

    /** An order that waits and was made without any workflow, and then its workflow. */
    async function resumed(seconds: number, units = 0) {
      // Queued while nothing is there, whatever there is now.
      if (units > 0) await countIn(here.db, product, -units);
      const { id } = await queued(here.db, product, 2);
      if (units > 0) await countIn(here.db, product, units);
      await makeWaitOverdue(here.db, id, -seconds);
      await requestOrder(here.worker, orderInput({ ...waits(2), orderId: id }));
      return { id, handle: orderHandle(here.worker, id) };
    }
  });

  function waits(quantity: number): Pick<OrderInput, 'items' | 'onShortage' | 'waitSeconds'> {
    return { items: [{ productId: product.id, quantity }], onShortage: 'wait', waitSeconds: 600 };
  }

  async function waiting(
    input: Partial<OrderInput> = {},
    quantity = 2,
    worker: TestWorker = here.worker,
  ): Promise<PlacedOrder> {
    const placed = await placeOrder(worker, { ...waits(quantity), ...input });
    assert.ok(placed.order.waiting);
    return placed;
  }

  async function wake(id: string): Promise<void> {
    await wakeOrders(here.worker.client, { warn: () => assert.fail('nobody heard it') })([id]);
  }

  async function wakeAndServe({ workflowId }: PlacedOrder['handle'], id: string): Promise<void> {
    assert.equal(workflowId, `order-${id}`);
    await wake(id);
    await until(async () => (await read(id)).waiting === null);
  }

  /** Lets an attempt that nobody hears of serve the order before the next call of an activity. */
  function servedBefore(name: Parameters<NextCalls['next']>[0], id: string): void {
    calls.next(name, async (run) => {
      await countIn(here.db, product, 2);
      await look(here.db, id);
      return run();
    });
  }

  async function read(id: string): Promise<Order> {
    const order = await readOrder(here.db, id);
    assert.ok(order);
    return order;
  }

  function withoutTasks(events: Awaited<ReturnType<typeof historyOf>>) {
    return events.filter(({ type }) => !type.startsWith('WORKFLOW_TASK'));
  }
});
