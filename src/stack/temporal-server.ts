import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { serverEnvironment } from '../config.ts';
import { searchAttributes } from '../workflows/messages.ts';
import { endingWithParent, startLogged, type LoggedProcess } from './child-process.ts';
import { assertPortFree } from './ports.ts';
import { commandLine, endProcess, identify, type ProcessIdentity } from './process-identity.ts';
import { StackError } from './stack-error.ts';
import type { RunningServer } from './supervise.ts';
import { untilReady } from './temporal-readiness.ts';

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

/** How often a server is started that loses a port to another program. */
const mostAttempts = 5;
/** What it says when another program took a port before it, as it listened or looked for a free one; or that it crashed. */
const worthAnotherAttempt = /address already in use|failed assigning ephemeral port|^(panic|fatal error): /m;

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
  const { databaseFile, uiPort } = options;
  const pidFile = databaseFile === undefined ? undefined : `${databaseFile}.pid`;
  if (pidFile !== undefined) {
    await mkdir(path.dirname(pidFile), { recursive: true });
    await endLeftover(pidFile);
  }
  const { server, stop } = await startOnFreePorts(options, pidFile);
  return {
    address: addressOf(options),
    uiUrl: `http://127.0.0.1:${uiPort}`,
    pid: server.pid,
    ended: server.ended.then(({ code, signal }) => (signal === null ? `exit code ${code}` : signal)),
    stop,
  };
}

interface Started {
  readonly server: LoggedProcess;
  readonly stop: () => Promise<void>;
}

/**
 * Beside the two ports that it is given the dev server takes some more, chosen by itself a moment before it listens on
 * them. When another program is quicker it ends, and is started again.
 */
async function startOnFreePorts(options: TemporalServerOptions, pidFile: string | undefined): Promise<Started> {
  for (let attempt = 1; ; attempt++) {
    await assertPortFree(options.port, 'the embedded Temporal', 'EARMARK_TEMPORAL_PORT');
    await assertPortFree(options.uiPort, 'the Temporal Web UI', 'EARMARK_TEMPORAL_UI_PORT');
    const { server, stop } = await launch(options, pidFile);
    try {
      await untilReady(server, addressOf(options), options);
      return { server, stop };
    } catch (error) {
      const again = server.hasEnded() && worthAnotherAttempt.test(server.output());
      await stop();
      if (!again || attempt === mostAttempts) throw error;
    }
  }
}

async function launch(options: TemporalServerOptions, pidFile: string | undefined): Promise<Started> {
  const { databaseFile, logFile } = options;
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

  return { server, stop };
}

function addressOf({ port }: TemporalServerOptions): string {
  return `127.0.0.1:${port}`;
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

async function stopServer(server: LoggedProcess): Promise<void> {
  await server.stop([
    { signal: 'SIGTERM', waitMs: 8_000 },
    { signal: 'SIGKILL', waitMs: 3_000 },
  ]);
}
