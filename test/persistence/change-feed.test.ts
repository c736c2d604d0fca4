import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Knex } from 'knex';
import { v4, v7 } from 'uuid';
import { createActivities, type Activities } from '../../src/activities/index.ts';
import { changeWarehouse } from '../../src/api/warehouses.ts';
import { changeProduct } from '../../src/api/catalogue.ts';
import { readEntriesBetween, type ChangeBatch } from '../../src/persistence/change-entries.ts';
import { ChangeFeed, type ChangedProducts } from '../../src/persistence/change-feed.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, heldReservation, item, makeOverdue, orderIn, orderToReserve } from '../support/holds.ts';
import { lateCommit } from '../support/late-commit.ts';
import { countIn, stockedProduct, type StockedProduct } from '../support/orders.ts';
import { asRole, urlAsRole } from '../support/postgres.ts';
import { until } from '../support/until.ts';

const database = testDatabase();

/** Commits so many entries at once. */
async function addEntries(db: Knex, count: number): Promise<void> {
  await db.raw(
    `INSERT INTO audit_log (actor, action, object_type, object_id)
     SELECT 'anna', 'PRODUCT_UPDATED', 'Product', 'x' FROM generate_series(1, ?)`,
    [count],
  );
}

/** A feed of the API's role, and what it has told since it was last asked. */
async function follow(): Promise<{
  feed: ChangeFeed;
  told: () => ChangedProducts[];
  losses: () => number;
  /** Has it tell entries as well, from now on. @returns what it has told */
  listen: () => readonly ChangeBatch[];
}> {
  let isListening = false;
  const batches: ChangeBatch[] = [];
  let told: ChangedProducts[] = [];
  let losses = 0;
  const feed = new ChangeFeed(
    { url: urlAsRole(database.url, 'api'), name: 'feed of a test' },
    {
      changed: (products) => told.push(products),
      lost: () => (losses += 1),
      entries: { isListening: () => isListening, told: (batch) => batches.push(batch) },
    },
  );
  feed.start();
  await until(() => feed.isFresh());
  const take = (): ChangedProducts[] => {
    const all = told;
    told = [];
    return all;
  };
  const listen = () => {
    isListening = true;
    return batches;
  };
  return { feed, told: take, losses: () => losses, listen };
}

