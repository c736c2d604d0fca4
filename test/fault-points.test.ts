import assert from 'node:assert/strict';
import { createActivities } from '../src/activities/index.ts';
import { ConfigError, loadConfig } from '../src/config.ts';
import { armFaults, faultPoints, LostAnswer } from '../src/fault-points.ts';
import { testDatabase } from './support/database.ts';
import { asRole } from './support/postgres.ts';

describe('Fault points', () => {
  const quiet = { warn: () => undefined };

  it('do nothing unless EARMARK_FAULTS names them', () => {
    const reach = armFaults(loadConfig({}).faults, { warn: () => assert.fail('it warns of nothing') });
    for (const point of faultPoints) reach(point);
  });

  it('strike once, in the moment their point is reached for the named time', () => {
    const faults = loadConfig({ EARMARK_FAULTS: 'reserveOrder.committed=kill@2, placing.after-start=stop' }).faults;
    const sent: string[] = [];
    const reach = armFaults(faults, quiet, (signal) => sent.push(signal));
    reach('reserveOrder.committed');
    assert.deepEqual(sent, []);
    for (let times = 0; times < 3; times += 1) reach('reserveOrder.committed');
    reach('placing.after-start');
    assert.deepEqual(sent, ['SIGKILL', 'SIGSTOP']);
  });

  it('can lose an answer', () => {
    const reach = armFaults(loadConfig({ EARMARK_FAULTS: 'forgetKeys.committed=lose' }).faults, quiet);
    assert.throws(() => reach('forgetKeys.committed'), LostAnswer);
    reach('forgetKeys.committed');
  });

  it('are announced in the log of a process that has them', () => {
    const lines: string[] = [];
    armFaults(loadConfig({ EARMARK_FAULTS: 'forgetKeys.committed=lose' }).faults, {
      warn: (_: object, line?: string) => void lines.push(line ?? ''),
    });
    assert.match(lines.join(), /things will go wrong in this process, on purpose/);
  });

  for (const bad of [
    'reserveOrder.committed',
    'reserveOrder.comitted=kill',
    'reserveOrder.committed=kill@0',
    'x',
    ',',
  ]) {
    it(`are a bad configuration as ${JSON.stringify(bad)}`, () => {
      assert.throws(() => loadConfig({ EARMARK_FAULTS: bad }), ConfigError);
    });
  }
});

describe('Every activity', () => {
  const database = testDatabase();
  database.prepare();

  it('has a fault point between what it commits and its answer', async () => {
    const reached: string[] = [];
    const activities = createActivities({
      wake: async () => undefined,
      db: asRole(database.db, 'worker'),
      owningWorkflow: () => assert.fail('nothing is overdue'),
      findEverything: () => assert.fail('nobody looks'),
      reach: (point) => void reached.push(point),
    });
    assert.deepEqual(
      faultPoints.filter((point) => point.endsWith('.committed')).toSorted(),
      Object.keys(activities)
        .map((name) => `${name}.committed`)
        .toSorted(),
    );
    assert.equal(await activities.forgetKeys(), 0);
    assert.deepEqual(reached, ['forgetKeys.committed']);
  });
});
