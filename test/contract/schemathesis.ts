import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runToEnd } from '../support/run-to-end.ts';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));

/** Milliseconds that making the environment and downloading the packages may take. */
const patienceMs = 5 * 60_000;

/**
 * The schemathesis program in a Python environment of its own, made when it is missing.
 * @param cacheDir where it is kept, under a name that changes with the requirements
 * @throws Error with one line that says what to do
 */
export async function schemathesis(cacheDir: string): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = path.join(cacheDir, `schemathesis-${hash}`);
  const complete = path.join(folder, 'complete');
  if (!existsSync(complete)) {
    mkdirSync(cacheDir, { recursive: true });
    // An environment that was left half made is made anew.
    await python(['python3', '-m', 'venv', '--clear', folder], cacheDir);
    await python([path.join(folder, 'bin', 'pip'), 'install', '--quiet', '--requirement', requirements], cacheDir);
    writeFileSync(complete, '');
  }
  return path.join(folder, 'bin', 'schemathesis');
}

async function python(command: readonly string[], cwd: string): Promise<void> {
  const code = await runToEnd(command, { cwd, patienceMs }).catch(() => undefined);
  if (code === 0) return;
  throw new Error(
    code === undefined
      ? 'python3 is missing. Install Python 3.10 or newer with its venv module.'
      : `\`${command.join(' ')}\` failed. It needs Python 3.10 or newer with venv and pip, and a way to its packages.`,
  );
}
