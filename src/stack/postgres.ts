import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { endingWithParent, pause, startLogged, type Command, type LoggedProcess } from './child-process.ts';
import { assertPortFree } from './ports.ts';
import { postgresAccount, takeOwnership, type PostgresAccount } from './postgres-account.ts';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { endLeftoverPostgres } from './postgres-leftover.ts';
import { StackError } from './stack-error.ts';
import type { RunningServer } from './supervise.ts';

export interface PostgresOptions {
  /** Made when missing; holds nothing but Postgres's files. */
  readonly dataDir: string;
  /** On the loopback interface. */
  readonly port: number;
  /** What Postgres prints is appended to this file. */
  readonly logFile: string;
  /** Further server settings by name. */
  readonly settings?: Readonly<Record<string, string>>;
  /** False gives up durability for speed, for data nobody needs after this run. */
  readonly durable?: boolean;
}

export type RunningPostgres = RunningServer & { readonly url: string };

const use = 'the embedded Postgres';
const user = 'earmark';
const database = 'earmark';
const readyTimeoutMs = 60_000;
/** Processes of a killed server keep its shared memory for a moment. */
const leftoverTimeoutMs = 5_000;

// A fixed environment: PG* and locale variables of the shell must not reach the server.
const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

const fastSettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
};

/**
 * Starts Postgres on a data folder, which it makes at the first start, and creates the database `earmark`.
 * Ends a server that a killed run left on the same folder.
 *
 * @throws {StackError} in one line that says what to do
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { dataDir, port } = options;
  const binaries = await postgresBinaries();
  await mkdir(path.dirname(dataDir), { recursive: true });
  const account = await postgresAccount(binaries.postgres, path.dirname(dataDir));
  await endLeftoverPostgres(dataDir);
  await assertPortFree(port, use, 'EARMARK_POSTGRES_PORT');
  await prepareDataDir(options, binaries, account);

  const server = await startServer(options, binaries, account);
  try {
    await createDatabase(port);
  } catch (error) {
    await stopPostgres(server);
    throw error;
  }
  return {
    url: urlOf(port, database),
    pid: server.pid,
    ended: server.ended.then(({ code, signal }) => (signal === null ? `exit code ${code}` : signal)),
    stop: () => stopPostgres(server),
  };
}

async function prepareDataDir(
  options: PostgresOptions,
  binaries: PostgresBinaries,
  account: PostgresAccount,
): Promise<void> {
  const { dataDir } = options;
  if (await exists(dataDir)) await takeOwnership(dataDir, account);
  const madeBy = await readFile(path.join(dataDir, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (madeBy === undefined) return initialise(options, binaries, account);
  if (madeBy.trim() !== '18') {
    throw new StackError(
      `${dataDir} was made by Postgres ${madeBy.trim()}, this is 18. Set EARMARK_DATA_DIR to another folder.`,
    );
  }
}

/** Makes the data folder under another name first: a first start that is killed half-way leaves no half folder behind. */
async function initialise(
  options: PostgresOptions,
  binaries: PostgresBinaries,
  account: PostgresAccount,
): Promise<void> {
  const { dataDir, logFile, durable = true } = options;
  const unfinished = `${dataDir}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await takeOwnership(unfinished, account);

  const initdb = await startLogged({
    command: account.wrap(
      endingWithParent('TERM', [
        ...[binaries.initdb, '--pgdata', unfinished, '--username', user, '--auth', 'trust', '--encoding', 'UTF8'],
        ...['--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
        ...(durable ? [] : ['--no-sync']),
      ] as unknown as Command),
    ),
    logFile,
    env,
    credentials: account.credentials,
  });
  const { code } = await initdb.ended;
  if (code !== 0) throw new StackError(`Postgres could not make ${dataDir}: ${reason(initdb)}. See ${logFile}.`);
  // Only what no finished initdb made can be here; it is kept, in case somebody put it there.
  if (await exists(dataDir)) await rename(dataDir, `${dataDir}.incomplete-${Date.now()}`);
  await rename(unfinished, dataDir);
}

async function startServer(
  options: PostgresOptions,
  binaries: PostgresBinaries,
  account: PostgresAccount,
): Promise<LoggedProcess> {
  const { dataDir, port, logFile } = options;
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(options.durable === false ? fastSettings : {}),
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = account.wrap(
    endingWithParent('INT', [binaries.postgres, '-D', dataDir, '-p', String(port), ...flags]),
  );

  const giveUpAt = Date.now() + leftoverTimeoutMs;
  for (;;) {
    const server = await startLogged({ command, logFile, env, credentials: account.credentials });
    if (await untilReady(server, port)) return server;
    const leftover = /pre-existing shared memory block|lock file ".*" already exists/.test(server.output());
    if (!leftover || Date.now() > giveUpAt) {
      throw new StackError(`Postgres did not start: ${reason(server)}. See ${logFile}.`);
    }
    await pause(200);
  }
}

/** False when the server ended instead of becoming ready. */
async function untilReady(server: LoggedProcess, port: number): Promise<boolean> {
  const giveUpAt = Date.now() + readyTimeoutMs;
  while (!server.hasEnded()) {
    if (
      await query(port, 'postgres', 'select 1').then(
        () => true,
        () => false,
      )
    )
      return !server.hasEnded();
    if (Date.now() > giveUpAt) {
      await stopPostgres(server);
      return false;
    }
    await Promise.race([server.ended, pause(25)]);
  }
  return false;
}

async function createDatabase(port: number): Promise<void> {
  const found = await query(port, 'postgres', `select from pg_database where datname = '${database}'`);
  if (found.rowCount === 0) await query(port, 'postgres', `create database ${database}`);
}

async function query(port: number, databaseName: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: urlOf(port, databaseName), connectionTimeoutMillis: 2_000 });
  // A server that goes away while the client is idle must not become an uncaught error.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.query(sql);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Fast shutdown, then immediate shutdown, then no questions asked. */
async function stopPostgres(server: LoggedProcess): Promise<void> {
  await server.stop([
    { signal: 'SIGINT', waitMs: 10_000 },
    { signal: 'SIGQUIT', waitMs: 3_000 },
    { signal: 'SIGKILL', waitMs: 3_000 },
  ]);
}

function urlOf(port: number, databaseName: string): string {
  // sslmode keeps a PGSSLMODE of the shell out of it.
  return `postgres://${user}@127.0.0.1:${port}/${databaseName}?sslmode=disable`;
}

/** The line of a program's output that says why it ended. */
function reason(program: LoggedProcess): string {
  const lines = program.output().trim().split('\n');
  const telling = lines.find((line) => /FATAL|error:/.test(line)) ?? lines.at(-1) ?? '';
  return telling.replace(/^.*?(FATAL|error):\s*/, '').trim() || 'it gave no reason';
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}
