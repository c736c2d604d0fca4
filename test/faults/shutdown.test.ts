import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { isAmbiguous } from './caller.ts';
import { form } from './form.ts';
import type { Part } from './part.ts';
import { underLoad } from './scenario.ts';
import { sharedSystem, type System } from './system.ts';

const { seed } = form;
/** Milliseconds. */
const limit = 15_000;

describe('SIGTERM under load', function () {
  this.timeout(form.choose(120_000, 600_000));
  let system: System;
  before(async () => {
    system = await sharedSystem();
  });

  it('ends each API and each worker within 15 s; no connection breaks, and hardly anybody has to ask again', async () => {
    await underLoad({ name: 'SIGTERM of APIs and workers', system, seed }, async ({ caller }) => {
      for (let round = 0; round < form.choose(1, 5); round += 1) {
        for (const part of [...system.apis, ...system.workers]) {
          assert.equal(await terminate(part), 0, `${part.name} exited cleanly`);
          await delay(300);
          await part.start();
        }
      }
      const failed = caller.exchanges.filter(({ answer }) => isAmbiguous(answer));
      // Temporal may hand a task to a worker in the very moment it stops asking for them. Nobody has it then until it times out, and
      // whoever waits for it is told 503.
      assert.deepEqual(
        failed.filter(({ answer }) => answer.status !== 503),
        [],
      );
      const few = caller.exchanges.length / 50;
      assert.ok(failed.length <= few, `${failed.length} of ${caller.exchanges.length} requests were told to ask again`);
    });
  });

  it('ends Temporal within 15 s, and nothing is lost', async () => {
    await underLoad({ name: 'SIGTERM of Temporal', system, seed }, async ({ system: { temporal } }) => {
      await terminate(temporal);
    });
  });

  it('ends Postgres within 15 s, and nothing is lost', async () => {
    await underLoad({ name: 'fast shutdown of Postgres', system, seed }, async ({ system: { postgres } }) => {
      // On SIGTERM Postgres waits for its clients to go; this is the signal that the stack sends.
      await terminate(postgres, 'SIGINT');
    });
  });
});

/** @returns the exit code */
async function terminate(part: Part, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  const since = Date.now();
  part.signal(signal);
  const code = await part.ended();
  assert.ok(Date.now() - since <= limit, `${part.name} took ${Date.now() - since} ms to end`);
  return code;
}
