import { strict as assert } from 'node:assert';
import { v7 } from 'uuid';
import { FirstAttempts } from '../support/activities.ts';
import { stockedProduct } from '../support/orders.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';
import { devServer, timeSkipping } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { startTestWorker, workerForTests, type TestWorker, type TestWorkerOptions } from '../support/worker.ts';
import { assertOneEffect, scenarios, workflowIdOf, type Scenario } from './scenarios.ts';

describe('when the answer of an activity gets lost after its commit,', () => {
  const lost = new FirstAttempts(async (run) => {
    await run();
    throw new Error('the answer got lost');
  });
  const here = workerForTests(timeSkipping, { wrap: lost.wrap });

  for (const scenario of scenarios) {
    it(`${scenario.title} has one effect and the same answer`, async () => {
      const id = expect(lost, scenario);
      const product = await stockedProduct(here.db);
      const answer = await scenario.act(here.worker, id, product.id);
      assert.equal(lost.runs(workflowIdOf(scenario, id)), 2);
      await assertOneEffect(here.db, scenario, id, product, answer);
    });
  }
});

describe('when a worker dies after a commit and another takes over,', () => {
  let database: FreshDatabase;
  let second: TestWorker;
  const outcomes = new Map<Scenario, Promise<() => Promise<void>>>();

  let die = (): void => undefined;
  const dead = new Promise<void>((resolve) => {
    die = resolve;
  });
  let hanging = 0;
  const dying = new FirstAttempts(async (run) => {
    const result = await run();
    hanging += 1;
    await dead;
    return result;
  });

  // All of them at once, since each has to wait until Temporal gives the dead worker's attempt up.
  before(async () => {
    const server = await devServer();
    database = await freshDatabase({ poolMax: 20 });
    const options: TestWorkerOptions = { server, db: database.db, wrap: dying.wrap };
    const first = await startTestWorker(options);
    for (const scenario of scenarios) {
      const id = expect(dying, scenario);
      const product = await stockedProduct(database.db);
      const acting = scenario.act(first, id, product.id);
      const checked = acting.then((answer) => async () => {
        assert.equal(dying.runs(workflowIdOf(scenario, id)), 2);
        await assertOneEffect(database.db, scenario, id, product, answer);
      });
      checked.catch(() => undefined);
      outcomes.set(scenario, checked);
    }
    await until(() => hanging === scenarios.length);
    const stopped = first.stop();
    second = await startTestWorker({ ...options, taskQueue: first.taskQueue });
    await Promise.allSettled(outcomes.values());
    // What the dead worker still wants to say comes too late.
    die();
    await stopped;
  });
  after(async () => {
    await second.stop();
    await database.drop();
  });

  for (const scenario of scenarios) {
    it(`${scenario.title} has one effect and the same answer`, async () => {
      const check = await outcomes.get(scenario);
      await check?.();
    });
  }
});

/** Expects a scenario and gives the id that it is to use. */
function expect(attempts: FirstAttempts, scenario: Scenario): string {
  const id = v7();
  attempts.expect(workflowIdOf(scenario, id), scenario.activity);
  return id;
}
