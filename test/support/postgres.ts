import path from 'node:path';
import knex, { type Knex } from 'knex';
import { openDatabase } from '../../src/persistence/database.ts';
import { migrateToLatest } from '../../src/persistence/migrate.ts';
import { startPostgres } from '../../src/stack/postgres.ts';
import { onFreePorts } from './free-port.ts';
import { afterRun } from './teardown.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A migrated database of its own for one test or one file. */
export interface FreshDatabase {
  readonly db: Knex;
  readonly url: string;
  /** Closes the pool and deletes the database. */
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
      await admin.raw('drop database if exists ?? with (force)', [name]);
    },
  };
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

  const first = openDatabase({ url: server.url });
  await first.raw('create database ??', [template]).finally(() => first.destroy());
  const db = openDatabase({ url: databaseUrl(server.url, template), poolMax: 2 });
  try {
    await migrateToLatest(db);
  } finally {
    // A database with a connection cannot be copied.
    await db.destroy();
  }
  return server.url;
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
