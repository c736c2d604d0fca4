import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Config } from '../config.ts';
import type { DatabaseRole } from '../persistence/privileges.ts';
import { identify, isAlive } from './process-identity.ts';
import { StackError } from './stack-error.ts';

/** The servers a process works with. */
export interface Servers {
  /** As the role of the process. */
  readonly databaseUrl: string;
  /** `host:port` */
  readonly temporalAddress: string;
  /** For links to workflows, without a slash at the end. */
  readonly temporalUiUrl?: string;
  /** Who may use the API of the stack that they are of. */
  readonly access?: Config['access'];
}

/** The servers of a stack; its `databaseUrl` is that of the owner, which migrates. */
export interface StackServers extends Servers {
  /** The same database as the role of the API; the owner's when absent, as in files of versions before the roles. */
  readonly apiDatabaseUrl?: string;
  /** The same database as the role of the workers. */
  readonly workerDatabaseUrl?: string;
}

/** The servers of a running stack, and its API. */
export interface StackAddresses extends StackServers {
  readonly api: string;
}

const fileName = 'stack.json';

const stackFile = z.object({
  pid: z.number(),
  started: z.string(),
  api: z.string(),
  databaseUrl: z.string(),
  apiDatabaseUrl: z.string().optional(),
  workerDatabaseUrl: z.string().optional(),
  temporalAddress: z.string(),
  temporalUiUrl: z.string().optional(),
  access: z.enum(['open', 'credentials']).optional(),
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
  const { pid, started, temporalUiUrl, apiDatabaseUrl, workerDatabaseUrl, access, ...addresses } = stackFile.parse(
    JSON.parse(text),
  );
  if (!isAlive({ pid, started })) return undefined;
  return {
    ...addresses,
    ...(temporalUiUrl === undefined ? {} : { temporalUiUrl }),
    ...(access === undefined ? {} : { access }),
    ...(apiDatabaseUrl === undefined ? {} : { apiDatabaseUrl }),
    ...(workerDatabaseUrl === undefined ? {} : { workerDatabaseUrl }),
  };
}

/** The servers of a stack for a process with a role. */
export function serversOf(servers: StackServers, role: DatabaseRole): Servers {
  const { databaseUrl, temporalAddress, temporalUiUrl } = servers;
  return {
    databaseUrl: servers[urlNames[role]] ?? databaseUrl,
    temporalAddress,
    ...(temporalUiUrl === undefined ? {} : { temporalUiUrl }),
  };
}

const urlNames = { api: 'apiDatabaseUrl', worker: 'workerDatabaseUrl' } as const;

type UrlName = (typeof urlNames)[DatabaseRole];

const noStack = 'No stack is running here. Run earmark start, or set DATABASE_URL and TEMPORAL_ADDRESS.';

/**
 * Gives the servers to work with as a role: those of its database URL, or else DATABASE_URL, and of TEMPORAL_ADDRESS; and for what they
 * leave out those of the stack that runs in EARMARK_DATA_DIR.
 *
 * @throws {StackError} when neither tells
 */
export async function resolveServers(config: Config, role: DatabaseRole): Promise<Servers> {
  const stack = await runningStack(config.dataDir);
  const databaseUrl = givenUrl(config, role) ?? (stack && serversOf(stack, role).databaseUrl);
  const temporalAddress = config.temporal.address ?? stack?.temporalAddress;
  if (databaseUrl === undefined || temporalAddress === undefined) throw new StackError(noStack);
  const stacksOwn = config.temporal.address === undefined ? stack?.temporalUiUrl : undefined;
  const temporalUiUrl = config.temporalUiUrl ?? stacksOwn;
  return {
    databaseUrl,
    temporalAddress,
    ...(temporalUiUrl === undefined ? {} : { temporalUiUrl }),
    ...(stack?.access === undefined ? {} : { access: stack.access }),
  };
}

/**
 * Gives the database to work with as a role, as {@link resolveServers} does, for what needs nothing else.
 *
 * @throws {StackError} when nothing tells
 */
export async function resolveDatabase(config: Config, role: DatabaseRole): Promise<string> {
  const given = givenUrl(config, role);
  if (given !== undefined) return given;
  const stack = await runningStack(config.dataDir);
  if (stack === undefined) throw new StackError(noStack);
  return serversOf(stack, role).databaseUrl;
}

function givenUrl(config: Config, role: DatabaseRole): string | undefined {
  return config[urlNames[role]] ?? config.databaseUrl;
}

/**
 * Gives the URLs of one database as its owner and as the roles of the processes, those that are told.
 *
 * @throws {StackError} when nothing tells the owner's
 */
export async function resolveOwner(config: Config): Promise<Pick<StackServers, 'databaseUrl' | UrlName>> {
  // Not mixed: the URLs of a stack are no roles of another database.
  const { databaseUrl, apiDatabaseUrl, workerDatabaseUrl } =
    config.databaseUrl === undefined ? ((await runningStack(config.dataDir)) ?? {}) : config;
  if (databaseUrl === undefined) throw new StackError(noStack);
  return {
    databaseUrl,
    ...(apiDatabaseUrl === undefined ? {} : { apiDatabaseUrl }),
    ...(workerDatabaseUrl === undefined ? {} : { workerDatabaseUrl }),
  };
}