describe('The feed of changes', () => {
  database.prepare();
  let following: Awaited<ReturnType<typeof follow>>;
  beforeEach(async () => {
    following = await follow();
  });
  afterEach(() => following.feed.stop());

  /** What it tells of some work when it is asked after it. */
  const toldOf = async (work: () => Promise<unknown>): Promise<ChangedProducts> => {
    await following.feed.catchUp();
    following.told();
    await work();
    await following.feed.catchUp();
    const told = following.told();
    return told.includes('everything') ? 'everything' : Array.from(new Set(told.flat())).toSorted();
  };

  it('tells of what was committed before it was asked, and of that once', async () => {
    const { db } = database;
    const product = await stockedProduct(db);
    assert.deepEqual(await toldOf(() => countIn(db, product, 1)), [product.id]);
    assert.deepEqual(await toldOf(async () => undefined), []);
  });

  it('misses no transaction that commits late, and holds nothing up for it', async () => {
    const { db } = database;
    const [slow, quick] = [await stockedProduct(db), await stockedProduct(db)];
    const late = await lateCommit(db, slow.id);
    assert.deepEqual(await toldOf(() => countIn(db, quick, 1)), [quick.id]);
    const told = await toldOf(() => late.finish());
    assert.deepEqual(told, [slow.id]);
  });

  it('tells that everything may have changed when a warehouse has', async () => {
    const { db } = database;
    assert.equal(await toldOf(() => changeWarehouse(db, 'MAIN', { name: `Main ${v4()}` }, cause())), 'everything');
  });

  it('tells that everything may have changed when there is too much to look at', async () => {
    const { db } = database;
    const told = await toldOf(() => addEntries(db, 2_001));
    assert.equal(told, 'everything');
  });

  it('hears of changes by a notice, long before it would look by itself', async () => {
    const { db } = database;
    const product = await stockedProduct(db);
    // Enough changes in a row that a look a second could not tell of each by itself.
    const began = performance.now();
    const rounds = 20;
    for (let round = 0; round < rounds; round += 1) {
      following.told();
      await countIn(db, product, 1);
      await until(() => following.told().flat().includes(product.id));
    }
    assert.ok(
      performance.now() - began < (rounds * 1_000) / 2,
      'half of the looks by themselves would have been in time',
    );
  });

  it('says that it is lost when its connection is ended, and is back by itself', async () => {
    const { db } = database;
    const product = await stockedProduct(db);
    await db.raw(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE application_name = 'feed of a test' AND datname = current_database()`);
    await until(() => following.losses() === 1);
    await until(() => following.feed.isFresh());
    assert.deepEqual(await toldOf(() => countIn(db, product, 1)), [product.id]);
  });

  it('vouches for nothing while nobody answers it', async () => {
    const { db } = database;
    await db.transaction(async (trx) => {
      // Whoever reads the log waits for this.
      await trx.raw('LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE');
      await until(() => !following.feed.isFresh());
      await assert.rejects(following.feed.catchUp());
    });
    await until(() => following.feed.isFresh());
  });

  describe('tells the entries themselves to those who listen,', () => {
    const endFeed = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                      WHERE application_name = 'feed of a test' AND datname = current_database()`;
    const entriesOf = (batches: readonly ChangeBatch[]) =>
      batches.flatMap(({ entries }) => (entries === 'everything' ? [] : entries));

    it('and to nobody else, whom they would cost something', async () => {
      const { db } = database;
      const { feed, listen } = following;
      await countIn(db, await stockedProduct(db), 1);
      await feed.catchUp();
      const batches = listen();
      assert.deepEqual(batches, []);
      const product = await stockedProduct(db);
      await feed.catchUp();
      assert.deepEqual(
        entriesOf(batches).map(({ action, objectId, productIds }) => [action, objectId, productIds]),
        [
          ['PRODUCT_CREATED', product.id, [product.id]],
          ['STOCK_ADJUSTED', `${product.id}/MAIN`, [product.id]],
        ],
      );
      assert.ok(following.told().flat().includes(product.id), 'and those who keep products are told all the same');
    });

    it('with the order, its products and its new status', async () => {
      const { db } = database;
      const batches = following.listen();
      const products = [await stockedProduct(db), await stockedProduct(db)];
      const order = await orderIn(db, 'confirmed', ...products.map((product) => item(product)));
      await following.feed.catchUp();
      const ids = products.map(({ id }) => id).toSorted();
      const told = entriesOf(batches).filter(({ orderId }) => orderId === order.id);
      const ofOrder = told.filter(({ objectType }) => objectType === 'Order');
      assert.deepEqual(
        ofOrder.map(({ action, status, productIds }) => [action, status, productIds]),
        [
          ['ORDER_CREATED', 'pending', ids],
          ['ORDER_STATUS_CHANGED', 'confirmed', ids],
        ],
      );
      const ofHolds = told.filter(({ objectType }) => objectType === 'Reservation');
      assert.deepEqual(Array.from(new Set(ofHolds.flatMap(({ productIds }) => productIds))).toSorted(), ids);
      assert.ok(ofHolds.every(({ status }) => status === null));
    });

    it('each once, in the order (tx, id), and also those that were committed while it was lost', async () => {
      const { db } = database;
      const batches = following.listen();
      await following.feed.catchUp();
      const before = (await db('audit_log').max('id as id').first()) as { id: string };
      for (let round = 0; round < 3; round += 1) {
        await countIn(db, await stockedProduct(db), 1);
        await db.raw(endFeed);
        await until(() => following.losses() === round + 1);
        await countIn(db, await stockedProduct(db), 1);
        await until(() => following.feed.isFresh());
      }
      await following.feed.catchUp();
      const rows = (await db('audit_log').where('id', '>', before.id).orderBy(['tx', 'id']).select('id')) as {
        id: string;
      }[];
      assert.deepEqual(
        entriesOf(batches).map(({ id }) => id),
        rows.map(({ id }) => id),
      );
    });

    it('up to 2,000 at once; then everything may have changed', async () => {
      const { db } = database;
      const batches = following.listen();
      const add = async (count: number): Promise<ChangeBatch['entries'] | undefined> => {
        await addEntries(db, count);
        await following.feed.catchUp();
        return batches.findLast(({ entries }) => entries.length > 0)?.entries;
      };
      await following.feed.catchUp();
      assert.equal((await add(2_000))?.length, 2_000);
      assert.equal(await add(2_001), 'everything');
    });

    it('and what lies between two of their positions can be read again, unless it is too far back', async () => {
      const { db } = database;
      const api = asRole(db, 'api');
      const batches = following.listen();
      const step = async (): Promise<string> => {
        await countIn(db, await stockedProduct(db), 1);
        await following.feed.catchUp();
        return batches.at(-1)?.position.snapshot ?? '';
      };
      const since = await step();
      const told = batches.length;
      await step();
      const upto = await step();
      const between = entriesOf(batches.slice(told));
      await step();
      assert.deepEqual(await readEntriesBetween(api, since, upto), between);
      assert.deepEqual(await readEntriesBetween(api, upto, upto), []);
      await addEntries(db, 20_000);
      assert.equal(await readEntriesBetween(api, '1:1:', upto), 'everything');
    });

    it('one by one also while a transaction stays open behind which very many were committed', async () => {
      const { db } = database;
      const batches = following.listen();
      const [slow, quick] = [await stockedProduct(db), await stockedProduct(db)];
      await db.transaction(async (late) => {
        await changeProduct(late, slow.id, { name: 'Late' }, cause());
        await addEntries(db, 20_001);
        await following.feed.catchUp();
        const before = batches.length;
        await following.feed.catchUp();
        await countIn(db, quick, 1);
        await following.feed.catchUp();
        const told = batches.slice(before);
        assert.ok(told.every(({ entries }) => entries !== 'everything'));
        assert.deepEqual(
          entriesOf(told).map(({ objectId }) => objectId),
          [`${quick.id}/MAIN`],
        );
      });
      const before = batches.length;
      await following.feed.catchUp();
      const told = entriesOf(batches.slice(before)).map(({ objectId }) => objectId);
      assert.deepEqual(told, [slow.id], 'and what it committed is told at last');
    });
  });

  describe('tells of every activity which products it changed:', () => {
    const by = { actor: 'anna', requestId: v4() };
    const activities = (): Activities =>
      createActivities({
        db: asRole(database.db, 'worker'),
        wake: async () => undefined,
        owningWorkflow: async () => ({ workflowId: 'order-x', state: 'gone' }),
        findEverything: async () => ({ orders: 0, reservations: 0, stockLevels: 0, findings: [] }),
      });
    const pending = async (db: Knex, product: StockedProduct) => ({
      orderId: (await heldOrder(db, item(product))).id,
      ...by,
    });
    const waiting = (product: StockedProduct) =>
      orderToReserve({ items: [item(product, 11)], onShortage: 'wait', waitSeconds: 600 });

    /** Of each activity what it is to do with a product, prepared; null where it changes none. */
    const cases: Readonly<
      Record<keyof Activities, ((db: Knex, product: StockedProduct) => Promise<() => Promise<unknown>>) | null>
    > = {
      reserveOrder: async (_, product) => () =>
        activities().reserveOrder({ ...orderToReserve({ items: [item(product)] }), ...by }),
      reserveStock: async (_, product) => () =>
        activities().reserveStock({
          reservationId: v7(),
          productId: product.id,
          quantity: 1,
          holdSeconds: 60,
          ...by,
        }),
      fulfilReservation: async (db, product) => {
        const order = await pending(db, product);
        return () => activities().fulfilReservation(order);
      },
      releaseReservation: async (db, product) => {
        const order = await pending(db, product);
        return () => activities().releaseReservation(order);
      },
      expireReservation: async (db, product) => {
        const order = await pending(db, product);
        return () => activities().expireReservation(order);
      },
      advanceOrder: async (db, product) => {
        const { id: orderId } = await orderIn(db, 'confirmed', item(product));
        return () => activities().advanceOrder({ orderId, newStatus: 'cancelled', ...by });
      },
      // Longer or not, its units are not there.
      extendHold: null,
      leaveWaitingList: async (_, product) => {
        const order = waiting(product);
        await run(() => activities().reserveOrder({ ...order, ...by }));
        return () => activities().leaveWaitingList({ orderId: order.orderId, endedAs: 'cancelled', ...by });
      },
      rescueOrder: async (db, product) => {
        const order = await pending(db, product);
        await run(() => activities().expireReservation(order));
        return () => activities().rescueOrder({ orderId: v7(), rescuedFrom: order.orderId, holdSeconds: 60, ...by });
      },
      returnItems: async (db, product) => {
        const { id: orderId } = await orderIn(db, 'delivered', item(product));
        const asked = { line: 1, quantity: 1, restock: true, warehouse: 'MAIN', reason: 'too small' };
        return () => activities().returnItems({ returnId: v7(), orderId, ...asked, ...by });
      },
      cleanExpired: async (db, product) => {
        const { id: reservationId } = await heldReservation(db, { productId: product.id, quantity: 1 });
        await makeOverdue(db, { reservationId }, 600);
        return () => activities().cleanExpired({ graceSeconds: 1, batchSize: 100, dryRun: false });
      },
      wakeWaiting: null,
      forgetKeys: null,
      reportFindings: null,
    };

    const run = <T>(activity: () => Promise<T>): Promise<T> =>
      new MockActivityEnvironment(
        { workflowExecution: { workflowId: 'of-this-test', runId: v4() } },
        { logger: new DefaultLogger('ERROR') },
      ).run<[], T, typeof activity>(activity);

    for (const [name, prepare] of Object.entries(cases)) {
      if (prepare === null) continue;
      it(name, async () => {
        const { db } = database;
        const product = await stockedProduct(db);
        const work = await prepare(db, product);
        assert.deepEqual(await toldOf(() => run(work)), [product.id]);
      });
    }

    it('and joining a waiting list, of which who comes next is told', async () => {
      const product = await stockedProduct(database.db);
      const told = await toldOf(() => run(() => activities().reserveOrder({ ...waiting(product), ...by })));
      assert.deepEqual(told, [product.id]);
    });

    after('every movement that they made has an entry from which its product can be told', async () => {
      const { db } = database;
      const { rows } = await db.raw(
        `SELECT DISTINCT m.product_id::text AS id, m.tx::text AS tx FROM stock_movements m
        WHERE NOT EXISTS (
          SELECT 1 FROM audit_log a
            LEFT JOIN reservations r ON a.object_type = 'Reservation' AND r.id::text = a.object_id
           WHERE a.tx = m.tx AND m.product_id::text IN (a.object_id, split_part(a.object_id, '/', 1), r.product_id::text))`,
      );
      assert.deepEqual(rows, []);
    });
  });
});
