import { strict as assert } from 'node:assert';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Knex } from 'knex';
import { v7 } from 'uuid';
import { environmentWith } from '../../src/config.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { readTurns } from '../../src/persistence/waiting-list.ts';
import { wakeOrders } from '../../src/wake-orders.ts';
import type { cleanUp } from '../../src/workflows/index.ts';
import {
  cancelSignal,
  cleanupScheduleId,
  reconcileScheduleId,
  taskQueue,
  type OrderInput,
} from '../../src/workflows/messages.ts';
import { entry } from '../support/entry.ts';
import { item } from '../support/holds.ts';
import {
  countIn,
  notice,
  placeOrder,
  placeOrderThatIs,
  stockedProduct,
  stockOf,
  transition,
  type PlacedOrder,
  type StockedProduct,
} from '../support/orders.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';
import { endReservation, placeReservation } from '../support/reservations.ts';
import { placeReturn, returnInput } from '../support/returns.ts';
import { devServer, type DevServer } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { startTestWorker, workerForTests, type TestWorker } from '../support/worker.ts';

type Placing = Pick<TestWorker, 'client' | 'taskQueue'>;

async function waiting(worker: Placing, product: StockedProduct, quantity = 1, more: Partial<OrderInput> = {}) {
  const input = { items: [item(product, quantity)], onShortage: 'wait' as const, waitSeconds: 600, ...more };
  const placed = await placeOrder(worker as TestWorker, input);
  assert.ok(placed.order.waiting);
  return placed;
}

async function isServed(db: Knex, { id }: PlacedOrder): Promise<boolean> {
  const order = await readOrder(db, id);
  return order?.status === 'pending' && order.waiting === null;
}

async function endAll(orders: readonly PlacedOrder[]): Promise<void> {
  for (const { handle } of orders) await handle.terminate('the test is over').catch(() => undefined);
}

describe('units that come free while somebody waits', function () {
  this.timeout(60_000);
  const here = workerForTests(devServer);

  it('never lie free for more than two seconds that the first could have', async () => {
    const { db, worker } = here;
    const product = await stockedProduct(db, { stock: 19 });
    const holding = { items: [item(product)] };
    const [expiring, cancelled, paid, delivered] = await Promise.all([
      Promise.all([2, 3, 4].map((holdSeconds) => placeOrder(worker, { ...holding, holdSeconds }))),
      Promise.all([1, 2, 3].map(() => placeOrder(worker, holding))),
      Promise.all([1, 2, 3].map(() => placeOrderThatIs('confirmed', worker, holding))),
      Promise.all([1, 2, 3].map(() => placeOrderThatIs('delivered', worker, holding))),
    ]);
    const alone = await Promise.all(
      [2, 3, 4, 600, 600, 600].map((holdSeconds) =>
        placeReservation(worker, { productId: product.id, quantity: 1, holdSeconds }),
      ),
    );
    const big = await waiting(worker, product, 3);
    const hopeless = await waiting(worker, product, 90, { waitSeconds: 4 });
    const crowd: PlacedOrder[] = [];
    for (let n = 0; n < 16; n++) crowd.push(await waiting(worker, product, 1 + (n % 2)));

    let over = false;
    const watched = watch(db, product, () => over);
    const steps = [
      ...cancelled.map(
        ({ handle }) =>
          () =>
            transition(handle, 'cancelled'),
      ),
      ...paid.map(
        ({ handle }) =>
          () =>
            transition(handle, 'cancelled'),
      ),
      ...delivered.map(
        ({ id }) =>
          () =>
            placeReturn(worker, returnInput({ orderId: id })),
      ),
      ...alone.slice(3).map(
        ({ handle }) =>
          () =>
            endReservation(handle, 'released'),
      ),
      ...crowd
        .filter((_, n) => n % 5 === 4)
        .map(
          ({ handle }) =>
            () =>
              transition(handle, 'cancelled'),
        ),
    ];
    const wake = wakeOrders(worker.client, { warn: () => undefined });
    const restock = async () => {
      await countIn(db, product, 1);
      await wake(await readTurns(db, [product.id]));
    };
    await Promise.all(
      [...steps, restock, restock].map(async (step, n) => {
        await delay((n % 5) * 700);
        await step();
      }),
    );
    for (const { handle } of expiring) await handle.result();
    for (const { handle } of alone) await handle.result();
    await hopeless.handle.result();
    await until(async () => (await readTurns(db, [product.id])).length === 0);
    over = true;
    assert.ok((await watched) > 0, 'it was looked');

    assert.equal((await readOrder(db, hopeless.id))?.cancelReason, 'not-available');
    const { total, available, reserved } = await stockOf(db, product);
    // 19 and 2 more, of which 6 had been sold; 3 of these were restocked and 3 came back.
    assert.equal(total, 21);
    const served = await Promise.all([big, ...crowd].map((order) => isServed(db, order)));
    assert.ok(served[0]);
    assert.ok(available + reserved === total && reserved >= 3);
    await endAll([big, ...crowd]);
  });

  /** Looks again and again until it is over. @throws when the same first one is seen for two seconds that could be served */
  async function watch(db: Knex, product: StockedProduct, isOver: () => boolean): Promise<number> {
    let looks = 0;
    let since: { readonly order: string; readonly at: number } | undefined;
    while (!isOver()) {
      // One snapshot, and the clock of the database.
      const { turn, now } = await db.transaction(
        async (trx) => {
          const [turn] = await readTurns(trx, [product.id]);
          const { rows } = await trx.raw<{ rows: { now: number }[] }>(
            'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now',
          );
          return { turn, now: rows[0]?.now ?? 0 };
        },
        { isolationLevel: 'repeatable read', readOnly: true },
      );
      looks += 1;
      if (turn === undefined) since = undefined;
      else if (since?.order !== turn) since = { order: turn, at: now };
      else assert.ok(now - since.at <= 2_000, `${turn} could have been served for ${now - since.at} ms`);
      await delay(50);
    }
    return looks;
  }
});

