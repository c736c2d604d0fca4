import assert from 'node:assert/strict';
import type { z } from 'zod';
import type { lastLook, startedLook } from '../../src/api/schemas/findings.ts';
import type { system } from '../../src/api/schemas/system.ts';
import { openDatabase } from '../../src/persistence/database.ts';
import { cleanupScheduleId, reconcileScheduleId } from '../../src/workflows/messages.ts';
import { clientOfNobody, createProduct, expectStatus, startApi, type TestApi } from '../support/api.ts';
import { heldOrder, item } from '../support/holds.ts';
import { makeReconcileSchedule } from '../support/schedules.ts';
import { until } from '../support/until.ts';

type System = z.output<typeof system>;
type LastLook = z.output<typeof lastLook>['last_look'];
type StartedLook = z.output<typeof startedLook>;

const up = { status: 'up', detail: null };

const look = async (api: TestApi) => expectStatus(200, await api.get<System>('/api/system/'));

describe('GET /api/system/', () => {
  it('has the workers that ask for work, and what waits while there is none', async () => {
    const api = await startApi();
    try {
      const began = Date.now();
      const { id } = await createProduct(api);
      const alone = await look(api);
      assert.deepEqual(
        [alone.workers, alone.backlog, alone.task_queue],
        [[], { workflow: 0, activity: 0 }, api.taskQueue],
      );
      assert.deepEqual(alone.dependencies, { database: up, temporal: up });
      assert.match(alone.version, /^\d+\.\d+\.\d+/);
      assert.ok(Date.parse(alone.now) >= began);
      await api.post('/api/create-order/', { product_id: id, quantity: 1 }, { Prefer: 'respond-async' });
      await until(async () => (await look(api)).backlog?.workflow === 1);

      await api.startWorker();
      await until(async () => (await look(api)).workers?.[0]?.kinds.length === 2);
      await until(async () => (await look(api)).backlog?.workflow === 0);
      const { workers } = await look(api);
      const [worker, ...others] = workers ?? [];
      assert.deepEqual(others, []);
      assert.deepEqual(worker?.kinds, ['workflow', 'activity']);
      assert.match(worker.identity, new RegExp(`^${process.pid}@`));
      assert.ok(Date.parse(worker.last_seen) >= began);
    } finally {
      await api.stop();
    }
  });

  it('does not see a worker again that has stopped', async () => {
    const api = await startApi();
    try {
      const worker = await api.startWorker();
      await until(async () => (await look(api)).workers?.[0]?.kinds.length === 2);
      await worker.stop();
      const stopped = Date.now();
      // Temporal remembers it for five minutes; when it was seen tells that it is gone.
      for (const { last_seen } of (await look(api)).workers ?? []) assert.ok(Date.parse(last_seen) <= stopped);
    } finally {
      await api.stop();
    }
  });

  it('has the schedules with their last and their next run, and whether they are paused', async () => {
    const api = await startApi();
    const schedule = await makeReconcileSchedule(api);
    const handle = api.client.schedule.getHandle(reconcileScheduleId);
    try {
      const of = async () => (await look(api)).schedules?.find(({ id }) => id === reconcileScheduleId);
      const first = await of();
      assert.ok(Date.parse(first?.next_run ?? '') > Date.now());
      assert.deepEqual([first?.last_run, first?.paused, first?.note], [null, false, null]);
      assert.equal(
        (await look(api)).schedules?.some(({ id }) => id === cleanupScheduleId),
        false,
      );

      await handle.trigger();
      await until(async () => (await of())?.last_run?.status === 'running');
      await api.startWorker();
      await until(async () => (await of())?.last_run?.status === 'completed');
      await handle.pause('stock take');
      const paused = await of();
      assert.deepEqual([paused?.paused, paused?.note, paused?.next_run], [true, 'stock take', null]);
    } finally {
      await schedule.delete();
      await api.stop();
    }
  });

  it('tells what it can while Temporal or the database is down, within about a second', async () => {
    const withoutTemporal = await startApi({ client: clientOfNobody() });
    try {
      const began = performance.now();
      const { workers, backlog, schedules, dependencies } = await look(withoutTemporal);
      assert.ok(performance.now() - began < 1_500);
      assert.deepEqual([workers, backlog, schedules], [null, null, null]);
      assert.deepEqual([dependencies.database.status, dependencies.temporal.status], ['up', 'down']);
    } finally {
      await withoutTemporal.stop();
    }
    const db = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing' });
    const withoutDatabase = await startApi({ db });
    try {
      const { workers, schedules, dependencies } = await look(withoutDatabase);
      assert.deepEqual([workers, Array.isArray(schedules)], [[], true]);
      assert.deepEqual([dependencies.database.status, dependencies.temporal.status], ['down', 'up']);
    } finally {
      await withoutDatabase.stop();
      await db.destroy();
    }
  });
});

