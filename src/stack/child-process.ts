import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** How a process ended: its exit code, or the signal that ended it. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process whose output goes to a log file. */
export interface LoggedProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves when the process is gone; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  hasEnded(): boolean;
  /** What this process has written to its log file. */
  output(): string;
  /** Sends the signals one after another until the process is gone, waiting the given milliseconds after each. */
  stop(steps: readonly StopStep[]): Promise<void>;
}

export interface StopStep {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

/** A command with its arguments. */
export type Command = readonly [command: string, ...args: string[]];

export interface LoggedProcessOptions {
  readonly command: Command;
  /** Appended to; its folder is made when missing. */
  readonly logFile: string;
  /** The whole environment of the process; the parent's when left out. */
  readonly env?: NodeJS.ProcessEnv;
  /** Runs it as another user. */
  readonly credentials?: { readonly uid: number; readonly gid: number } | undefined;
  /** Opens an IPC channel as file descriptor 3. */
  readonly ipc?: boolean;
}

/**
 * Starts a process in its own process group (so that a Ctrl-C on the terminal reaches only the parent, which
 * stops its children in order) with its output appended to a log file.
 *
 * @throws when the command cannot be executed
 */
export async function startLogged(options: LoggedProcessOptions): Promise<LoggedProcess> {
  const { command, logFile, env, credentials, ipc = false } = options;
  mkdirSync(path.dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const offset = statSync(logFile).size;
  const [file, ...args] = command;
  const child = spawn(file, args, {
    detached: true,
    // A program under another account may not be allowed to enter our own folder.
    ...(credentials === undefined ? {} : { cwd: '/' }),
    stdio: ['ignore', log, log, ...(ipc ? (['ipc'] as const) : [])],
    ...(env === undefined ? {} : { env }),
    ...credentials,
  });
  closeSync(log);
  endAtExit(child);

  let end: ProcessEnd | undefined;
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('exit', (code, signal) => resolve((end = { code, signal })));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });

  return {
    pid: child.pid ?? -1,
    child,
    ended,
    hasEnded: () => end !== undefined,
    output: () => readFileSync(logFile).subarray(offset).toString(),
    async stop(steps) {
      for (const { signal, waitMs } of steps) {
        if (end !== undefined) return;
        child.kill(signal);
        // Cleared, since a timer that is left behind keeps this process alive after the child has ended.
        let timer: NodeJS.Timeout | undefined;
        await Promise.race([ended, new Promise((resolve) => (timer = setTimeout(resolve, waitMs)))]);
        clearTimeout(timer);
      }
    },
  };
}

const children = new Set<ChildProcess>();

/** A process that exits in a hurry (a second Ctrl-C, a crash) takes along what it did not stop. */
function endAtExit(child: ChildProcess): void {
  if (children.size === 0) process.once('exit', endChildren);
  children.add(child);
  child.once('exit', () => {
    children.delete(child);
    if (children.size === 0) process.off('exit', endChildren);
  });
  child.once('error', () => children.delete(child));
}

function endChildren(): void {
  for (const child of children) child.kill('SIGINT');
}

/**
 * Puts a command under `setpriv --pdeathsig`, so that the kernel sends it the signal when its parent dies, even by
 * kill -9. Only Linux has it; elsewhere the command comes back as it is and the next start finds the leftover.
 */
export function endingWithParent(signal: 'INT' | 'TERM', command: Command): Command {
  return canSetDeathSignal() ? ['setpriv', '--pdeathsig', signal, ...command] : command;
}

let deathSignalWorks: boolean | undefined;

function canSetDeathSignal(): boolean {
  // Probed, not looked up: busybox has a setpriv without the option.
  deathSignalWorks ??=
    process.platform === 'linux' && spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true']).status === 0;
  return deathSignalWorks;
}

/** Resolves after some milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
