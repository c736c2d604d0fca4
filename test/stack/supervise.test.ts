import assert from 'node:assert/strict';
import { supervise, type RunningServer } from '../../src/stack/supervise.ts';

describe('A supervised server', () => {
  it('is started again when it dies alone, and a line says so', async () => {
    const fleet = createFleet();
    const supervised = await supervise(fleet.options);
    fleet.kill('SIGKILL');
    await fleet.started(2);
    await fleet.said('Postgres runs again.');
    assert.deepEqual(fleet.lines, ['Postgres ended by itself (SIGKILL); starting it again.', 'Postgres runs again.']);
    await supervised.stop();
    assert.equal(fleet.running(), false);
  });

  it('is given up with the reason at the third death within a minute', async () => {
    const fleet = createFleet();
    const supervised = await supervise(fleet.options);
    for (const next of [2, 3]) {
      fleet.kill('exit code 1');
      await fleet.started(next);
    }
    fleet.kill('SIGSEGV');
    assert.equal(await fleet.givenUp, 'Postgres ended 3 times within a minute (SIGSEGV).');
    assert.equal(fleet.starts(), 3);
    await supervised.stop();
  });

  it('may die now and then for ever', async () => {
    const fleet = createFleet();
    const supervised = await supervise(fleet.options);
    for (let next = 2; next < 12; next++) {
      fleet.passSeconds(31);
      fleet.kill('SIGKILL');
      await fleet.started(next);
    }
    await supervised.stop();
    assert.equal(fleet.starts(), 11);
  });

  it('dies once more with every start that fails', async () => {
    const fleet = createFleet();
    const supervised = await supervise(fleet.options);
    fleet.failStarts('no space left');
    fleet.kill('SIGKILL');
    assert.equal(await fleet.givenUp, 'Postgres ended 3 times within a minute (no space left).');
    await supervised.stop();
  });

  it('is waited for while it starts again', async () => {
    const fleet = createFleet();
    const supervised = await supervise(fleet.options);
    await supervised.running();
    fleet.kill('SIGKILL');
    await fleet.said('Postgres ended by itself (SIGKILL); starting it again.');
    await supervised.running();
    assert.equal(fleet.running(), true);
    await supervised.stop();
  });

  it('is stopped even while it is being started again', async () => {
    const fleet = createFleet();
    const supervised = await supervise(fleet.options);
    const finishStart = fleet.holdStarts();
    fleet.kill('SIGKILL');
    await fleet.said('Postgres ended by itself (SIGKILL); starting it again.');
    const stopped = supervised.stop();
    finishStart();
    await stopped;
    assert.equal(fleet.starts(), 2);
    assert.equal(fleet.running(), false);
  });

  it('is not started again when it is stopped', async () => {
    const fleet = createFleet();
    const supervised = await supervise(fleet.options);
    await supervised.stop();
    assert.deepEqual(fleet.lines, []);
    assert.equal(fleet.starts(), 1);
  });

  it('whose first start fails is not retried: the caller hears why', async () => {
    const fleet = createFleet();
    fleet.failStarts('port taken');
    await assert.rejects(supervise(fleet.options), /port taken/);
    assert.deepEqual(fleet.lines, []);
  });
});

/** Servers that end when told to, on a clock that moves when told to. */
function createFleet() {
  let starts = 0;
  let now = 0;
  let end: ((how: string) => void) | undefined;
  let failure: string | undefined;
  let held: Promise<void> | undefined;
  let giveUp: (reason: string) => void = () => undefined;
  const givenUp = new Promise<string>((resolve) => (giveUp = resolve));
  const lines: string[] = [];

  const start = async (): Promise<RunningServer> => {
    if (failure !== undefined) throw new Error(failure);
    await held;
    starts++;
    const ended = new Promise<string>((resolve) => (end = resolve));
    void ended.then(() => (end = undefined));
    return { pid: starts, ended, stop: async () => end?.('stopped') };
  };
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    options: { name: 'Postgres', start, say: (line: string) => void lines.push(line), giveUp, now: () => now },
    lines,
    givenUp,
    starts: () => starts,
    running: () => end !== undefined,
    kill: (how: string) => end?.(how),
    failStarts: (reason: string) => (failure = reason),
    /** Starts take until the returned function is called. */
    holdStarts: () => {
      let finish: () => void = () => undefined;
      held = new Promise((resolve) => (finish = resolve));
      return finish;
    },
    passSeconds: (seconds: number) => (now += seconds * 1000),
    started: (count: number) => until(() => starts === count && end !== undefined),
    said: (line: string) => until(() => lines.includes(line)),
  };
}
