import assert from 'node:assert/strict';
import { WorkflowNotFoundError } from '@temporalio/client';
import pg from 'pg';
import { v4 } from 'uuid';
import { cancelSignal, confirmSignal, orderWorkflowId, transitionSignal } from '../../src/workflows/messages.ts';
import { until } from '../support/until.ts';
import { isAmbiguous, newKey, type Answer } from './caller.ts';
import { form } from './form.ts';
import { diceOf } from './load.ts';
import { underLoad, type Run } from './scenario.ts';
import { sharedSystem, type System } from './system.ts';

const { seed } = form;
const by = () => ({ actor: 'payments', request_id: v4() });

describe('Nothing is lost', function () {
  this.timeout(form.choose(120_000, 600_000));
  let system: System;
  before(async () => {
    system = await sharedSystem();
  });

  it('when an order is sent 2,000 signals, duplicate and in any order', async () => {
    await underLoad({ name: '2,000 signals at one order', system, seed }, async (run) => {
      const id = await place(run);
      const handle = system.client.workflow.getHandle(orderWorkflowId(id));
      const dice = diceOf(seed);
      const steps = ['confirmed', 'processing', 'shipped', 'delivered', 'pending'] as const;
      const sends = Array.from({ length: 2_000 }, (_, index) => {
        // Every step comes early, late and often; the last ones walk the order to its end, in the right order.
        const new_status = index < 1_996 ? (steps[dice(1, 4)] ?? 'pending') : (steps[index - 1_996] ?? 'pending');
        return () => handle.signal(transitionSignal, { ...by(), new_status });
      });
      let ended = false;
      for (let at = 0; at < sends.length && !ended; at += 20) {
        const sent = await Promise.allSettled(sends.slice(at, at + 20).map((send) => send()));
        ended = sent.some(({ status }) => status === 'rejected');
      }
      for (const new_status of steps.slice(0, 4)) {
        await handle.signal(transitionSignal, { ...by(), new_status }).catch(onlyNotFound);
      }
      await until(async () => (await statusOf(run, id)) === 'delivered', 30_000);
      await handle.result();
      // After its death: told so, and without effect.
      await assert.rejects(handle.signal(confirmSignal, by()), WorkflowNotFoundError);
      await assert.rejects(handle.signal(cancelSignal, by()), WorkflowNotFoundError);
      assert.equal(await statusOf(run, id), 'delivered');
    });
  });

  it('when eleven updates of one order are in flight', async () => {
    await underLoad({ name: '11 updates in flight', system, seed }, async (run) => {
      const id = await place(run);
      const path = `/api/orders/${id}/transition/`;
      const requests = Array.from({ length: 11 }, (_, index) => {
        const body = { new_status: index % 2 === 0 ? 'confirmed' : 'cancelled' };
        return { method: 'POST' as const, path, body, key: newKey() };
      });
      // Whoever takes the first step has to wait for this lock; the others queue up behind it.
      const asked = await whileLocked(system, id, async (untilWanted) => {
        const all = Promise.all(requests.map((request) => run.caller.send(request)));
        await untilWanted();
        return { all };
      });
      const decided = await Promise.all((await asked.all).map((answer, index) => decide(run, requests[index], answer)));
      const done = decided.filter(({ status }) => status === 200);
      assert.ok(done.length >= 1 && done.length <= 2, JSON.stringify(decided.map(({ status }) => status)));
      assert.ok(decided.every(({ status }) => status === 200 || status === 409));
      // Whichever comes first: a confirmed order can still be cancelled, a cancelled one cannot be confirmed.
      assert.equal(await statusOf(run, id), 'cancelled');
    });
  });
});

async function place({ load, productIds }: Run): Promise<string> {
  const items = [{ product_id: productIds[1], quantity: 1 }];
  const { status, data } = await load.place({ items, hold_seconds: 120, reference: newKey() });
  assert.equal(status, 201);
  return data?.id ?? '';
}

/** Does something while somebody else holds the row of an order; `untilWanted` waits for a session that waits for it. */
async function whileLocked<Result>(
  { databaseUrl, db }: System,
  id: string,
  act: (untilWanted: () => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const holder = new pg.Client({ connectionString: databaseUrl });
  await holder.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT FROM orders WHERE id = $1 FOR UPDATE', [id]);
    const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    // Not by what Temporal describes: asked so often, its dev server leaves the updates waiting.
    const isWanted = async (): Promise<boolean> =>
      (await db('pg_stat_activity').whereRaw('? = ANY (pg_blocking_pids(pid))', [rows[0]?.pid ?? 0])).length > 0;
    return await act(() => until(isWanted));
  } finally {
    await holder.end();
  }
}

async function statusOf({ caller }: Run, id: string): Promise<string | undefined> {
  return (await caller.send({ method: 'GET', path: `/api/orders/${id}/` })).data?.status;
}

async function decide(
  { caller }: Run,
  request: Parameters<Run['caller']['send']>[0] | undefined,
  first: Answer,
): Promise<Answer> {
  let answer = first;
  await until(async () => {
    if (isAmbiguous(answer) && request) answer = await caller.send(request);
    return !isAmbiguous(answer);
  }, 30_000);
  return answer;
}

function onlyNotFound(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
