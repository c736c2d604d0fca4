import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Knex } from 'knex';
import { v4, v7 } from 'uuid';
import { faultPoints, type FaultPoint } from '../../src/fault-points.ts';
import { until } from '../support/until.ts';
import { form } from './form.ts';
import { underLoad, type Run } from './scenario.ts';
import { sharedSystem, type System } from './system.ts';
import { reserveStock } from '../support/acting.ts';

const { seed } = form;

describe('Nothing is lost', function () {
  this.timeout(form.choose(300_000, 600_000));
  let system: System;
  before(async () => {
    system = await sharedSystem();
  });

  it('when workers are killed under load, again and again', async () => {
    await underLoad({ name: 'kill -9 of a worker', system, seed }, async ({ system: { workers } }) => {
      for (let kills = 0; kills < form.choose(2, 10); kills += 1) {
        const worker = workers[kills % 2 === 0 ? 0 : 1];
        worker.signal('SIGKILL');
        await worker.ended();
        await delay(form.choose(500, 2_000));
        await worker.start();
      }
    });
  });

  // A schedule runs again only when its run before is over, and that of a dead worker takes a minute to be noticed: the short form dies
  // once in each schedule.
  const later: readonly FaultPoint[] = ['wakeWaiting.committed', 'forgetKeys.committed'];
  const inWorkers = faultPoints
    .filter((point) => point.endsWith('.committed'))
    .filter((point) => form.isFull || !later.includes(point));

  it('when a worker is killed between the commit and the answer of each activity', async () => {
    const pauseMs = form.choose(300, 20);
    await underLoad({ name: 'kill -9 at every activity', system, seed, pauseMs }, async (run) => {
      // Two at a time, one in each worker, so that there is always one that can be brought back.
      for (let index = 0; index < inWorkers.length; index += 2) {
        const points = inWorkers.slice(index, index + 2);
        await Promise.all(points.map((point, worker) => dieAt(run, worker === 0 ? 0 : 1, point)));
      }
    });
  });

  for (const point of ['placing.before-start', 'placing.after-start'] as const) {
    it(`when an API is killed at ${point}`, async () => {
      const name = `kill -9 of an API, ${point}`;
      await underLoad({ name, system, seed }, async ({ system: { apis } }) => {
        for (let kills = 0; kills < form.choose(1, 10); kills += 1) {
          const api = apis[kills % 2 === 0 ? 0 : 1];
          api.signal('SIGTERM');
          await api.ended();
          await api.start({ EARMARK_FAULTS: `${point}=kill@${1 + (kills % 3)}` });
          await api.ended();
          await api.start();
        }
      });
    });
  }

  it('when Temporal is killed under load', async () => {
    await underLoad({ name: 'kill -9 of Temporal', system, seed }, ({ system: { temporal } }) =>
      killAgainAndAgain(temporal),
    );
  });

  it('when Postgres is killed under load', async () => {
    await underLoad({ name: 'kill -9 of Postgres', system, seed }, ({ system: { postgres } }) =>
      killAgainAndAgain(postgres),
    );
  });
});

async function killAgainAndAgain(part: System['temporal']): Promise<void> {
  for (let kills = 0; kills < form.choose(1, 5); kills += 1) {
    part.signal('SIGKILL');
    await part.ended();
    await part.start();
    await delay(form.choose(0, 4_000));
  }
}

/** Lets a worker die at a point, having made sure that it comes there, and brings it back. */
async function dieAt({ system, productIds }: Run, index: 0 | 1, point: FaultPoint): Promise<void> {
  const worker = system.workers[index];
  worker.signal('SIGTERM');
  await worker.ended();
  // Before the worker that is to die: the next run after its death comes only a minute later.
  if (point === 'cleanExpired.committed') await leaveBehind(system.db, productIds[0] ?? '');
  await worker.start({ EARMARK_FAULTS: `${point}=kill` });
  assert.equal(await worker.ended(), null, `${worker.name} was killed`);
  await worker.start();
}

/** Makes a hold that no workflow knows, and waits until it is so overdue that clean-up will end it: there is something to commit. */
async function leaveBehind(db: Knex, productId: string): Promise<void> {
  const cause = { actor: 'shopper', requestId: v4(), workflowId: null };
  const reservationId = v7();
  await reserveStock(db, { reservationId, productId, quantity: 1, holdSeconds: 1 }, cause);
  const overdue = db('reservations').where({ id: reservationId }).whereRaw(`expires_at < now() - interval '2 seconds'`);
  await until(async () => (await overdue.clone().first('id')) !== undefined);
}
