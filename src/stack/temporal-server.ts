import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { serverEnvironment } from '../config.ts';
import { searchAttributes } from '../workflows/messages.ts';
import { endingWithParent, pause, startLogged, type LoggedProcess } from './child-process.ts';
import { messageOf } from './downloads.ts';
import { assertPortFree } from './ports.ts';
import { commandLine, endProcess, identify, type ProcessIdentity } from './process-identity.ts';
import { StackError } from './stack-error.ts';
import type { RunningServer } from './supervise.ts';

export interface TemporalServerOptions {
  /** The Temporal CLI. */
  readonly binary: string;
  /** Where everything is kept; in memory when left out. Its folder is made when missing. */
  readonly databaseFile?: string;
  readonly port: number;
  readonly uiPort: number;
  readonly namespace: string;
  /** What the server prints is appended to this file. */
  readonly logFile: string;
}

export type RunningTemporal = RunningServer & { readonly address: string; readonly uiUrl: string };

const readyTimeoutMs = 60_000;
/** How long closed workflows can be looked at; the dev server's own default is one day. */
const retentionMs = 30 * 24 * 3_600_000;

// With its one shard the dev server hands out tasks at most 20 times a second unless told otherwise, and several
// partitions of a task queue only forward tasks to each other: both are felt in the latency of an order.
const dynamicConfig = {
  'history.transferProcessorMaxPollRPS': 2000,
  'history.timerProcessorMaxPollRPS': 2000,
  'history.visibilityProcessorMaxPollRPS': 2000,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
};

/**
 * Starts the Temporal dev server with its Web UI on the loopback interface, the search attributes registered and
 * closed workflows kept for 30 days. Ends a server that a killed run left on the same database.
 *
 * @throws {StackError} in one line that says what to do
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<RunningTemporal> {
  const { databaseFile, port, uiPort, namespace, logFile } = options;
  const pidFile = databaseFile === undefined ? undefined : `${databaseFile}.pid`;
  if (pidFile !== undefined) {
    await mkdir(path.dirname(pidFile), { recursive: true });
    await endLeftover(pidFile);
  }
  await assertPortFree(port, 'the embedded Temporal', 'EARMARK_TEMPORAL_PORT');
  await assertPortFree(uiPort, 'the Temporal Web UI', 'EARMARK_TEMPORAL_UI_PORT');

  const server = await startLogged({
    command: endingWithParent('TERM', [options.binary, ...flags(options)]),
    logFile,
    env: serverEnvironment({
      // In a container that runs under a uid without a name, the server wants to be told one.
      USER: 'earmark',
      // It notes its cluster's id there; otherwise that would land among the user's own settings.
      XDG_CONFIG_HOME: path.dirname(databaseFile ?? logFile),
    }),
  });
  const identity = identify(server.pid);
  if (pidFile !== undefined && identity !== undefined) await writeFile(pidFile, JSON.stringify(identity));
  const stop = async () => {
    await stopServer(server);
    if (pidFile !== undefined) await rm(pidFile, { force: true });
  };

  const address = `127.0.0.1:${port}`;
  try {
    await untilReady(server, address, namespace, logFile);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    address,
    uiUrl: `http://127.0.0.1:${uiPort}`,
    pid: server.pid,
    ended: server.ended.then(({ code, signal }) => (signal === null ? `exit code ${code}` : signal)),
    stop,
  };
}

function flags({ databaseFile, port, uiPort, namespace }: TemporalServerOptions): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
    ...['--ui-disable-news-fetch', '--log-level', 'error', '--namespace', namespace],
    ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ...Object.entries(dynamicConfig).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
    ...(databaseFile === undefined
      ? []
      : [
          '--db-filename',
          databaseFile,
          '--sqlite-pragma',
          'journal_mode=WAL',
          '--sqlite-pragma',
          'synchronous=NORMAL',
        ]),
  ];
}

async function endLeftover(pidFile: string): Promise<void> {
  const text = await readFile(pidFile, 'utf8').catch(() => undefined);
  const recorded = text === undefined ? undefined : parseIdentity(text);
  if (recorded === undefined || identify(recorded.pid)?.started !== recorded.started) return;
  if (!commandLine(recorded.pid)?.includes('start-dev')) return;
  const gone = await endProcess(recorded, [
    { signal: 'SIGTERM', waitMs: 5_000 },
    { signal: 'SIGKILL', waitMs: 3_000 },
  ]);
  if (!gone) {
    throw new StackError(`Temporal of an earlier run still runs (process ${recorded.pid}). End it, then start again.`);
  }
}

function parseIdentity(text: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(text) as ProcessIdentity;
  } catch {
    // Cut short by a crash: then it cannot be told whose the server is, and the port check finds it.
    return undefined;
  }
}

async function untilReady(server: LoggedProcess, address: string, namespace: string, logFile: string): Promise<void> {
  const giveUpAt = Date.now() + readyTimeoutMs;
  let lastProblem: unknown;
  while (!server.hasEnded() && Date.now() < giveUpAt) {
    try {
      await prepareNamespace(address, namespace);
      if (!server.hasEnded()) return;
    } catch (error) {
      lastProblem = error;
      await Promise.race([server.ended, pause(50)]);
    }
  }
  const why = server.hasEnded() ? lastLine(server) : `it was not ready in time (${messageOf(lastProblem)})`;
  throw new StackError(`Temporal did not start: ${why}. See ${logFile}.`);
}

/** Throws as long as the server is not ready for workflows. */
async function prepareNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 1_000 });
  try {
    await connection.withDeadline(Date.now() + 5_000, async () => {
      const { workflowService, operatorService } = connection;
      const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
      const missing = Object.keys(searchAttributes).filter((name) => !(name in (customAttributes ?? {})));
      if (missing.length > 0) throw new Error(`search attribute ${missing.join(', ')} not registered yet`);

      const { config } = await workflowService.describeNamespace({ namespace });
      if (tsToMs(config?.workflowExecutionRetentionTtl ?? undefined) === retentionMs) return;
      await workflowService.updateNamespace({
        namespace,
        config: { workflowExecutionRetentionTtl: msToTs(retentionMs) },
      });
    });
  } finally {
    await connection.close();
  }
}

async function stopServer(server: LoggedProcess): Promise<void> {
  await server.stop([
    { signal: 'SIGTERM', waitMs: 8_000 },
    { signal: 'SIGKILL', waitMs: 3_000 },
  ]);
}

/** The server reports the whole chain of what it was building when it failed; the cause comes last. */
function lastLine(server: LoggedProcess): string {
  const line = server.output().trim().split('\n').at(-1)?.trim() ?? '';
  return line.slice(-200).replace(/\.$/, '') || 'it gave no reason';
}
