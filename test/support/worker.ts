import type { HoldRules } from '../../src/domain/holding-limits.ts';
import type { WakeWaiting } from '../../src/domain/waiting.ts';
import { wakeOrders } from '../../src/wake-orders.ts';
import type { Client } from '@temporalio/client';
import { Worker, type NativeConnection } from '@temporalio/worker';
import type { Knex } from 'knex';
import { createActivities, type Activities } from '../../src/activities/index.ts';
import { owningWorkflow } from '../../src/owning-workflow.ts';
import { findEverything } from '../../src/reconcile.ts';
import { asRole, freshDatabase, type FreshDatabase } from './postgres.ts';
import { workflowBundle } from './temporal.ts';

/** What tests need of a Temporal: the environment that skips time and the dev server both have it. */
export interface TemporalServer {
  readonly client: Client;
  readonly nativeConnection: NativeConnection;
  readonly supportsTimeSkipping?: boolean;
}

/** A line that a workflow logged. */
export interface LoggedLine {
  readonly workflowId: string;
  readonly message: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A running worker; `client` and `taskQueue` are what starts orders on it. */
export interface TestWorker {
  readonly client: Client;
  readonly taskQueue: string;
  /** Every warning and error that its workflows logged, oldest first. */
  readonly warnings: readonly LoggedLine[];
  /** Finishes what it is doing and stops; further calls do nothing. */
  stop(): Promise<void>;
}

export interface TestWorkerOptions {
  readonly server: TemporalServer;
  /** Of the owner: the worker uses it as its own role. */
  readonly db: Knex;
  /** A queue of its own when left out, so that it never meets the workflows that another test left open. */
  readonly taskQueue?: string;
  /** Forgets every workflow after each task, so that the next worker can take over at once and all that runs is replayed too. */
  readonly forgetful?: boolean;
  /** How holds are bounded; the defaults when left out. */
  readonly holdRules?: HoldRules;
  /** Tells waiting orders of their turn; by their signal when left out. */
  readonly wake?: WakeWaiting;
  /** Puts something around the real activities: a gate, an answer that gets lost. */
  readonly wrap?: (real: Activities) => Activities;
}

let queues = 0;

const mute = Object.fromEntries(['trace', 'debug', 'info'].map((level) => [level, { fn: () => undefined }]));

/** Starts a worker with the real workflows and activities. */
export async function startTestWorker(options: TestWorkerOptions): Promise<TestWorker> {
  const {
    server,
    db,
    taskQueue = `test-${++queues}`,
    forgetful = false,
    holdRules,
    wake,
    wrap = (real) => real,
  } = options;
  const { client } = server;
  const ownDb = asRole(db, 'worker');
  const warnings: LoggedLine[] = [];
  const log = ({ workflowId }: { workflowId: string }, message: string, attributes?: Record<string, unknown>) => {
    warnings.push({ workflowId, message, attributes: attributes ?? {} });
  };
  const worker = await Worker.create({
    connection: server.nativeConnection,
    namespace: client.options.namespace,
    taskQueue,
    workflowBundle: await workflowBundle(),
    activities: wrap(
      createActivities({
        db: ownDb,
        owningWorkflow: (holder) => owningWorkflow(client, holder),
        wake: wake ?? wakeOrders(client, { warn: () => undefined }),
        ...(holdRules && { holdRules }),
        findEverything: (graceSeconds) => findEverything({ db: ownDb, client, graceSeconds, trustList: true }),
      }),
    ),
    ...(forgetful ? { maxCachedWorkflows: 0 } : {}),
    sinks: {
      // The SDK's own name for where the lines of workflows go; its newer name is reserved.
      defaultWorkerLogger: { ...mute, warn: { fn: log }, error: { fn: log } },
    },
    shutdownForceTime: '30 seconds',
  });
  const finished = worker.run();
  return {
    client,
    taskQueue,
    warnings,
    async stop() {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await finished;
    },
  };
}

/** A database and a worker for the tests of one `describe`: filled in before its first test. */
export interface WorkerForTests<Server extends TemporalServer> {
  readonly db: Knex;
  /** Of the database. */
  readonly url: string;
  readonly server: Server;
  readonly worker: TestWorker;
}

/** Starts a worker over a fresh database before the tests of the surrounding `describe`, and removes both after them. */
export function workerForTests<Server extends TemporalServer>(
  server: () => Promise<Server>,
  options: Pick<TestWorkerOptions, 'wrap' | 'taskQueue' | 'forgetful' | 'holdRules' | 'wake'> = {},
): WorkerForTests<Server> {
  let database: FreshDatabase;
  const filled: { db?: Knex; url?: string; server?: Server; worker?: TestWorker } = {};
  before(async () => {
    database = await freshDatabase();
    filled.db = database.db;
    filled.url = database.url;
    filled.server = await server();
    filled.worker = await startTestWorker({ server: filled.server, db: filled.db, ...options });
  });
  after(async () => {
    if (filled.server?.supportsTimeSkipping) await terminateAll(filled.server);
    await filled.worker?.stop();
    await database.drop();
  });
  return filled as WorkerForTests<Server>;
}

/**
 * Ends every workflow while there still is a worker: a task that waits for one keeps the server from skipping time, and so does
 * for ever a workflow that was terminated while it had such a task.
 */
async function terminateAll({ client }: TemporalServer): Promise<void> {
  const { namespace } = client.options;
  const { executions } = await client.workflowService.listOpenWorkflowExecutions({ namespace, startTimeFilter: {} });
  for (const { execution } of executions) {
    const handle = client.workflow.getHandle(execution?.workflowId ?? '');
    // Its answer says that no task is waiting.
    await handle.query('__temporal_workflow_metadata');
    await handle.terminate('the test is over');
  }
}
