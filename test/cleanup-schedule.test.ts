import assert from 'node:assert/strict';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { ensureCleanupSchedule } from '../src/cleanup-schedule.ts';
import { readOrder } from '../src/persistence/orders.ts';
import type { cleanUp } from '../src/workflows/clean-up.ts';
import { cleanupScheduleId, taskQueue } from '../src/workflows/messages.ts';
import { heldOrder, item, makeOverdue } from './support/holds.ts';
import { stockedProduct } from './support/orders.ts';
import { devServer } from './support/temporal.ts';
import { until } from './support/until.ts';
import { workerForTests } from './support/worker.ts';

describe('The clean-up schedule', () => {
  const given = workerForTests(devServer, { taskQueue });
  const schedule = () => given.server.client.schedule.getHandle(cleanupScheduleId);
  after(() => schedule().delete());

  it('is made by the first worker that starts and taken over by the next, whose settings hold', async () => {
    const { client } = given.server;
    await ensureCleanupSchedule(client, { cleanupSeconds: 60, cleanupGraceSeconds: 60 });
    await ensureCleanupSchedule(client, { cleanupSeconds: 3600, cleanupGraceSeconds: 5 });
    const { spec, policies, action } = await schedule().describe();
    assert.deepEqual(
      spec.intervals?.map(({ every }) => every),
      [3_600_000],
    );
    assert.equal(policies.overlap, ScheduleOverlapPolicy.SKIP);
    assert.equal(policies.catchupWindow, 60_000);
    assert.equal(action.workflowType, 'cleanUp');
    assert.deepEqual(action.args?.[0], { graceSeconds: 5, batchSize: 100, wakesWaiting: true });
  });

  it('keeps a pause that an operator has set', async () => {
    const { client } = given.server;
    await schedule().pause('under repair');
    await ensureCleanupSchedule(client, { cleanupSeconds: 3600, cleanupGraceSeconds: 5 });
    assert.equal((await schedule().describe()).state.paused, true);
    await schedule().unpause();
  });

  it('releases an order whose workflow is gone', async () => {
    const { db, server } = given;
    await ensureCleanupSchedule(server.client, { cleanupSeconds: 3600, cleanupGraceSeconds: 5 });
    const { id: orderId } = await heldOrder(db, item(await stockedProduct(db)));
    await makeOverdue(db, { orderId }, 10);
    const before = (await schedule().describe()).info.numActionsTaken;
    await schedule().trigger();
    await until(async () => (await schedule().describe()).info.numActionsTaken > before);

    const { recentActions } = (await schedule().describe()).info;
    const { workflowId = '' } = recentActions.at(-1)?.action.workflow ?? {};
    assert.ok(workflowId.startsWith(cleanupScheduleId), workflowId);
    const { expired } = await server.client.workflow.getHandle<typeof cleanUp>(workflowId).result();
    assert.deepEqual([expired.released, expired.ordersCancelled], [1, 1]);
    const order = await readOrder(db, orderId);
    assert.deepEqual([order?.status, order?.cancelReason], ['cancelled', 'expired']);
  });
});
