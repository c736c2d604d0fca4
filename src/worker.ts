import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from './activities/index.ts';
import { assertPrivileges } from './assert-privileges.ts';
import { bundleWorkflows } from './bundle-workflows.ts';
import { ensureCleanupSchedule } from './cleanup-schedule.ts';
import type { Config } from './config.ts';
import { armFaults } from './fault-points.ts';
import { owningWorkflow } from './owning-workflow.ts';
import { ruleMs } from './persistence/books/check.ts';
import { closeAtOnce, openDatabase } from './persistence/database.ts';
import { ensureReconcileSchedule } from './reconcile-schedule.ts';
import { findEverything } from './reconcile.ts';
import { assertSearchAttributes } from './search-attributes.ts';
import type { Servers } from './stack/addresses.ts';
import { assertNamespace, temporalRefusal } from './temporal-refusal.ts';
import { wakeOrders } from './wake-orders.ts';
import { taskQueue } from './workflows/messages.ts';

/** Activities at once, of their own and within a workflow's task; each has one connection, so that none waits for the pool. */
const slots = { activities: 16, localActivities: 16 } as const;

/**
 * Workflows whose state is kept between two tasks, a quarter of a megabyte each. The others are replayed from their history when they have
 * something to do: an order of some ten events, at the end of a hold that most of them wait for.
 */
const cachedWorkflows = 500;

export interface RunningWorker {
  /** Takes no more tasks, finishes those it has, closes its connections. */
  stop(): Promise<void>;
  /** Settles when the worker has ended: rejects when it died by itself. */
  readonly finished: Promise<void>;
}

/**
 * Runs the workflows and activities of Earmark until it is stopped. Several may run at once.
 * @throws when Temporal cannot be reached or lacks the search attributes; TemporalRefusal when it does not let this process in;
 *   StackError when its database role lacks privileges
 */
export async function runWorker({
  config,
  servers,
  log,
}: {
  readonly config: Config;
  readonly servers: Servers;
  readonly log: Logger;
}): Promise<RunningWorker> {
  installRuntime(log, config.metricsAddress);
  const { namespace } = config.temporal;
  const connection = await connectWorker(config, servers.temporalAddress);
  const db = openDatabase({
    url: servers.databaseUrl,
    poolMax: slots.activities + slots.localActivities,
    name: 'earmark worker',
  });
  // What reads whole tables takes longer than a request may, and none of the activities' connections.
  const wholeTables = openDatabase({
    url: servers.databaseUrl,
    poolMax: 2,
    name: 'earmark worker reconcile',
    statementMs: ruleMs,
  });
  const close = async (): Promise<void> => {
    await connection.close();
    await db.destroy();
    await closeAtOnce(wholeTables);
  };
  try {
    await assertPrivileges(db, 'worker', log);
    await assertSearchAttributes(connection, namespace);
    const client = new Client({ connection, namespace });
    await ensureCleanupSchedule(client, config);
    await ensureReconcileSchedule(client, config);
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue,
      workflowBundle: await compiledWorkflows(),
      activities: createActivities({
        db,
        owningWorkflow: (holder) => owningWorkflow(client, holder),
        wake: wakeOrders(client, log),
        holdRules: config.holdRules,
        reach: armFaults(config.faults, log),
        findEverything: (graceSeconds) => findEverything({ db: wholeTables, client, graceSeconds, trustList: true }),
      }),
      maxConcurrentActivityTaskExecutions: slots.activities,
      maxConcurrentLocalActivityExecutions: slots.localActivities,
      maxCachedWorkflows: cachedWorkflows,
      // So long do the orders of a worker that died or was told to stop wait for it before another takes them: little of the time that
      // callers wait for an answer.
      stickyQueueScheduleToStartTimeout: '1 second',
      shutdownGraceTime: '8 seconds',
      shutdownForceTime: '10 seconds',
    });
    const finished = worker.run().finally(close);
    return {
      finished,
      async stop() {
        if (worker.getState() === 'RUNNING') worker.shutdown();
        await finished;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Connects as workers do, and finds out whether the namespace may be used.
 * @throws TemporalRefusal when it may not; what the client says when Temporal cannot be reached
 */
export async function connectWorker(config: Config, address: string): Promise<NativeConnection> {
  const { namespace, connection: settings } = config.temporal;
  let connection: NativeConnection | undefined;
  try {
    connection = await NativeConnection.connect({ address, ...settings });
    await assertNamespace(connection, namespace);
    return connection;
  } catch (error) {
    await connection?.close();
    throw (await temporalRefusal(error, { address, namespace, ...settings })) ?? error;
  }
}

/** The bundle that the build made, or one of the sources when running from them. */
async function compiledWorkflows(): Promise<NonNullable<WorkerOptions['workflowBundle']>> {
  const codePath = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  return existsSync(codePath) ? { codePath } : bundleWorkflows();
}

/** One per process: sends the SDK's lines to our log, leaves signals to us, and serves metrics when there is an address. */
function installRuntime(log: Logger, metricsAddress?: string): void {
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  try {
    Runtime.install({
      shutdownSignals: [],
      logger: new DefaultLogger('INFO', ({ level, message, meta }) => log[levels[level]]({ ...meta }, message)),
      ...(metricsAddress === undefined
        ? {}
        : { telemetryOptions: { metrics: { prometheus: { bindAddress: metricsAddress } } } }),
    });
  } catch (error) {
    if (metricsAddress === undefined) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Metrics cannot be served at ${metricsAddress} (${why}). Set EARMARK_METRICS_ADDRESS to another address.`,
      {
        cause: error,
      },
    );
  }
}
