import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../support/until.ts';
import { newKey } from './caller.ts';
import { wrongClock } from './clock.ts';
import { form } from './form.ts';
import { underLoad, type Run } from './scenario.ts';
import { sharedSystem, type System } from './system.ts';

const { seed } = form;

describe('A wrong clock', function () {
  this.timeout(form.choose(120_000, 600_000));
  let system: System;
  before(async () => {
    system = await sharedSystem();
  });
  after(() => restartAll(system, {}));

  for (const hours of [2, -2]) {
    const { how, env } = wrongClock(hours);
    const name = `API and workers ${Math.abs(hours)} h ${hours > 0 ? 'ahead' : 'behind'}`;
    it(`of API and workers, two hours ${hours > 0 ? 'ahead' : 'behind'}, ends no hold early or late (${how})`, async () => {
      await underLoad({ name, system, seed }, async (run) => {
        await restartAll(system, env);
        const lasting = await place(run, 60);
        const short = await place(run, 2);
        await delay(form.choose(1_000, 20_000));
        await until(async () => (await statusOf(run, short)) === 'cancelled', 15_000);
        assert.equal(await statusOf(run, lasting), 'pending');
        const { status } = await run.caller.send({
          method: 'POST',
          path: `/api/orders/${lasting}/transition/`,
          body: { new_status: 'confirmed' },
          key: newKey(),
        });
        assert.equal(status, 200);
      });
    });
  }
});

async function place({ load, productIds }: Run, holdSeconds: number): Promise<string> {
  const items = [{ product_id: productIds[1], quantity: 1 }];
  const { status, data } = await load.place({ items, hold_seconds: holdSeconds, reference: newKey() });
  assert.equal(status, 201);
  return data?.id ?? '';
}

async function statusOf({ caller }: Run, id: string): Promise<string | undefined> {
  return (await caller.send({ method: 'GET', path: `/api/orders/${id}/` })).data?.status;
}

/** One of each kind at a time, so that shopping goes on. */
async function restartAll({ workers, apis }: System, env: Readonly<Record<string, string>>): Promise<void> {
  for (const index of [0, 1] as const) {
    await Promise.all(
      [workers[index], apis[index]].map(async (part) => {
        part.signal('SIGTERM');
        await part.ended();
        await part.start(env);
      }),
    );
  }
}
