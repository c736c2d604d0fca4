import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { Knex } from 'knex';
import { connectionOptions } from '../../src/api/connection-options.ts';
import { loadConfig } from '../../src/config.ts';
import { openDatabase } from '../../src/persistence/database.ts';
import { migrateToLatest } from '../../src/persistence/migrate.ts';
import { makeRoles } from '../../src/persistence/roles.ts';
import { embeddedAccounts } from '../../src/stack/embedded-roles.ts';
import { startPostgres } from '../../src/stack/postgres.ts';
import { resolveTemporalCli } from '../../src/stack/temporal-binary.ts';
import { startTemporalServer } from '../../src/stack/temporal-server.ts';
import { freePort } from '../support/free-port.ts';
import { afterRun } from '../support/teardown.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { earmarkPart, serverPart, type Part } from './part.ts';

/** A whole shop, every part of it a process of its own: two workers and two APIs on a durable Postgres and a Temporal with a file. */
export interface System {
  readonly postgres: Part;
  readonly temporal: Part;
  readonly workers: readonly [Part, Part];
  readonly apis: readonly [Part, Part];
  /** Addresses of the APIs, in their order. */
  readonly urls: readonly string[];
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  /** Temporal's database. */
  readonly temporalFile: string;
  /** The database, for looking at it. */
  readonly db: Knex;
  readonly client: Client;
  /** What `earmark` as a child process has to be told to work on this shop. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder of its data and logs. */
  readonly folder: string;
  /** Brings back whatever does not run, without faults. */
  heal(): Promise<void>;
}

let shared: Promise<System> | undefined;

/** The shop of this test run; whoever breaks it heals it. */
export function sharedSystem(): Promise<System> {
  return (shared ??= startSystem());
}

async function startSystem(): Promise<System> {
  const folder = await temporaryFolder();
  afterRun(() => folder.remove());
  const at = (...names: string[]) => path.join(folder.path, ...names);
  const postgresPort = await freePort();
  const [temporalPort, uiPort] = [await freePort(), await freePort()];
  const databaseUrl = `postgres://earmark@127.0.0.1:${postgresPort}/earmark?sslmode=disable`;
  const temporalAddress = `127.0.0.1:${temporalPort}`;
  const temporalFile = at('temporal', 'temporal.db');
  const { cacheDir, temporalCli } = loadConfig();
  const binary = await resolveTemporalCli(temporalCli, {
    cacheDir,
    reporter: { note: (line) => console.error(line), progress: () => undefined },
  });
  const postgres = serverPart('Postgres', () =>
    startPostgres({ dataDir: at('postgres'), port: postgresPort, logFile: at('logs', 'postgres.log') }),
  );
  const temporal = serverPart('Temporal', () =>
    startTemporalServer({
      binary,
      databaseFile: temporalFile,
      port: temporalPort,
      uiPort,
      namespace: 'default',
      logFile: at('logs', 'temporal.log'),
    }),
  );
  const env = {
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporalAddress,
    EARMARK_DATA_DIR: at('none'),
    EARMARK_AUTH: 'open',
    EARMARK_CLEANUP_SECONDS: '3',
    EARMARK_CLEANUP_GRACE_SECONDS: '2',
    EARMARK_RECONCILE_SECONDS: '5',
    EARMARK_FAULTS: '',
    LOG_LEVEL: 'info',
  };
  const worker = (name: string) =>
    earmarkPart({
      name,
      command: 'worker',
      logFile: at('logs', `${name}.log`),
      env,
      isReady: (output) => output.includes('"state":"RUNNING"'),
    });
  const api = async (name: string) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const part = earmarkPart({
      name,
      command: 'api',
      logFile: at('logs', `${name}.log`),
      env: { ...env, EARMARK_HOST: '127.0.0.1', PORT: String(port) },
      isReady: (output) => output.includes('"msg":"listening"'),
    });
    return { part, url };
  };
  const [first, second] = [await api('api-1'), await api('api-2')];
  const workers = [worker('worker-1'), worker('worker-2')] as const;
  const parts = [postgres, temporal, ...workers, first.part, second.part];
  afterRun(async () => {
    // Stopped ones do not hear a signal to end.
    for (const part of parts) if (part.isRunning()) part.signal('SIGCONT');
    for (const part of parts.toReversed()) await part.stop();
  });

  await Promise.all([postgres.start(), temporal.start()]);
  const db = openDatabase({ url: databaseUrl, poolMax: 4, name: 'earmark fault test' });
  afterRun(() => db.destroy());
  await migrateToLatest(db);
  // As the embedded stack does: what a test does as an activity it does as the worker.
  await makeRoles(databaseUrl, embeddedAccounts);
  const connection = Connection.lazy({ address: temporalAddress, ...connectionOptions });
  afterRun(() => connection.close());
  const startIfGone = async (part: Part) => {
    if (!part.isRunning()) await part.start();
  };
  const heal = async () => {
    await Promise.all([postgres, temporal].map(startIfGone));
    await Promise.all(parts.slice(2).map(startIfGone));
  };
  await heal();
  return {
    postgres,
    temporal,
    workers,
    apis: [first.part, second.part],
    urls: [first.url, second.url],
    databaseUrl,
    temporalAddress,
    temporalFile,
    db,
    client: new Client({ connection }),
    env,
    folder: folder.path,
    heal,
  };
}
