// Whether dist/ is what the sources are now: for the build, and for whoever runs what it made.
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const madeFrom = ['src', 'migrations', 'scripts', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/** The workflows in one file. The build writes it last, so it stands for all. */
export const bundle = path.join(root, 'dist', 'workflow-bundle.js');

/** `missing`: there is no build, or it was broken off. `old`: something that it is made from was changed since. */
export function stateOfBuild() {
  if (!existsSync(bundle)) return 'missing';
  return changedAt(bundle) > Math.max(...madeFrom.map(newestIn)) ? 'fresh' : 'old';
}

/** When a file was changed, or a folder or the newest of what is in it. */
function newestIn(name) {
  const file = path.join(root, name);
  const inside = statSync(file).isDirectory() ? readdirSync(file, { recursive: true }) : [];
  return Math.max(changedAt(file), ...inside.map((entry) => changedAt(path.join(file, String(entry)))));
}

function changedAt(file) {
  return statSync(file).mtimeMs;
}
