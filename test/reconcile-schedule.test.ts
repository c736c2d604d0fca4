import assert from 'node:assert/strict';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { ensureReconcileSchedule } from '../src/reconcile-schedule.ts';
import { readOrder } from '../src/persistence/orders.ts';
import { reconcileScheduleId, taskQueue } from '../src/workflows/messages.ts';
import type { reconcile } from '../src/workflows/reconcile.ts';
import { heldOrder, item } from './support/holds.ts';
import { stockedProduct } from './support/orders.ts';
import { devServer } from './support/temporal.ts';
import { until } from './support/until.ts';
import { workerForTests } from './support/worker.ts';

describe('The reconcile schedule', () => {
  const given = workerForTests(devServer, { taskQueue });
  const schedule = () => given.server.client.schedule.getHandle(reconcileScheduleId);
  after(() => schedule().delete());

  it('is made by a worker that starts, never runs twice at once, and catches up on one minute only', async () => {
    await ensureReconcileSchedule(given.server.client, { reconcileSeconds: 3600, cleanupGraceSeconds: 5 });
    const { spec, policies, action } = await schedule().describe();
    assert.deepEqual(
      spec.intervals?.map(({ every }) => every),
      [3_600_000],
    );
    assert.deepEqual([policies.overlap, policies.catchupWindow], [ScheduleOverlapPolicy.SKIP, 60_000]);
    assert.equal(action.workflowType, 'reconcile');
    assert.deepEqual(action.args?.[0], { graceSeconds: 5 });
  });

  it('finds and counts what is wrong, and changes nothing', async () => {
    const { db, server } = given;
    const { id } = await heldOrder(db, item(await stockedProduct(db)));
    await db('orders').where({ id }).update({ status: 'shipped' });
    const entries = await db('audit_log').count();
    const before = (await schedule().describe()).info.numActionsTaken;
    await schedule().trigger();
    await until(async () => (await schedule().describe()).info.numActionsTaken > before);

    const { recentActions } = (await schedule().describe()).info;
    const { workflowId = '' } = recentActions.at(-1)?.action.workflow ?? {};
    assert.ok(workflowId.startsWith(reconcileScheduleId), workflowId);
    const result = await server.client.workflow.getHandle<typeof reconcile>(workflowId).result();
    assert.deepEqual(result.counts, { 'order-log': 1, 'order-reservations': 1, 'order-without-workflow': 1 });
    assert.deepEqual(new Set(result.findings.map(({ objectId }) => objectId)), new Set([id]));
    assert.deepEqual([result.orders, result.reservations, result.stockLevels], [1, 1, 1]);
    assert.equal((await readOrder(db, id))?.status, 'shipped');
    assert.deepEqual(await db('audit_log').count(), entries);
  });
});
