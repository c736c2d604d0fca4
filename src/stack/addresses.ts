import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { identify, isAlive } from './process-identity.ts';
import { StackError } from './stack-error.ts';

/** The servers a process works with. */
export interface Servers {
  readonly databaseUrl: string;
  /** `host:port` */
  readonly temporalAddress: string;
  /** For links to workflows, without a slash at the end. */
  readonly temporalUiUrl?: string;
}

/** The servers of a running stack, and its API. */
export interface StackAddresses extends Servers {
  readonly api: string;
}

const fileName = 'stack.json';

const stackFile = z.object({
  pid: z.number(),
  started: z.string(),
  api: z.string(),
  databaseUrl: z.string(),
  temporalAddress: z.string(),
  temporalUiUrl: z.string().optional(),
});

/** Lets other commands find this process's stack; returns how to take the addresses away again. */
export async function publishAddresses(dataDir: string, addresses: StackAddresses): Promise<() => Promise<void>> {
  const file = path.join(dataDir, fileName);
  const draft = `${file}.${process.pid}`;
  // Its reader may be another user, and the URL of an external database may hold a password.
  await writeFile(draft, `${JSON.stringify({ ...identify(process.pid), ...addresses }, undefined, 2)}\n`, {
    mode: 0o600,
  });
  await rename(draft, file);
  return () => rm(file, { force: true });
}

/** The addresses of the stack that runs in a data folder, or undefined when none does. */
export async function runningStack(dataDir: string): Promise<StackAddresses | undefined> {
  const text = await readFile(path.join(dataDir, fileName), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { pid, started, temporalUiUrl, ...addresses } = stackFile.parse(JSON.parse(text));
  if (!isAlive({ pid, started })) return undefined;
  return { ...addresses, ...(temporalUiUrl === undefined ? {} : { temporalUiUrl }) };
}

/**
 * Gives the servers to work with: those of DATABASE_URL and TEMPORAL_ADDRESS, and for what they leave out those of
 * the stack that runs in EARMARK_DATA_DIR.
 *
 * @throws {StackError} when neither tells
 */
export async function resolveServers(config: Config): Promise<Servers> {
  const stack = await runningStack(config.dataDir);
  const databaseUrl = config.databaseUrl ?? stack?.databaseUrl;
  const temporalAddress = config.temporal.address ?? stack?.temporalAddress;
  if (databaseUrl === undefined || temporalAddress === undefined) {
    throw new StackError('No stack is running here. Run earmark start, or set DATABASE_URL and TEMPORAL_ADDRESS.');
  }
  const stacksOwn = config.temporal.address === undefined ? stack?.temporalUiUrl : undefined;
  const temporalUiUrl = config.temporalUiUrl ?? stacksOwn;
  return { databaseUrl, temporalAddress, ...(temporalUiUrl === undefined ? {} : { temporalUiUrl }) };
}
