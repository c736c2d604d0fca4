// Mutation testing: `npm run test:mutation`. Its arguments are passed on to Stryker, so that
// `npm run test:mutation -- --mutate src/domain/stock.ts` looks at one file. All runners share one Postgres, which is stopped at
// the end whatever became of them: Stryker kills a runner whose mutant hangs.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sharedPostgres, startWithTemplate } from '../support/postgres.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { tearDown } from '../support/teardown.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const installed = fileURLToPath(import.meta.resolve('@stryker-mutator/core/package.json'));
const stryker = path.join(path.dirname(installed), 'bin', 'stryker.js');

/** All mutants take about half an hour on two cores. */
const patienceMs = 6 * 60 * 60_000;

try {
  process.env[sharedPostgres] = await startWithTemplate();
  // With tsx, so that Stryker can load the runner in mocha-runner.ts.
  const command = [process.execPath, '--import', 'tsx', stryker, 'run', ...process.argv.slice(2)];
  process.exitCode = await runToEnd(command, { cwd: root, patienceMs });
} finally {
  await tearDown();
  // Stryker leaves its copies of the project behind when it is interrupted.
  await rm(path.join(root, '.stryker-tmp'), { recursive: true, force: true });
}
