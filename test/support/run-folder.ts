import { rmSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { commandLine, identify, isAlive, type ProcessIdentity } from '../../src/stack/process-identity.ts';
import { until } from './until.ts';

/** How long servers may take to stop, all of them together. */
const patienceMs = 30_000;

/** The environment variable with the folder of the run, which its processes inherit. */
const runFolder = 'TEST_RUN_FOLDER';

const servers: ProcessIdentity[] = [];

/**
 * Notes a server for {@link removeRunFolder}, and ends it with this process: Mocha's parallel processes exit without
 * their clean-ups.
 */
export function endsWithRun(pid: number): void {
  const identity = identify(pid);
  if (identity === undefined) return;
  const folder = process.env[runFolder];
  if (folder !== undefined) writeFileSync(path.join(notesIn(folder), String(pid)), JSON.stringify(identity));
  if (servers.length === 0) process.once('exit', endServers);
  servers.push(identity);
}

function endServers(): void {
  for (const { pid } of servers.filter(isAlive)) {
    process.kill(pid, 'SIGINT');
    // A stopped one does not hear it.
    process.kill(pid, 'SIGCONT');
  }
}

/** Makes the temporary folder of a test run, which all of its processes share and have for their own temporary files. */
export async function makeRunFolder(): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'earmark-tests-'));
  // Postgres under an account of its own goes through it.
  await chmod(folder, 0o711);
  await mkdir(notesIn(folder));
  process.env[runFolder] = folder;
  // Where Mocha ends without its last hook, as after a dry run.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.env['TMPDIR'] = folder;
}

/**
 * Waits until no server runs any more that some process of this test run started, and takes its folder away.
 * @throws when a server goes on
 */
export async function removeRunFolder(): Promise<void> {
  const folder = process.env[runFolder];
  if (folder === undefined) return;
  const notes = notesIn(folder);
  const texts = await Promise.all((await readdir(notes)).map((name) => readFile(path.join(notes, name), 'utf8')));
  const noted = texts.map((text) => JSON.parse(text) as ProcessIdentity);
  try {
    await until(() => !noted.some(isAlive), patienceMs);
  } catch {
    const left = noted.filter(isAlive);
    const said = left.map(({ pid }) => `${pid} (${commandLine(pid)?.slice(0, 100) ?? 'ended'})`);
    // This process would wait for them.
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    throw new Error(`The tests left servers behind, which were killed: ${said.join(', ')}.`);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

function notesIn(folder: string): string {
  return path.join(folder, 'running');
}
