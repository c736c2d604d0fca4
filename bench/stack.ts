import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stateOfBuild } from '../scripts/build-state.js';
import { runningStack, type StackAddresses } from '../src/stack/addresses.ts';
import { endingWithParent, startLogged } from '../src/stack/child-process.ts';
import { StackError } from '../src/stack/stack-error.ts';
import { onFreePorts } from '../test/support/free-port.ts';
import { ownEnvironment } from './environment.ts';
import type { Parts } from './usage.ts';

/** A running `earmark start`. */
export interface Stack {
  readonly addresses: StackAddresses;
  readonly dataDir: string;
  readonly parts: Parts;
  /** From the start of the process until it said where its API is, in milliseconds. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

/** What the stack is told beside its ports and its folder: a line in the log for every request would measure the log. */
export const stackSettings: Readonly<Record<string, string>> = { LOG_LEVEL: 'warn' };

const root = fileURLToPath(new URL('..', import.meta.url));
const readyMs = 90_000;

/** The built `earmark`, to which the name of a command is added. */
export const command: readonly [string, string] = [process.execPath, path.join(root, 'bin', 'earmark.js')];

/** @throws Error when there is no build, or one that is older than the sources */
export function assertFreshBuild(): void {
  const state = stateOfBuild();
  if (state === 'missing') throw new Error('There is no build in dist/. Run npm run build, then npm run bench again.');
  if (state === 'old') {
    throw new Error('The build in dist/ is older than the sources. Run npm run build, then npm run bench again.');
  }
}

/**
 * Runs the built `earmark start` on free ports until it is ready. It is in a process group of its own, so that Ctrl-C reaches only
 * this process, which stops it in order.
 *
 * @param dataDir a folder for it alone; what is in there already is gone on with
 * @throws {StackError} with its last line when it does not come up
 */
export async function startStack(dataDir: string, signal?: AbortSignal): Promise<Stack> {
  await mkdir(dataDir, { recursive: true });
  return onFreePorts(4, async (...ports) => {
    const [api, postgres, temporal, ui] = ports.map(String) as [string, string, string, string];
    const since = performance.now();
    const child = await startLogged({
      command: endingWithParent('TERM', [...command, 'start']),
      logFile: path.join(dataDir, 'logs', 'start.log'),
      env: ownEnvironment({
        ...stackSettings,
        EARMARK_HOST: '127.0.0.1',
        EARMARK_DATA_DIR: dataDir,
        PORT: api,
        EARMARK_POSTGRES_PORT: postgres,
        EARMARK_TEMPORAL_PORT: temporal,
        EARMARK_TEMPORAL_UI_PORT: ui,
      }),
    });
    // It stops worker, Temporal and Postgres one after another, each in its own time.
    const stop = () =>
      child.stop([
        { signal: 'SIGTERM', waitMs: 60_000 },
        { signal: 'SIGKILL', waitMs: 3_000 },
      ]);
    try {
      for (const giveUpAt = Date.now() + readyMs; !child.hasEnded() && Date.now() < giveUpAt; await delay(5)) {
        signal?.throwIfAborted();
        const addresses = await runningStack(dataDir).catch(() => undefined);
        if (addresses === undefined) continue;
        const took = performance.now() - since;
        return { addresses, dataDir, readyMs: took, parts: partsOf(dataDir, child.output()), stop };
      }
      throw new StackError((child.output().trim().split('\n').at(-1) ?? '').replace(/^earmark: /, ''));
    } catch (error) {
      await stop();
      throw error;
    }
  });
}

function partsOf(dataDir: string, output: string): Parts {
  const fileOf = (...names: string[]) => readFileSync(path.join(dataDir, ...names), 'utf8');
  const pidIn = (text: string) => (JSON.parse(text) as { readonly pid: number }).pid;
  const worker = Number(/^Worker: running as process (\d+)/m.exec(output)?.[1]);
  return {
    temporal: [pidIn(fileOf('temporal', 'temporal.db.pid'))],
    app: [pidIn(fileOf('stack.json')), worker],
    postgres: Number(fileOf('postgres', 'postmaster.pid').split('\n')[0]),
  };
}
