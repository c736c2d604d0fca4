import { randomInt, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pause } from './child-process.ts';
import { messageOf } from './downloads.ts';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import { StackError } from './stack-error.ts';

/** The right to be the only stack of a data folder. */
export interface StackLock {
  release(): Promise<void>;
}

const folderName = 'lock';
const contendMs = 10_000;
const longestPauseMs = 50;

/**
 * Makes this process the only stack of a data folder. What a killed stack left behind does not count.
 *
 * A single lock file could not be taken over from a dead owner by only one of two. So each process announces itself
 * in a file of its own and looks for others afterwards: of two at once, at least one sees the other. While the other
 * has not got the lock either, it withdraws, waits a random moment and tries again.
 *
 * @throws {StackError} when another stack has the folder
 */
export async function lockDataDir(dataDir: string): Promise<StackLock> {
  const giveUpAt = Date.now() + contendMs;
  for (;;) {
    // Another name for each try: a late removal of the last one must not remove the next.
    const own = path.join(dataDir, folderName, `${randomUUID()}.json`);
    const release = async () => {
      await rm(own, { force: true });
      await rm(heldMark(own), { force: true });
    };
    await announce(own, dataDir);
    const other = await findOther(own);
    if (other === undefined) {
      await writeFile(heldMark(own), '');
      return { release };
    }
    await release();
    if (other.holds || Date.now() > giveUpAt) {
      throw new StackError(
        `A stack is already running in ${dataDir} (process ${other.pid}). ` +
          'Stop it, or set EARMARK_DATA_DIR to another folder.',
      );
    }
    await pause(randomInt(longestPauseMs));
  }
}

/** The file that says that the owner of an announcement got the lock. */
function heldMark(announcement: string): string {
  return announcement.replace(/\.json$/, '.held');
}

async function announce(own: string, dataDir: string): Promise<void> {
  const draft = `${own}.draft`;
  try {
    await mkdir(path.dirname(own), { recursive: true });
    await writeFile(draft, JSON.stringify(identify(process.pid)));
    await rename(draft, own);
  } catch (error) {
    throw new StackError(
      `The data folder ${dataDir} cannot be written (${messageOf(error)}). ` +
        'Set EARMARK_DATA_DIR to a folder you can write, or start as its owner.',
      { cause: error },
    );
  }
}

/** A live process that wants the lock or, before any such, the one that holds it. */
async function findOther(own: string): Promise<(ProcessIdentity & { holds: boolean }) | undefined> {
  const folder = path.dirname(own);
  const names = await readdir(folder);
  let contender: (ProcessIdentity & { holds: boolean }) | undefined;
  for (const name of names) {
    const file = path.join(folder, name);
    if (file === own || !name.endsWith('.json')) continue;
    const owner = await readOwner(file);
    if (owner === undefined || !isAlive(owner)) {
      await rm(file, { force: true });
      await rm(heldMark(file), { force: true });
    } else if (await exists(heldMark(file))) {
      return { ...owner, holds: true };
    } else {
      contender = { ...owner, holds: false };
    }
  }
  return contender;
}

async function readOwner(file: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}