describe('a turn that nobody is told of', () => {
  let isDeaf = true;
  const here = workerForTests(devServer, {
    wake: async (turns) => {
      const { client } = await devServer();
      if (!isDeaf) await wakeOrders(client, { warn: () => undefined })(turns);
    },
  });

  it('is slept through, until the clean-up wakes every order whose turn has come, and each wakes the next', async () => {
    const { db, worker } = here;
    const [product, other] = [await stockedProduct(db, { stock: 2 }), await stockedProduct(db, { stock: 1 })];
    const holders = [
      await placeOrder(worker, { items: [item(product, 2)] }),
      await placeOrder(worker, { items: [item(other)] }),
    ];
    const orders = [await waiting(worker, product), await waiting(worker, product), await waiting(worker, other)];
    const behind = await waiting(worker, other);
    for (const { handle } of holders) await transition(handle, 'cancelled');
    assert.deepEqual(await Promise.all(orders.map((order) => isServed(db, order))), [false, false, false]);
    isDeaf = false;
    const { woken } = await worker.client.workflow.execute<typeof cleanUp>('cleanUp', {
      workflowId: `clean-up-${v7()}`,
      args: [{ graceSeconds: 60, batchSize: 10, wakesWaiting: true }],
      taskQueue: worker.taskQueue,
    });
    assert.equal(woken, 2);
    for (const order of orders) await until(() => isServed(db, order));
    assert.equal(await isServed(db, behind), false);
    await endAll([...orders, behind]);
  });
});

describe('a sweep of the clean-up that fails', () => {
  const here = workerForTests(devServer, {
    wrap: (real) => ({ ...real, cleanExpired: () => Promise.reject(new Error('one hold cannot be ended')) }),
  });

  it('wakes all the same whoever could be served', async () => {
    const { db, worker } = here;
    const product = await stockedProduct(db, { stock: 0 });
    const order = await waiting(worker, product);
    await countIn(db, product, 1);
    const running = worker.client.workflow.execute<typeof cleanUp>('cleanUp', {
      workflowId: `clean-up-${v7()}`,
      args: [{ graceSeconds: 60, batchSize: 10, wakesWaiting: true }],
      taskQueue: worker.taskQueue,
    });
    await assert.rejects(running);
    await until(() => isServed(db, order));
    await endAll([order]);
  });
});

