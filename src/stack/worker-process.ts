import { once } from 'node:events';
import { workerEnvironment } from '../config.ts';
import type { Servers } from './addresses.ts';
import { endingWithParent, startLogged, type LoggedProcess } from './child-process.ts';
import { StackError } from './stack-error.ts';
import type { RunningServer } from './supervise.ts';

/** From the stack to its worker, first thing: where the servers are. */
interface Assignment {
  readonly servers: Servers;
}

/** From the worker to its stack: it takes tasks now. */
const readyMessage = 'ready';

const readyTimeoutMs = 60_000;

/**
 * Starts `earmark worker` as a child process on the given servers and waits until it takes tasks.
 *
 * @throws {StackError} when it ends instead
 */
export async function startWorkerProcess(servers: Servers, logFile: string): Promise<RunningServer> {
  const [, script = ''] = process.argv;
  const worker = await startLogged({
    command: endingWithParent('TERM', [process.execPath, ...process.execArgv, script, 'worker']),
    logFile,
    env: workerEnvironment(),
    ipc: true,
  });
  const stop = () =>
    worker.stop([
      { signal: 'SIGTERM', waitMs: 20_000 },
      { signal: 'SIGKILL', waitMs: 3_000 },
    ]);
  const ready = untilReady(worker);
  // Over the channel and not as environment variables: those would also switch on the settings of an external Temporal.
  worker.child.send({ servers } satisfies Assignment);
  if (!(await ready)) {
    await stop();
    throw new StackError(`The worker did not start: ${lastWords(worker)}. See ${logFile}.`);
  }
  return {
    pid: worker.pid,
    ended: worker.ended.then(({ code, signal }) => (signal === null ? `exit code ${code}` : signal)),
    stop,
  };
}

/** In a worker that a stack started: the servers it was given. Undefined in a worker that was started alone. */
export async function assignedServers(): Promise<Servers | undefined> {
  if (!process.connected) return undefined;
  const [assignment] = (await once(process, 'message')) as [Assignment];
  return assignment.servers;
}

/** In a worker that a stack started: tells that it takes tasks now. */
export function announceReady(): void {
  process.send?.(readyMessage);
}

function untilReady(worker: LoggedProcess): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), readyTimeoutMs);
    const settle = (ready: boolean) => {
      clearTimeout(timer);
      resolve(ready);
    };
    worker.child.on('message', (message) => {
      if (message === readyMessage) settle(true);
    });
    // A worker that dies before it read its assignment breaks the channel; its end tells more.
    worker.child.on('error', () => undefined);
    void worker.ended.then(() => settle(false));
  });
}

function lastWords(worker: LoggedProcess): string {
  return (
    worker
      .output()
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^earmark: |\.$/g, '') || 'it gave no reason'
  );
}
