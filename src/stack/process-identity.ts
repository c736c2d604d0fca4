import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { pause, type StopStep } from './child-process.ts';

/**
 * A process across the reuse of its pid: two processes never share both pid and start mark.
 * The mark has no meaning beyond being equal to itself.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

/** The identity of a running process, or undefined when no process has that pid (a zombie counts as gone). */
export function identify(pid: number): ProcessIdentity | undefined {
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const started = process.platform === 'linux' ? startedOnLinux(pid) : ps(pid, 'lstart=');
  return started === undefined ? undefined : { pid, started };
}

/** Whether that very process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started;
}

/** The command line of a process, its arguments separated by single spaces, or undefined when it is gone. */
export function commandLine(pid: number): string | undefined {
  if (process.platform !== 'linux') return ps(pid, 'command=');
  return readOrUndefined(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0+$/, '').replaceAll('\0', ' '));
}

/** The folder a process works in, where the system tells it. */
export function workingFolder(pid: number): string | undefined {
  return process.platform === 'linux' ? readOrUndefined(() => readlinkSync(`/proc/${pid}/cwd`)) : undefined;
}

/**
 * Ends a process which is not our child, sending one signal after another until it is gone.
 *
 * @returns whether it is gone
 */
export async function endProcess(identity: ProcessIdentity, steps: readonly StopStep[]): Promise<boolean> {
  for (const { signal, waitMs } of steps) {
    if (!isAlive(identity)) return true;
    try {
      process.kill(identity.pid, signal);
    } catch {
      // Gone in between, or another user's: the last look below tells which.
    }
    const giveUpAt = Date.now() + waitMs;
    while (isAlive(identity) && Date.now() < giveUpAt) await pause(20);
  }
  return !isAlive(identity);
}

function startedOnLinux(pid: number): string | undefined {
  const stat = readOrUndefined(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === undefined) return undefined;
  // The second field is the name in parentheses and may hold anything; the third is the state, the 22nd the start.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  // Ticks since boot: the boot's id keeps a process of an earlier boot from looking the same.
  const boot = readOrUndefined(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) ?? '';
  return `${boot}/${fields[19]}`;
}

function ps(pid: number, column: string): string | undefined {
  const text = readOrUndefined(() =>
    execFileSync('ps', ['-ww', '-o', column, '-p', String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
  );
  return text?.trim() || undefined;
}

function readOrUndefined(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
