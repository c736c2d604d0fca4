import { mkdir, writeFile } from 'node:fs/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { defaultHoldRules } from '../../src/domain/holding-limits.ts';
import { currentRules } from '../../src/workflows/messages.ts';
import { NextCalls } from '../support/activities.ts';
import { freshDatabase } from '../support/postgres.ts';
import { tearDown } from '../support/teardown.ts';
import { devServer, workflowBundle } from '../support/temporal.ts';
import { startTestWorker } from '../support/worker.ts';
import { mostUnits } from './stage.ts';
import { historyFile, paths, recordedNames } from './recorded.ts';

// Records the histories of paths that have none yet: `npx tsx test/histories/record.ts`. A history that is there is what
// some running order may look like, so it stays as it is; after a change of the rules, give the new paths new names.
async function record(): Promise<void> {
  const recorded = new Set(await recordedNames(currentRules));
  const missing = Object.entries(paths).filter(([name]) => !recorded.has(name));
  const database = await freshDatabase();
  const calls = new NextCalls();
  const holdRules = { ...defaultHoldRules, limits: { ...defaultHoldRules.limits, lineUnits: mostUnits } };
  const worker = await startTestWorker({ server: await devServer(), db: database.db, holdRules, wrap: calls.wrap });
  await mkdir(historyFile(currentRules), { recursive: true });
  for (const [name, walk] of missing) {
    const handle = await walk({ db: database.db, worker, calls });
    const history = scrubbed(JSON.parse(historyToJSON(await handle.fetchHistory())));
    await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, handle.workflowId);
    // Fails rather than overwrite.
    await writeFile(historyFile(currentRules, `${name}.json`), `${JSON.stringify(history, null, 1)}\n`, { flag: 'wx' });
    console.log(`recorded ${name}`);
  }
  console.log(`${missing.length} recorded, ${recorded.size} were there already.`);
  await worker.stop();
  await database.drop();
}

/** Without what tells on which machine it was recorded: names of processes, and paths in stack traces. */
function scrubbed(value: unknown, key = ''): unknown {
  if (key === 'identity') return 'recorder';
  if (key === 'stackTrace') return '';
  if (Array.isArray(value)) return value.map((item) => scrubbed(item));
  if (typeof value !== 'object' || value === null) return value;
  if ('kind' in value && value.kind === 'TASK_QUEUE_KIND_STICKY') return { ...value, name: 'recorder' };
  return Object.fromEntries(Object.entries(value).map(([key, value]) => [key, scrubbed(value, key)]));
}

try {
  await record();
} finally {
  await tearDown();
}