describe('a worker that dies between freeing units and telling whose turn it is', function () {
  this.timeout(60_000);
  let database: FreshDatabase;
  before(async () => (database = await freshDatabase()));
  after(() => database.drop());

  it('is made good by the next one, which tries the release again and finds the same turn', async () => {
    const { db } = database;
    const server = await devServer();
    let die = (): void => undefined;
    const dead = new Promise<void>((resolve) => (die = resolve));
    let told = false;
    const first = await startTestWorker({
      server,
      db,
      forgetful: true,
      wake: async () => {
        told = true;
        await dead;
      },
    });
    const product = await stockedProduct(db, { stock: 1 });
    const holder = await placeOrder(first, { items: [item(product)] });
    const order = await waiting(first, product);
    await holder.handle.signal(cancelSignal, notice());
    await until(() => told);
    assert.equal((await readOrder(db, holder.id))?.status, 'cancelled');
    const stopped = first.stop();
    const second = await startTestWorker({ server, db, taskQueue: first.taskQueue });
    await until(() => isServed(db, order), 40_000);
    assert.deepEqual(await stockOf(db, product), { total: 1, available: 0, reserved: 1 });
    die();
    await stopped;
    await transition(order.handle, 'cancelled');
    await second.stop();
  });
});

describe('a worker process that is killed', function () {
  this.timeout(120_000);
  let server: DevServer;
  let database: FreshDatabase;
  let worker: ChildProcess | undefined;
  const here = (): Placing => ({ client: server.client, taskQueue });
  before(async () => {
    server = await devServer();
    database = await freshDatabase();
  });
  after(async () => {
    if (worker && worker.exitCode === null && worker.signalCode === null) {
      worker.kill();
      await once(worker, 'exit');
    }
    for (const id of [reconcileScheduleId, cleanupScheduleId]) {
      await server.client.schedule
        .getHandle(id)
        .delete()
        .catch(() => undefined);
    }
    await database.drop();
  });

  for (const [title, fault] of [
    ['behind the release, before the first in the list is served', 'releaseReservation.committed=kill'],
    ['as it has served the first in the list', 'reserveOrder.committed=kill@4'],
  ] as const) {
    it(`${title} leaves nobody waiting for what is free, once there is a worker again`, async () => {
      const { db } = database;
      const product = await stockedProduct(db, { stock: 2 });
      const dying = start({ EARMARK_FAULTS: fault });
      const holder = await placeOrder(here() as TestWorker, { items: [item(product, 2)] });
      const [first, second] = [await waiting(here(), product), await waiting(here(), product)];
      const ended = once(dying, 'exit');
      await holder.handle.signal(cancelSignal, notice());
      const [, signal] = (await ended) as [number | null, string | null];
      assert.equal(signal, 'SIGKILL');
      start({});
      for (const order of [first, second]) await until(() => isServed(db, order), 60_000);
      assert.deepEqual(await stockOf(db, product), { total: 2, available: 0, reserved: 2 });
      for (const order of [first, second]) await transition(order.handle, 'cancelled');
      worker?.kill('SIGKILL');
      if (worker) await once(worker, 'exit');
    });
  }

  /** A real `earmark worker`, whose clean-up comes too late to help. */
  function start(faults: Readonly<Record<string, string>>): ChildProcess {
    worker = spawn(process.execPath, [...entry(), 'worker'], {
      stdio: 'ignore',
      env: environmentWith({
        DATABASE_URL: database.url,
        TEMPORAL_ADDRESS: server.address,
        EARMARK_CLEANUP_SECONDS: '86400',
        EARMARK_RECONCILE_SECONDS: '86400',
        ...faults,
      }),
    });
    return worker;
  }
});
