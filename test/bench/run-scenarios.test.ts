import assert from 'node:assert/strict';
import { runScenarios } from '../../bench/run-scenarios.ts';
import { WrongResult, type Scenario } from '../../bench/scenario.ts';
import { assertSold } from '../../bench/scenarios/sell-out.ts';
import type { System } from '../../bench/system.ts';
import type { Systems } from '../../bench/systems.ts';
import { damages } from '../support/damage.ts';
import { testDatabase } from '../support/database.ts';

const idle: Scenario = { name: 'idle', description: 'nothing', systems: ['bare'], run: async () => [] };

describe('a run of scenarios', () => {
  const database = testDatabase();
  database.prepare();

  const run = (...scenarios: Scenario[]) =>
    runScenarios({
      scenarios,
      systems: { of: () => [{ name: 'bare', db: database.db } as unknown as System] } as unknown as Systems,
      seconds: 1,
      quick: true,
      say: () => undefined,
      signal: new AbortController().signal,
    });

  it('is right when the books are', async () => {
    assert.deepEqual(await run(idle), { rows: [], wrong: [] });
  });

  it('is wrong when a scenario saw what must not be, and goes on with the next one', async () => {
    const row = { scenario: 'idle', what: 'nothing', system: 'bare', figures: {} } as const;
    const unfair: Scenario = { ...idle, run: () => Promise.reject(new WrongResult('sold twice')) };
    const { rows, wrong } = await run(unfair, { ...idle, run: async () => [row] });
    assert.deepEqual(wrong, ['sold twice']);
    assert.deepEqual(rows, [row]);
  });

  it('fails at once when something broke', async () => {
    await assert.rejects(
      run({ ...idle, run: () => Promise.reject(new Error('the server is gone')) }),
      /server is gone/,
    );
  });

  it('is wrong when the books of a system are', async () => {
    const vanish = damages.find(({ title }) => title === 'units that vanished');
    assert.ok(vanish);
    const level = await vanish.inject(database.db);
    const { wrong } = await run(idle);
    assert.equal(wrong.length, 1);
    assert.match(wrong[0] ?? '', /^The books of bare, behind idle, are wrong/);
    assert.ok(wrong[0]?.includes(level), wrong[0]);
  });
});

describe('a sell-out', () => {
  const answers = (sold: number, refused: number, other = 0) => [
    ...Array.from({ length: sold }, () => ({ status: 201 })),
    ...Array.from({ length: refused }, () => ({ status: 409 })),
    ...Array.from({ length: other }, () => ({ status: 202 })),
  ];

  it('is right when each unit was sold once and everybody else was refused', () => {
    assert.doesNotThrow(() => assertSold(answers(10, 90), 10, 'earmark'));
  });

  it('is wrong when more or fewer were sold, or somebody got another answer', () => {
    for (const wrong of [answers(11, 89), answers(9, 91), answers(10, 89, 1)]) {
      assert.throws(() => assertSold(wrong, 10, 'earmark'), WrongResult);
    }
  });
});
