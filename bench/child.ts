import { fileURLToPath } from 'node:url';
import { endingWithParent, startLogged } from '../src/stack/child-process.ts';
import { StackError } from '../src/stack/stack-error.ts';
import { ownEnvironment } from './environment.ts';

/** A process of a system for comparison. */
export interface Child {
  readonly pid: number;
  /** What it said when it was ready: the address of an API. */
  readonly said: string;
  stop(): Promise<void>;
}

/** From a child to the benchmark: it is ready. */
export function announce(said: string): void {
  process.send?.(said);
}

/** In a child: what it was started with. */
export function settingsOf(): unknown {
  return JSON.parse(process.argv[2] ?? '{}');
}

/**
 * Runs a script of this folder as a process of its own until it announces that it is ready.
 * @throws StackError when it ends instead
 */
export async function startChild(script: string, settings: object, logFile: string): Promise<Child> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = await startLogged({
    command: endingWithParent('TERM', [process.execPath, '--import', 'tsx', file, JSON.stringify(settings)]),
    logFile,
    env: ownEnvironment({}),
    ipc: true,
  });
  const stop = () =>
    child.stop([
      { signal: 'SIGTERM', waitMs: 10_000 },
      { signal: 'SIGKILL', waitMs: 3_000 },
    ]);
  const ready = new Promise<unknown>((resolve) => child.child.once('message', resolve));
  const said = await Promise.race([ready, child.ended.then(() => undefined)]);
  if (typeof said === 'string') return { pid: child.pid, said, stop };
  throw new StackError(`${script} did not start: ${child.output().trim().slice(-500)}`);
}
