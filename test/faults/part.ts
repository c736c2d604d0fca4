import { endingWithParent, startLogged, type LoggedProcess } from '../../src/stack/child-process.ts';
import { environmentWith } from '../../src/config.ts';
import { entry } from '../support/entry.ts';
import { endsWithRun } from '../support/run-folder.ts';
import { until } from '../support/until.ts';

/** One of the processes of a shop: it can be broken, and brought back. */
export interface Part {
  readonly name: string;
  readonly pid: number;
  isRunning(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when the process that runs now is gone. @returns its exit code, null when a signal ended it */
  ended(): Promise<number | null>;
  /** Starts it again once it is gone, and waits until it can be used. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** SIGTERM, and SIGKILL if that is not enough. */
  stop(): Promise<void>;
}

interface EarmarkOptions {
  readonly name: string;
  readonly command: 'api' | 'worker' | 'start';
  readonly logFile: string;
  readonly env: Readonly<Record<string, string>>;
  readonly isReady: (output: string) => Promise<boolean> | boolean;
}

const readyMs = 60_000;

/** A process of `earmark`: an API, a worker, or both of them. */
export function earmarkPart({ name, command, logFile, env, isReady }: EarmarkOptions): Part {
  let running: LoggedProcess | undefined;
  const current = (): LoggedProcess => {
    if (running === undefined) throw new Error(`${name} was never started`);
    return running;
  };
  return {
    name,
    get pid() {
      return current().pid;
    },
    isRunning: () => running !== undefined && !running.hasEnded(),
    signal(signal) {
      const part = current();
      // Nobody told it to go: its last lines say why.
      if (part.hasEnded()) throw new Error(`${name} has ended by itself: ${part.output().slice(-2_000)}`);
      process.kill(part.pid, signal);
    },
    ended: async () => (await current().ended).code,
    async start(faults = {}) {
      await running?.ended;
      const started = await startLogged({
        command: endingWithParent('TERM', [process.execPath, ...entry(), command]),
        logFile,
        env: environmentWith({ ...env, ...faults }),
      });
      running = started;
      endsWithRun(started.pid);
      await until(async () => started.hasEnded() || (await isReady(started.output())), readyMs);
      // One that is to die by a fault may have met it already.
      if (started.hasEnded() && Object.keys(faults).length === 0) {
        throw new Error(`${name} did not start: ${started.output().slice(-500)}`);
      }
    },
    async stop() {
      await running?.stop([
        { signal: 'SIGTERM', waitMs: 20_000 },
        { signal: 'SIGKILL', waitMs: 3_000 },
      ]);
    },
  };
}

interface ServerProcess {
  readonly pid: number;
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** An embedded server of the stack, which is started the way the stack does it. */
export function serverPart(name: string, startServer: () => Promise<ServerProcess>): Part {
  let running: { readonly server: ServerProcess; ended: boolean } | undefined;
  const current = () => {
    if (running === undefined) throw new Error(`${name} was never started`);
    return running;
  };
  return {
    name,
    get pid() {
      return current().server.pid;
    },
    isRunning: () => running?.ended === false,
    signal: (signal) => void process.kill(current().server.pid, signal),
    async ended() {
      const how = await current().server.ended;
      return how.startsWith('exit code ') ? Number(how.slice('exit code '.length)) : null;
    },
    async start() {
      await running?.server.ended;
      const started = { server: await startServer(), ended: false };
      void started.server.ended.then(() => (started.ended = true));
      running = started;
      endsWithRun(started.server.pid);
    },
    stop: async () => running?.server.stop(),
  };
}
