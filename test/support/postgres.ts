import path from 'node:path';
import knex, { type Knex } from 'knex';
import { openDatabase } from '../../src/persistence/database.ts';
import { migrateToLatest } from '../../src/persistence/migrate.ts';
import type { DatabaseRole } from '../../src/persistence/privileges.ts';
import { makeRoles } from '../../src/persistence/roles.ts';
import { embeddedAccounts, embeddedUrls } from '../../src/stack/embedded-roles.ts';
import { startPostgres } from '../../src/stack/postgres.ts';
import { onFreePorts } from './free-port.ts';
import { endsWithRun } from './run-folder.ts';
import { afterRun } from './teardown.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A migrated database of its own for one test or one file. */
export interface FreshDatabase {
  /** As the owner, for looking and damaging; what is under test works {@link asRole}. */
  readonly db: Knex;
  readonly url: string;
  /** Closes the pools and deletes the database. */
  drop(): Promise<void>;
}

interface TestPostgres {
  readonly url: string;
  readonly admin: Knex;
}

/** The environment variable with the URL of a server that several test processes share; it has the template already. */
export const sharedPostgres = 'TEST_SHARED_POSTGRES_URL';

const template = 'migrated_template';
let started: Promise<TestPostgres> | undefined;
let databases = 0;

/** Pools by their URL, most connections and role. */
const rolePools = new Map<string, { readonly url: string; readonly pool: Knex }>();

/** The Postgres of this test run: started by the first test that asks, stopped after the last test. */
function testPostgres(): Promise<TestPostgres> {
  return (started ??= start());
}

/** Creates a database with the newest schema, a copy of a template which is migrated once per run. */
export async function freshDatabase(options: { poolMax?: number } = {}): Promise<FreshDatabase> {
  const { url: serverUrl, admin } = await testPostgres();
  const name = `test_${process.pid}_${++databases}`;
  await admin.raw('create database ?? template ??', [name, template]);
  const url = databaseUrl(serverUrl, name);
  const db = openDatabase({ url, ...options });
  return {
    db,
    url,
    async drop() {
      await db.destroy();
      for (const [key, { url: of, pool }] of rolePools) {
        if (of !== url) continue;
        rolePools.delete(key);
        await pool.destroy();
      }
      await admin.raw('drop database if exists ?? with (force)', [name]);
    },
  };
}

/**
 * The same database as the role of a process: a pool of its own, which closes with the database.
 * @param db a pool of the owner; a transaction stays what it is
 */
export function asRole(db: Knex, role: DatabaseRole): Knex {
  const { connection, pool } = db.client.config as { connection: { connectionString: string }; pool: { max: number } };
  if (db.isTransaction) return db;
  const { connectionString: url } = connection;
  const key = JSON.stringify([url, pool.max, role]);
  const found = rolePools.get(key)?.pool;
  if (found !== undefined) return found;
  const opened = openDatabase({ url: urlAsRole(url, role), poolMax: pool.max });
  rolePools.set(key, { url, pool: opened });
  return opened;
}

/** The URL of a database as the role of a process. */
export function urlAsRole(url: string, role: DatabaseRole): string {
  const { apiDatabaseUrl, workerDatabaseUrl } = embeddedUrls(url);
  return { api: apiDatabaseUrl, worker: workerDatabaseUrl }[role];
}

async function start(): Promise<TestPostgres> {
  const url = process.env[sharedPostgres] ?? (await startWithTemplate());
  // Not opened by the code under test: in a mutation run it outlives the mutant that was active when it was first needed.
  const admin = knex({ client: 'pg', connection: url, pool: { min: 0, max: 2 } });
  afterRun(() => admin.destroy());
  return { url, admin };
}

/**
 * Starts a Postgres with the template in it, which is stopped after the run.
 * @returns its URL
 */
export async function startWithTemplate(): Promise<string> {
  const folder = await temporaryFolder();
  afterRun(() => folder.remove());
  const server = await onFreePorts(1, (port = 0) =>
    startPostgres({
      dataDir: path.join(folder.path, 'postgres'),
      logFile: path.join(folder.path, 'postgres.log'),
      port,
      durable: false,
      settings: { max_connections: '300' },
    }),
  );
  afterRun(() => server.stop());
  endsWithRun(server.pid);

  const first = openDatabase({ url: server.url });
  await first.raw('create database ??', [template]).finally(() => first.destroy());
  const db = openDatabase({ url: databaseUrl(server.url, template), poolMax: 2 });
  try {
    await migrateToLatest(db);
  } finally {
    // A database with a connection cannot be copied.
    await db.destroy();
  }
  // Roles belong to the whole server, and copies have the grants of their template.
  await makeRoles(databaseUrl(server.url, template), embeddedAccounts);
  return server.url;
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
