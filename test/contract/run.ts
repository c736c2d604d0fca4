// Checks the running API against its own OpenAPI document with schemathesis. Its arguments are passed on, so that
// `npm run test:contract -- --include-operation-id createOrder` looks at one operation.
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../src/config.ts';
import { createProduct, startApi } from '../support/api.ts';
import { tearDown } from '../support/teardown.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { makeWarehouse } from '../support/stock-lists.ts';
import { schemathesis } from './schemathesis.ts';

const settings = fileURLToPath(new URL('schemathesis.toml', import.meta.url));
const hooks = fileURLToPath(new URL('hooks.py', import.meta.url));

/** A run that has not ended by then never will. */
const patienceMs = 10 * 60_000;

process.exitCode = await checkContract(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`test:contract: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
});

/** @returns the exit code */
async function checkContract(options: readonly string[]): Promise<number> {
  const command = await schemathesis(loadConfig().cacheDir);
  const folder = await temporaryFolder();
  try {
    const api = await startApi();
    try {
      await api.startWorker();
      // What the examples of a list of stock levels name: it is a mistake to name what there is not.
      for (const sku of ['LAMP-1', 'CHAIR-1']) await createProduct(api, { sku });
      await makeWarehouse(api.db, 'EAST-1');
      const args = ['--config-file', settings, 'run', `${api.url}/openapi.json`, ...options];
      // Whatever it writes beside its report goes into a folder that is deleted.
      const code = await runToEnd([command, ...args], { cwd: folder.path, hooks, patienceMs });
      const failures = api.lines.filter(({ level }) => Number(level) >= 50);
      for (const line of failures.slice(0, 5)) console.error(JSON.stringify(line));
      return code === 0 && failures.length > 0 ? 1 : code;
    } finally {
      await api.stop();
    }
  } finally {
    await tearDown();
    await folder.remove();
  }
}
