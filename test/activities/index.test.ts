import assert from 'node:assert/strict';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Knex } from 'knex';
import { v4, v7 } from 'uuid';
import { createActivities, type Activities } from '../../src/activities/index.ts';
import type { Order } from '../../src/domain/order.ts';
import { openDatabase } from '../../src/persistence/database.ts';
import { testDatabase } from '../support/database.ts';
import { heldOrder, item, makeOverdue, orderToReserve, recording, stockToReserve } from '../support/holds.ts';
import { stockedProduct } from '../support/orders.ts';
import { asRole } from '../support/postgres.ts';

const database = testDatabase();

function activitiesOn(db: Knex): Activities {
  return createActivities({
    db: asRole(db, 'worker'),
    wake: async () => undefined,
    owningWorkflow: async () => ({ workflowId: 'order-x', state: 'gone' }),
    findEverything: async () => ({ orders: 0, reservations: 0, stockLevels: 0, findings: [] }),
  });
}

const activities = (): Activities => activitiesOn(database.db);

const workflowExecution = { workflowId: 'order-of-this-test', runId: v4() };

function activityEnvironment(): MockActivityEnvironment {
  return new MockActivityEnvironment({ workflowExecution }, { logger: new DefaultLogger('ERROR') });
}

/** Runs one activity as a worker would. */
function run<Output>(activity: () => Promise<Output>, environment = activityEnvironment()): Promise<Output> {
  return environment.run<[], Output, typeof activity>(activity);
}

const by = { actor: 'anna', requestId: v4() };

/** The failure that an activity ends with. */
async function failureOf(work: Promise<unknown>): Promise<ApplicationFailure> {
  const error = await work.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  );
  assert.ok(error instanceof ApplicationFailure, String(error));
  return error;
}

describe('An activity', () => {
  database.prepare();

  const placed = (): Promise<Order> =>
    stockedProduct(database.db).then((product) => heldOrder(database.db, item(product)));

  it('records on whose behalf it works and in which workflow', async () => {
    const { db } = database;
    const order = { ...orderToReserve({ items: [item(await stockedProduct(db))] }), ...by };
    const { result, entries } = await recording(db, async () => {
      await run(() => activities().reserveOrder(order));
      return run(() => activities().fulfilReservation({ orderId: order.orderId, ...by }));
    });
    assert.equal(result.status, 'confirmed');
    assert.equal(entries.length, 4);
    for (const { actor, requestId, workflowId } of entries) {
      assert.deepEqual({ actor, requestId, workflowId }, { ...by, workflowId: workflowExecution.workflowId });
    }
  });

  const endings = [
    ['fulfilReservation', 'confirmed', null],
    ['releaseReservation', 'cancelled', 'requested'],
    ['expireReservation', 'cancelled', 'expired'],
  ] as const;
  for (const [name, status, cancelReason] of endings) {
    it(`called ${name} leaves an order ${status}${cancelReason === null ? '' : `, as ${cancelReason}`}`, async () => {
      const { id: orderId } = await placed();
      const order = await run(() => activities()[name]({ orderId, ...by }));
      assert.deepEqual([order.status, order.cancelReason], [status, cancelReason]);
    });
  }

  it('called forgetKeys forgets what is old and says how many keys those were', async () => {
    const { db } = database;
    const created_at = db.raw(`now() - interval '31 days'`);
    await db('idempotency_keys').insert([v4(), v4()].map((id) => ({ id, fingerprint: 'x', created_at })));
    assert.equal(await run(() => activities().forgetKeys()), 2);
  });

  it('ends a refusal of the domain with a failure that is not tried again and raises no alarm', async () => {
    const product = await stockedProduct(database.db, { stock: 1 });
    const input = { ...orderToReserve({ items: [item(product, 2)] }), ...by };
    const failure = await failureOf(run(() => activities().reserveOrder(input)));
    assert.equal(failure.type, 'insufficient-stock');
    assert.equal(failure.nonRetryable, true);
    assert.equal(failure.category, ApplicationFailureCategory.BENIGN);
    assert.equal(failure.message, `There is not enough stock for 2 of ${product.sku} (1 available).`);
    assert.deepEqual(failure.details, [
      { shortages: [{ productId: product.id, sku: product.sku, requested: 2, available: 1 }] },
    ]);
  });

  const [orderId, reservationId] = [v7(), v7()];
  const refusals: Readonly<Record<string, readonly [code: string, work: () => Promise<unknown>]>> = {
    'reserving what is not there': [
      'not-found',
      () => activities().reserveStock({ ...stockToReserve({ productId: v7() }), ...by }),
    ],
    'fulfilling no order': ['not-found', () => activities().fulfilReservation({ orderId, ...by })],
    'releasing no reservation': ['not-found', () => activities().releaseReservation({ reservationId, ...by })],
    'expiring no reservation': ['not-found', () => activities().expireReservation({ reservationId, ...by })],
    'advancing no order': ['not-found', () => activities().advanceOrder({ orderId, newStatus: 'shipped', ...by })],
    'skipping a step': [
      'invalid-transition',
      async () => activities().advanceOrder({ orderId: (await placed()).id, newStatus: 'shipped', ...by }),
    ],
    'taking a line out of an order': [
      'belongs-to-order',
      async () => activities().releaseReservation({ reservationId: (await placed()).reservations[0]?.id ?? '', ...by }),
    ],
  };
  for (const [title, [code, work]] of Object.entries(refusals)) {
    it(`answers ${title} with ${code}`, async () => assert.equal((await failureOf(run(work))).type, code));
  }

  it('lets every other error through as it is, so that it is tried again', async () => {
    // Of a size of its own, since the pool of the role is shared by those of one size.
    const db = openDatabase({ url: database.url, poolMax: 1 });
    await Promise.all([db.destroy(), asRole(db, 'worker').destroy()]);
    const input = { ...orderToReserve({ items: [{ productId: v7(), quantity: 1 }] }), ...by };
    await assert.rejects(
      run(() => activitiesOn(db).reserveOrder(input)),
      (error) => {
        assert.ok(error instanceof Error && !(error instanceof ApplicationFailure));
        return true;
      },
    );
    await assert.rejects(
      run(() => activities().reserveOrder({ ...input, orderId: 'not a uuid' })),
      { code: '22P02' },
    );
  });
});

describe('The activity that cleans expired holds up', () => {
  database.prepare();

  it('releases what is orphaned as system, without a request, and tells Temporal after every batch that it lives', async () => {
    const { db } = database;
    const product = await stockedProduct(db);
    const orders = [await heldOrder(db, item(product)), await heldOrder(db, item(product))];
    for (const { id: orderId } of orders) await makeOverdue(db, { orderId }, 100);
    const environment = activityEnvironment();
    const heartbeats: unknown[] = [];
    environment.on('heartbeat', (details) => heartbeats.push(details));

    const { result, entries } = await recording(db, () =>
      run(() => activities().cleanExpired({ graceSeconds: 60, batchSize: 1, dryRun: false }), environment),
    );
    assert.equal(result.ordersCancelled, 2);
    assert.ok(heartbeats.length >= 2, String(heartbeats.length));
    assert.equal(entries.length, 4);
    assert.ok(entries.every(({ actor, requestId }) => actor === 'system' && requestId === null));
  });
});
