import { verifyBooks } from './books.ts';
import { WrongResult, type Row, type Scenario } from './scenario.ts';
import type { BenchContext } from './scenario.ts';

/** What came out of a run. */
export interface Outcome {
  readonly rows: readonly Row[];
  /** What must not have been; the run has failed when there is anything. */
  readonly wrong: readonly string[];
}

/**
 * Runs scenarios one after another and verifies the books of every system behind each. What is wrong fails the run in the end; the other
 * scenarios are measured all the same.
 */
export async function runScenarios({
  scenarios,
  ...context
}: Omit<BenchContext, 'scenario'> & { readonly scenarios: readonly Scenario[] }): Promise<Outcome> {
  const rows: Row[] = [];
  const wrong: string[] = [];
  const noteWrong = (error: unknown): void => {
    if (!(error instanceof WrongResult)) throw error;
    wrong.push(error.message);
  };
  for (const [n, scenario] of scenarios.entries()) {
    const say = (line: string): void => context.say(`[${n + 1}/${scenarios.length}] ${scenario.name}: ${line}`);
    await scenario.run({ ...context, scenario, say }).then((more) => rows.push(...more), noteWrong);
    for (const { name, db } of context.systems.of(scenario.systems)) {
      context.signal.throwIfAborted();
      say(`${name}: verifying the books`);
      await verifyBooks(db, `${name}, behind ${scenario.name},`).catch(noteWrong);
    }
  }
  return { rows, wrong };
}
