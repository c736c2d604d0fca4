import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentWith } from '../../src/config.ts';
import { runningStack, type StackAddresses } from '../../src/stack/addresses.ts';
import { identify, isAlive, type ProcessIdentity } from '../../src/stack/process-identity.ts';
import { StackError } from '../../src/stack/stack-error.ts';
import { entry } from './entry.ts';
import { onFreePorts } from './free-port.ts';
import { until } from './until.ts';

/** A running `earmark start`. */
export interface StackProcess {
  readonly pid: number;
  readonly addresses: StackAddresses;
  /** Everything it printed, line by line. */
  lines(): string[];
  /** The worker it runs now; another one after a restart. */
  workerPid(): number;
  /** Sends it a signal and waits for its end. @returns the exit code, null when the signal ended it */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** kill -9 of it, its worker and its servers, all at once. */
  killEverything(): Promise<void>;
  /** What it started and is still running. */
  survivors(): ProcessIdentity[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const readyMs = 60_000;

/**
 * Runs `earmark start` as a child process until it is ready.
 *
 * @param env data folder and ports
 * @param command what else starts a stack
 * @throws {StackError} with its error line when it does not come up
 */
export async function startStackProcess(
  env: Record<string, string>,
  command: readonly string[] = ['start'],
): Promise<StackProcess> {
  const child = spawn(process.execPath, [...entry(), ...command], {
    cwd: root,
    env: environmentWith(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const lines = () => output.split('\n').filter((line) => line !== '');
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const isReady = () => ['Ready in ', '  Logs '].every((start) => lines().some((line) => line.startsWith(start)));
  await until(() => isReady() || hasEnded(), readyMs);

  const dataDir = env['EARMARK_DATA_DIR'] ?? '';
  const addresses = await runningStack(dataDir);
  if (hasEnded() || addresses === undefined) {
    throw new StackError((lines().at(-1) ?? 'It printed nothing.').replace(/^earmark: /, ''));
  }
  const workerPid = () => {
    const starts = [...output.matchAll(/^Worker: running as process (\d+)/gm)];
    return Number(starts.at(-1)?.[1]);
  };
  const parts = [...serverPids(dataDir), workerPid()].map(identify).filter((part) => part !== undefined);

  const end = async (signal: NodeJS.Signals) => {
    const exit = hasEnded() ? Promise.resolve() : once(child, 'exit');
    child.kill(signal);
    await exit;
    return child.exitCode;
  };
  return {
    pid: child.pid ?? -1,
    addresses,
    lines,
    workerPid,
    end,
    async killEverything() {
      const killed = end('SIGKILL');
      for (const part of parts) if (isAlive(part)) process.kill(part.pid, 'SIGKILL');
      await killed;
      await until(() => !parts.some(isAlive));
    },
    survivors: () => parts.filter(isAlive),
  };
}

/**
 * Runs `earmark start` on ports that are free and on a data folder.
 * @param more further variables
 * @returns it, and the environment with which it can be started again on the same ports
 */
export function startStackOnFreePorts(
  dataDir: string,
  more: Readonly<Record<string, string>> = {},
  command: readonly string[] = ['start'],
): Promise<{ readonly stack: StackProcess; readonly env: Record<string, string> }> {
  return onFreePorts(4, async (...ports) => {
    const [api, postgres, temporal, ui] = ports.map(String) as [string, string, string, string];
    const env = {
      EARMARK_DATA_DIR: dataDir,
      EARMARK_HOST: '127.0.0.1',
      PORT: api,
      EARMARK_POSTGRES_PORT: postgres,
      EARMARK_TEMPORAL_PORT: temporal,
      EARMARK_TEMPORAL_UI_PORT: ui,
      DATABASE_URL: '',
      TEMPORAL_ADDRESS: '',
      EARMARK_TEMPORAL_UI_URL: '',
      ...more,
    };
    return { stack: await startStackProcess(env, command), env };
  });
}

function serverPids(dataDir: string): number[] {
  const postgres = readFileSync(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0];
  const temporal = JSON.parse(readFileSync(path.join(dataDir, 'temporal', 'temporal.db.pid'), 'utf8')) as {
    pid: number;
  };
  return [Number(postgres), temporal.pid];
}
