import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stateOfBuild } from '../../scripts/build-state.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The arguments of Node for what `npm start` runs, when the build is newer than the sources; for the sources otherwise. */
export function entry(): string[] {
  return stateOfBuild() === 'fresh'
    ? [path.join(root, 'bin', 'earmark.js')]
    : ['--import', 'tsx', path.join(root, 'src', 'cli.ts')];
}