describe('POST /api/system/look/', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startApi({
      config: {
        currency: 'EUR',
        holdSeconds: 600,
        holdMaxFactor: 3,
        temporalUi: { url: 'https://ui.example', namespace: 'default' },
      },
    });
  });
  afterEach(() => api.stop());

  const lastLookOf = async () => {
    return expectStatus(200, await api.get<{ last_look: LastLook }>('/api/system/findings/')).last_look;
  };

  it('lets the schedule look, whose findings are there when it has ended', async () => {
    const schedule = await makeReconcileSchedule(api);
    try {
      assert.equal(await lastLookOf(), null);
      const product = await createProduct(api);
      const { id } = await heldOrder(api.db, item(product));
      await api.db('orders').where({ id }).update({ status: 'shipped' });
      const started = await api.post<StartedLook>('/api/system/look/');
      const { workflow_id, workflow_url } = expectStatus(202, started);
      assert.equal(started.headers.get('Location'), '/api/system/findings/');
      assert.match(workflow_id ?? '', /^earmark-reconcile-/);
      assert.ok(workflow_url?.startsWith('https://ui.example/namespaces/default/workflows/earmark-reconcile-'));
      // It looks already: there is no second look beside it.
      const again = expectStatus(202, await api.post<StartedLook>('/api/system/look/'));
      assert.deepEqual(again, { workflow_id, workflow_url });
      assert.equal(await lastLookOf(), null);

      await api.startWorker();
      await until(async () => (await lastLookOf()) !== null);
      const last = await lastLookOf();
      assert.deepEqual([last?.workflow_id, last?.status, last?.workflow_url], [workflow_id, 'completed', workflow_url]);
      assert.deepEqual(last?.checked, { orders: 1, reservations: 1, stock_levels: 1 });
      assert.deepEqual(last.counts, { 'order-log': 1, 'order-reservations': 1, 'order-without-workflow': 1 });
      assert.deepEqual(new Set(last.findings.map(({ object_id }) => object_id)), new Set([id]));
      const wrong = last.findings.find(({ kind }) => kind === 'order-log');
      assert.deepEqual([wrong?.object_type, wrong?.found['status']], ['Order', 'shipped']);
      assert.ok(Date.parse(last.closed_at) >= Date.parse(last.started_at));
    } finally {
      await schedule.delete();
    }
  });

  it('says of a look that came to no result how it ended', async () => {
    const schedule = await makeReconcileSchedule(api);
    try {
      const { workflow_id } = expectStatus(202, await api.post<StartedLook>('/api/system/look/'));
      await api.client.workflow.getHandle(workflow_id ?? '').terminate('enough');
      await until(async () => (await lastLookOf()) !== null);
      const { workflow_url: _, started_at: from, closed_at: to, ...last } = (await lastLookOf()) ?? assert.fail();
      assert.ok(to >= from);
      assert.deepEqual(last, { workflow_id, status: 'terminated', checked: null, counts: {}, findings: [] });
    } finally {
      await schedule.delete();
    }
  });

  it('is 503 before a worker has made the schedule, and, as the findings are, while Temporal is down', async () => {
    const { status, json } = await api.post('/api/system/look/');
    assert.deepEqual([status, json.code], [503, 'unavailable']);
    assert.match(json.detail ?? '', /no schedule/);
    const other = await startApi({ client: clientOfNobody() });
    try {
      const replies = await Promise.all([other.post('/api/system/look/'), other.get('/api/system/findings/')]);
      assert.deepEqual(
        replies.map((reply) => [reply.status, reply.json.code]),
        [
          [503, 'unavailable'],
          [503, 'unavailable'],
        ],
      );
    } finally {
      await other.stop();
    }
  });
});
