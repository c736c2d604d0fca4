import { access, constants, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../../config.ts';
import { diagnose, ok, problem, warning, type Diagnosis, type Verdict } from './diagnosis.ts';

/** Bytes under which a disk is nearly full: orders and logs grow, and a full disk stops Postgres. */
const littleRoom = 2 ** 30;

/** Looks at the folders that Earmark writes to. */
export function examineFolders({ dataDir, cacheDir }: Config): Promise<Diagnosis[]> {
  return Promise.all([
    diagnose('Data folder', () => judgeFolder(dataDir, 'EARMARK_DATA_DIR')),
    diagnose('Cache folder', () => judgeFolder(cacheDir, 'EARMARK_CACHE_DIR')),
  ]);
}

/** Whether a folder can be written, or made, and has room. Writes nothing. */
export async function judgeFolder(folder: string, variable: string, least = littleRoom): Promise<Verdict> {
  const nearest = await nearestThere(folder);
  const isFolder = (await stat(nearest)).isDirectory();
  const isWritable = await access(nearest, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isFolder || !isWritable) {
    return problem(`${folder} cannot be written. Set ${variable} to a folder you can write, or run as its owner.`);
  }
  const { bavail, bsize } = await statfs(nearest);
  const free = bavail * bsize;
  const room = `${(free / 2 ** 30).toFixed(1)} GiB free`;
  if (free < least) return warning(`${folder} has only ${room}. Make room on its disk, or set ${variable} to another.`);
  return ok(`${folder} ${nearest === folder ? 'can be written' : 'is not there yet and can be made'}, ${room}`);
}

/** The folder, or the first above it that is there. */
async function nearestThere(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  return isThere ? folder : nearestThere(path.dirname(folder));
}
