import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { cleanupScheduleId, reconcileScheduleId } from '../../src/workflows/messages.ts';
import { runCli } from '../support/cli.ts';
import { until } from '../support/until.ts';
import { newKey, type Answer } from './caller.ts';
import { form } from './form.ts';
import { underLoad, type Run } from './scenario.ts';
import { sharedSystem, type System } from './system.ts';

const { seed } = form;
const reconcile = (system: System) => runCli(['reconcile', '--repair', '--json', '--older-than', '0'], system.env);

describe("The loss of Temporal's database", function () {
  this.timeout(form.choose(180_000, 600_000));
  let system: System;
  before(async () => {
    system = await sharedSystem();
  });

  it('is made good by earmark reconcile --repair: every open order is resumed or ended', async () => {
    const name = 'temporal.db lost';
    await underLoad({ name, system, seed, shoppers: 2, pauseMs: 200, historyLost: true }, async (run) => {
      const lasting = {
        pending: await walk(run),
        confirmed: await walk(run, 'confirmed'),
        processing: await walk(run, 'confirmed', 'processing'),
        shipped: await walk(run, 'confirmed', 'processing', 'shipped'),
      };
      const reservation = await reserve(run);
      const overdue = await walk({ ...run, holdSeconds: 2 });
      await system.temporal.stop();
      for (const suffix of ['', '-wal', '-shm']) await rm(`${system.temporalFile}${suffix}`, { force: true });
      // Long enough for a hold to end that nobody keeps an eye on.
      await until(async () => (await overdueOnes(system)) > 0, 30_000);
      await system.temporal.start();
      // Workers and APIs have to find the new server before anything can be resumed.
      for (const part of system.workers) if (!part.isRunning()) await part.start();

      const first = await reconcile(system);
      assert.equal(first.exitCode, 0, [...first.stdout, ...first.stderr].join('\n'));
      await until(async () => (await statusOf(run, 'orders', overdue)) === 'cancelled', 15_000);
      for (const [status, id] of Object.entries(lasting)) assert.equal(await statusOf(run, 'orders', id), status);
      // Each goes on from where it was.
      for (const id of Object.values(lasting)) await deliver(run, id);
      const schedules = await Promise.all(
        [cleanupScheduleId, reconcileScheduleId].map((id) => system.client.schedule.getHandle(id).describe()),
      );
      assert.equal(schedules.length, 2, 'the schedules are there again');
      const released = await ask(run, `/api/reservations/${reservation}/release/`, {});
      assert.equal(released.status, 200, JSON.stringify(released));
    });
    const again = await reconcile(system);
    assert.equal(again.exitCode, 0, again.stdout.join('\n'));
    assert.deepEqual(
      (JSON.parse(again.stdout.join('')) as { repairs: unknown[] }).repairs,
      [],
      'nothing is left to do',
    );
  });
});

interface Walk extends Pick<Run, 'load' | 'caller' | 'productIds'> {
  readonly holdSeconds?: number;
}

/** Places an order and takes it some steps on. @returns its id */
async function walk({ load, caller, productIds, holdSeconds = 300 }: Walk, ...statuses: string[]): Promise<string> {
  const items = [{ product_id: productIds[1], quantity: 1 }];
  const { status, data } = await load.place({ items, hold_seconds: holdSeconds, reference: newKey() });
  assert.equal(status, 201);
  const id = data?.id ?? '';
  for (const new_status of statuses) assert.equal((await step({ caller }, id, new_status)).status, 200);
  return id;
}

const steps = ['pending', 'confirmed', 'processing', 'shipped', 'delivered'];

async function deliver(run: Run, id: string): Promise<void> {
  const from = steps.indexOf((await statusOf(run, 'orders', id)) ?? '');
  for (const new_status of steps.slice(from + 1)) {
    const answer = await step(run, id, new_status);
    assert.equal(answer.status, 200, JSON.stringify(answer));
  }
}

function step({ caller }: Pick<Run, 'caller'>, id: string, new_status: string): Promise<Answer> {
  return ask({ caller }, `/api/orders/${id}/transition/`, { new_status });
}

function ask({ caller }: Pick<Run, 'caller'>, path: string, body: object): Promise<Answer> {
  return caller.send({ method: 'POST', path, body, key: newKey() });
}

async function reserve(run: Run): Promise<string> {
  const body = { product_id: run.productIds[1], quantity: 1, hold_seconds: 300 };
  const { status, data } = await ask(run, '/api/reservations/', body);
  assert.equal(status, 201);
  return data?.id ?? '';
}

async function statusOf({ caller }: Run, kind: string, id: string): Promise<string | undefined> {
  return (await caller.send({ method: 'GET', path: `/api/${kind}/${id}/` })).data?.status;
}

async function overdueOnes({ db }: System): Promise<number> {
  const overdue = (await db('reservations')
    .whereNull('ended_as')
    .whereRaw('expires_at < now()')
    .select('id')) as object[];
  return overdue.length;
}
