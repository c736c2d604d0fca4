import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../../src/activities/index.ts';
import { openDatabase } from '../../src/persistence/database.ts';
import { announce, settingsOf } from '../child.ts';
import { plainQueue, type PlainSettings } from './messages.ts';

// A worker with everything as the SDK has it.

const { databaseUrl, temporalAddress } = settingsOf() as PlainSettings;
const db = openDatabase({ url: databaseUrl, poolMax: 16, name: 'bench plain' });
const connection = await NativeConnection.connect({ address: temporalAddress });
const unused = (): never => {
  throw new Error('The plain system has no schedules.');
};
const worker = await Worker.create({
  connection,
  taskQueue: plainQueue,
  workflowsPath: fileURLToPath(new URL('workflows.ts', import.meta.url)),
  activities: createActivities({ db, owningWorkflow: unused, findEverything: unused, wake: async () => undefined }),
});
const running = worker.run();
announce('ready');
await running;
await connection.close();
await db.destroy();
