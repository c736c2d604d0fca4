// Checks the running API against its own OpenAPI document with schemathesis, in every role and without credentials. Its arguments are passed on, so that
// `npm run test:contract -- --include-operation-id createOrder` looks at one operation.
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../src/config.ts';
import { createProduct } from '../support/api.ts';
import { actingAs, startGuardedApi } from '../support/credentials.ts';
import { makeReconcileSchedule } from '../support/schedules.ts';
import { tearDown } from '../support/teardown.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { makeWarehouse } from '../support/stock-lists.ts';
import { schemathesis } from './schemathesis.ts';

const settings = fileURLToPath(new URL('schemathesis.toml', import.meta.url));
const hooks = fileURLToPath(new URL('hooks.py', import.meta.url));

/** A run that has not ended by then never will. */
const patienceMs = 10 * 60_000;

/** Who asks, and with what else than the usual options: the admin goes through everything, the others show what they may not do. */
const runs = [
  { role: 'admin', options: [] },
  { role: 'operator', options: ['--phases', 'examples,coverage'] },
  { role: 'viewer', options: ['--phases', 'examples,coverage'] },
  { role: 'nobody', options: ['--phases', 'examples,coverage'] },
] as const;

process.exitCode = await checkContract(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`test:contract: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
});

/** @returns the exit code */
async function checkContract(options: readonly string[]): Promise<number> {
  const command = await schemathesis(loadConfig().cacheDir);
  const folder = await temporaryFolder();
  try {
    const api = await startGuardedApi();
    const schedule = await makeReconcileSchedule(api);
    try {
      await api.startWorker();
      // What the examples of a list of stock levels name: it is a mistake to name what there is not.
      const admin = actingAs(api, await api.key('admin', 'tests'));
      for (const sku of ['LAMP-1', 'CHAIR-1']) await createProduct(admin, { sku });
      await makeWarehouse(api.db, 'EAST-1');
      const codes: number[] = [];
      for (const { role, options: ofRole } of runs) {
        console.log(`\nAs ${role}:`);
        const credentials = role === 'nobody' ? [] : ['-H', `Authorization: ${(await api.key(role)).Authorization}`];
        const args = [
          '--config-file',
          settings,
          'run',
          `${api.url}/openapi.json`,
          ...credentials,
          ...ofRole,
          // Has no end: test/api/events.test.ts.
          ...['--exclude-operation-id', 'streamEvents'],
          ...options,
        ];
        const variables = { SCHEMATHESIS_HOOKS: hooks, CONTRACT_ROLE: role };
        // Whatever it writes beside its report goes into a folder that is deleted.
        codes.push(await runToEnd([command, ...args], { cwd: folder.path, variables, patienceMs }));
      }
      const failures = api.lines.filter(({ level }) => Number(level) >= 50);
      for (const line of failures.slice(0, 5)) console.error(JSON.stringify(line));
      return codes.find((code) => code !== 0) ?? (failures.length > 0 ? 1 : 0);
    } finally {
      await schedule.delete();
      await api.stop();
    }
  } finally {
    await tearDown();
    await folder.remove();
  }
}
