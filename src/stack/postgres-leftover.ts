import { readFile, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { commandLine, endProcess, identify, workingFolder } from './process-identity.ts';
import { StackError } from './stack-error.ts';

/**
 * Ends the server that a killed run left on a data folder, and removes a lock file whose pid now belongs to
 * something else. A lock file of a process that is gone is left: Postgres itself makes sure that nobody uses the data.
 *
 * @throws {StackError} when the leftover cannot be ended
 */
export async function endLeftoverPostgres(dataDir: string): Promise<void> {
  const lockFile = path.join(dataDir, 'postmaster.pid');
  const lock = await readFile(lockFile, 'utf8').catch(() => undefined);
  if (lock === undefined) return;
  const identity = identify(Number(lock.split('\n')[0]));
  if (identity === undefined) return;

  if (!(await isPostgresOf(identity.pid, dataDir))) {
    await rm(lockFile, { force: true });
    return;
  }
  const gone = await endProcess(identity, [
    { signal: 'SIGINT', waitMs: 5_000 },
    { signal: 'SIGQUIT', waitMs: 3_000 },
    { signal: 'SIGKILL', waitMs: 3_000 },
  ]);
  if (!gone) throw new StackError(`Process ${identity.pid} still uses ${dataDir}. End it, then start again.`);
}

async function isPostgresOf(pid: number, dataDir: string): Promise<boolean> {
  const command = commandLine(pid) ?? '';
  if (!/(^|\/)(postgres|postmaster)\b/.test(command)) return false;
  // A server works inside its data folder; where that cannot be seen, its command line names the folder.
  const folder = workingFolder(pid);
  const realDataDir = await realpath(dataDir);
  return folder === undefined ? command.includes(dataDir) || command.includes(realDataDir) : folder === realDataDir;
}
