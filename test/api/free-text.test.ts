import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { ensureCleanupSchedule } from '../../src/cleanup-schedule.ts';
import { ensureReconcileSchedule } from '../../src/reconcile-schedule.ts';
import { cleanupScheduleId, reconcileScheduleId } from '../../src/workflows/messages.ts';
import {
  createOrder,
  createProduct,
  createReservation,
  expectStatus,
  moveThrough,
  startApi,
  type ReturnWire,
  type TestApi,
} from '../support/api.ts';
import { textsIn } from '../support/canary.ts';
import { until } from '../support/until.ts';

/** A text that nobody else would have written. */
const canary = (what: string): string => `${what}-${randomBytes(12).toString('hex')}`;

describe('What people write', () => {
  let api: TestApi;
  before(async () => {
    api = await startApi();
    await api.startWorker();
  });
  after(() => api.stop());

  it('is in no id, no search attribute and no memo of a workflow or a schedule; names of callers are in summaries', async () => {
    const texts = {
      product: canary('product'),
      reference: canary('reference'),
      reason: canary('reason'),
      actor: canary('actor'),
    };
    const keys = Array.from({ length: 6 }, () => canary('key'));
    const headers = (index: number) => ({ 'X-Actor': texts.actor, 'Idempotency-Key': keys[index] ?? '' });
    const { id: product_id } = await createProduct(api, { name: texts.product });
    const place = async (index: number) =>
      expectStatus(
        201,
        await api.post<{ readonly id: string }>(
          '/api/create-order/',
          { product_id, quantity: 2, reference: texts.reference },
          headers(index),
        ),
      );

    const cancelled = await place(0);
    const step = { new_status: 'cancelled', reason: texts.reason };
    expectStatus(200, await api.post(`/api/orders/${cancelled.id}/transition/`, step, headers(1)));
    const delivered = await place(2);
    await moveThrough(api, delivered.id, ['confirmed', 'processing', 'shipped', 'delivered']);
    const returned = expectStatus(
      201,
      await api.post<ReturnWire>(
        `/api/orders/${delivered.id}/returns/`,
        { line: 1, quantity: 1, restock: true, reason: texts.reason },
        headers(3),
      ),
    );
    const held = expectStatus(
      201,
      await api.post<{ readonly id: string }>('/api/reservations/', { product_id, quantity: 1 }, headers(4)),
    );
    const release = `/api/reservations/${held.id}/release/`;
    expectStatus(200, await api.post(release, undefined, headers(5)));

    // Those without a text are listed too: what is looked at is all there is on this queue.
    await createReservation(api, { product_id, quantity: 1 });
    await createOrder(api, { product_id, quantity: 1 });
    const described = await descriptions(6);
    const everything = Object.values(texts).concat(keys);
    for (const { workflowId, typedSearchAttributes, memo, raw } of described) {
      assert.match(workflowId, /^(order|reservation|return)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      const { searchAttributes, memo: rawMemo } = raw.workflowExecutionInfo ?? {};
      const fields = Object.values({ ...searchAttributes?.indexedFields, ...rawMemo?.fields });
      const bytes = Buffer.concat([
        Buffer.from(JSON.stringify([workflowId, typedSearchAttributes.getAll(), memo])),
        ...fields.map(({ data }) => Buffer.from(data ?? [])),
      ]);
      assert.deepEqual(textsIn(bytes, workflowId, everything), []);
      const allowed = ['OrderStatus', 'OrderTotal', 'Skus', 'BuildIds', 'TemporalUsedWorkerDeploymentVersions'];
      const names = Object.keys(searchAttributes?.indexedFields ?? {});
      assert.deepEqual(
        names.filter((name) => !allowed.includes(name)),
        [],
      );
      assert.deepEqual(
        Object.keys(memo ?? {}).filter((name) => !['claim', 'orderId'].includes(name)),
        [],
      );
    }

    // The other side: what docs/security.md says a history has, and that no Idempotency-Key is in it.
    const read = async (workflowId: string): Promise<string[]> => {
      const { events } = await api.client.workflow.getHandle(workflowId).fetchHistory();
      const bytes = Buffer.from(
        JSON.stringify(events, (_, value: unknown) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
        ),
      );
      return textsIn(bytes, workflowId, everything)
        .map(({ text }) => text)
        .toSorted();
    };
    const { actor, product, reference, reason } = texts;
    assert.deepEqual(await read(`order-${cancelled.id}`), [actor, product, reason, reference]);
    assert.deepEqual(await read(`return-${returned.id}`), [actor, reason]);
    assert.deepEqual(await read(`reservation-${held.id}`), [actor]);
    const summaries = await Promise.all(described.map((one) => one.staticSummary()));
    assert.equal(summaries.filter((summary) => summary?.includes(actor)).length, 4);
    assert.deepEqual(
      summaries.filter((summary) => summary?.includes(reference) || summary?.includes(reason)),
      [],
    );
  });

  it('is in no schedule: those are the same for every shop', async () => {
    const { client } = api;
    await ensureCleanupSchedule(client, { cleanupSeconds: 86_400, cleanupGraceSeconds: 60 });
    await ensureReconcileSchedule(client, { reconcileSeconds: 86_400, cleanupGraceSeconds: 60 });
    try {
      for (const id of [cleanupScheduleId, reconcileScheduleId]) {
        const { action, memo, searchAttributes } = await client.schedule.getHandle(id).describe();
        assert.equal(action.workflowId, id);
        assert.ok(
          action.args?.every((arg) => Object.values(arg as object).every((value) => typeof value !== 'string')),
        );
        assert.deepEqual([memo ?? {}, searchAttributes ?? {}], [{}, {}]);
      }
    } finally {
      for (const id of [cleanupScheduleId, reconcileScheduleId]) await client.schedule.getHandle(id).delete();
    }
  });

  /** Of every workflow on the queue of this API, once there are so many. */
  async function descriptions(count: number): Promise<WorkflowExecutionDescription[]> {
    const query = `TaskQueue = '${api.taskQueue}'`;
    await until(async () => (await api.client.workflow.count(query)).count >= count);
    const found: WorkflowExecutionDescription[] = [];
    for await (const { workflowId } of api.client.workflow.list({ query })) {
      found.push(await api.client.workflow.getHandle(workflowId).describe());
    }
    assert.equal(found.length, count);
    return found;
  }
});
