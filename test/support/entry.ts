import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The arguments of Node for what `npm start` runs, when the build is newer than the sources; for the sources otherwise. */
export function entry(): string[] {
  const built = path.join(root, 'dist', 'workflow-bundle.js');
  const isFresh = existsSync(built) && isNewerThanSources(statSync(built).mtimeMs);
  return isFresh ? [path.join(root, 'bin', 'earmark.js')] : ['--import', 'tsx', path.join(root, 'src', 'cli.ts')];
}

/** Whether something was made (a time in milliseconds) after the last change of the sources. */
export function isNewerThanSources(time: number): boolean {
  return time > newestChange('src', 'migrations');
}

function newestChange(...folders: string[]): number {
  const times = folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true }).map(
      (name) => statSync(path.join(root, folder, String(name))).mtimeMs,
    ),
  );
  return Math.max(...times);
}
