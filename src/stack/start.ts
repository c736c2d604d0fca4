import path from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { createLogger } from '../log.ts';
import { openDatabase } from '../persistence/database.ts';
import { migrateToLatest } from '../persistence/migrate.ts';
import { makeRoles } from '../persistence/roles.ts';
import { runServer } from '../server.ts';
import { publishAddresses, serversOf, type StackAddresses, type StackServers } from './addresses.ts';
import { assertPortFree } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { embeddedAccounts, embeddedUrls } from './embedded-roles.ts';
import { assertSameDatabase } from './same-database.ts';
import { StackError } from './stack-error.ts';
import { lockDataDir } from './stack-lock.ts';
import type { StepPrinter } from './step-printer.ts';
import { supervise, type RunningServer, type SuperviseOptions } from './supervise.ts';
import { resolveTemporalCli } from './temporal-binary.ts';
import { startTemporalServer } from './temporal-server.ts';
import { startWorkerProcess } from './worker-process.ts';

export interface StackOptions {
  readonly config: Config;
  readonly printer: StepPrinter;
  /** Gives the start up between two steps and in a download. */
  readonly signal: AbortSignal;
}

/** Everything on one machine: the servers, the worker and the API. */
export interface RunningStack {
  readonly addresses: StackAddresses;
  /** Resolves with the reason when a part of it keeps dying; never rejects. */
  readonly failed: Promise<string>;
  /** Closes the API, lets the worker finish, stops the servers. */
  stop(): Promise<void>;
}

/**
 * Brings up the whole stack in the data folder: Postgres and Temporal (unless the configuration names other ones),
 * the schema, a worker as a child process, and the API in this process.
 *
 * @throws {StackError} in one line that says what to do; whatever had been started is stopped by then
 */
export async function startStack(options: StackOptions): Promise<RunningStack> {
  const start = new Start(options);
  try {
    return await start.run();
  } catch (error) {
    await start.undo();
    throw error;
  }
}

class Start {
  readonly #config: Config;
  readonly #printer: StepPrinter;
  readonly #signal: AbortSignal;
  readonly #startedAt = Date.now();
  /** In the order the parts came up; undone from the last to the first. */
  readonly #undoSteps: (() => Promise<void>)[] = [];
  /** Of each supervised part. */
  readonly #running: (() => Promise<void>)[] = [];
  #fail: (reason: string) => void = () => undefined;
  readonly #failed = new Promise<string>((resolve) => (this.#fail = resolve));

  constructor({ config, printer, signal }: StackOptions) {
    this.#config = config;
    this.#printer = printer;
    this.#signal = signal;
  }

  async run(): Promise<RunningStack> {
    const { dataDir, port, databaseUrl, apiDatabaseUrl, workerDatabaseUrl } = this.#config;
    if (databaseUrl === undefined && (apiDatabaseUrl ?? workerDatabaseUrl) !== undefined) {
      throw new StackError(
        'EARMARK_API_DATABASE_URL or EARMARK_WORKER_DATABASE_URL is set, but DATABASE_URL is not. Set it too, or none of them.',
      );
    }
    if (databaseUrl !== undefined) {
      assertSameDatabase({
        databaseUrl,
        ...(apiDatabaseUrl === undefined ? {} : { apiDatabaseUrl }),
        ...(workerDatabaseUrl === undefined ? {} : { workerDatabaseUrl }),
      });
    }
    const lock = await lockDataDir(dataDir);
    this.#undoSteps.push(() => lock.release());
    // Found out first and not after everything else has come up.
    if (port !== 0) await assertPortFree(port, 'the API', 'PORT');

    const servers = await this.#startServers();
    await this.#migrate(servers);
    await this.#startWorker(servers);
    const api = await this.#startApi(servers);

    const addresses = { ...servers, api, access: this.#config.access };
    const unpublish = await publishAddresses(dataDir, addresses);
    this.#undoSteps.push(unpublish);
    this.#printAddresses(addresses);
    return { addresses, failed: this.#failed, stop: () => this.undo() };
  }

  async undo(): Promise<void> {
    for (const step of this.#undoSteps.splice(0).toReversed()) await step();
  }

  async #startServers(): Promise<StackServers> {
    // Both to their end, so that a failure of the one leaves nothing of the other behind.
    const [postgres, temporal] = await Promise.allSettled([this.#startPostgres(), this.#startTemporal()]);
    this.#signal.throwIfAborted();
    if (postgres.status === 'rejected') throw postgres.reason;
    if (temporal.status === 'rejected') throw temporal.reason;
    const temporalUiUrl = this.#config.temporalUiUrl ?? temporal.value.uiUrl;
    return {
      ...postgres.value,
      temporalAddress: temporal.value.address,
      ...(temporalUiUrl === undefined ? {} : { temporalUiUrl }),
    };
  }

  async #startPostgres(): Promise<Pick<StackServers, 'databaseUrl' | 'apiDatabaseUrl' | 'workerDatabaseUrl'>> {
    const { databaseUrl, apiDatabaseUrl, workerDatabaseUrl, postgresPort, dataDir } = this.#config;
    if (databaseUrl !== undefined) {
      this.#say(`Postgres: the one of DATABASE_URL, ${new URL(databaseUrl).host}`);
      return {
        databaseUrl,
        ...(apiDatabaseUrl === undefined ? {} : { apiDatabaseUrl }),
        ...(workerDatabaseUrl === undefined ? {} : { workerDatabaseUrl }),
      };
    }
    const since = Date.now();
    const server = await this.#supervised('Postgres', () =>
      startPostgres({ dataDir: path.join(dataDir, 'postgres'), port: postgresPort, logFile: this.#log('postgres') }),
    );
    this.#say(`Postgres: running on port ${postgresPort} (${seconds(since)})`);
    return { databaseUrl: server.url, ...embeddedUrls(server.url) };
  }

  async #startTemporal(): Promise<{ address: string; uiUrl: string | undefined }> {
    const { temporal, temporalPort, temporalUiPort, temporalCli, dataDir, cacheDir } = this.#config;
    if (temporal.address !== undefined) {
      this.#say(`Temporal: the one of TEMPORAL_ADDRESS, ${temporal.address}`);
      return { address: temporal.address, uiUrl: undefined };
    }
    const since = Date.now();
    const downloads = { cacheDir, reporter: this.#printer, signal: this.#signal };
    const binary = await resolveTemporalCli(temporalCli, downloads);
    const server = await this.#supervised('Temporal', () =>
      startTemporalServer({
        binary,
        databaseFile: path.join(dataDir, 'temporal', 'temporal.db'),
        port: temporalPort,
        uiPort: temporalUiPort,
        namespace: temporal.namespace,
        logFile: this.#log('temporal'),
      }),
    );
    this.#say(`Temporal: running on port ${temporalPort} (${seconds(since)})`);
    return { address: server.address, uiUrl: server.uiUrl };
  }

  async #migrate({ databaseUrl }: StackServers): Promise<void> {
    const db = openDatabase({ url: databaseUrl, poolMax: 1 });
    try {
      const applied = await migrateToLatest(db);
      this.#say(`Schema: ${applied.length === 0 ? 'up to date' : `migrated (${applied.join(', ')})`}`);
    } finally {
      await db.destroy();
    }
    // At each start: a data folder of a version before has none, and a migration may have brought tables. Those of an external
    // database are made by earmark migrate --roles alone.
    if (this.#config.databaseUrl === undefined) await makeRoles(databaseUrl, embeddedAccounts);
    this.#signal.throwIfAborted();
  }

  async #startWorker(servers: StackServers): Promise<void> {
    const since = Date.now();
    const parts = [...this.#running];
    const worker = await this.#supervised('Worker', async () => {
      // Where everything died at once, a worker that came back before its servers would only die again.
      await Promise.all(parts.map((running) => running()));
      return startWorkerProcess(serversOf(servers, 'worker'), this.#log('worker'));
    });
    this.#say(`Worker: running as process ${worker.pid} (${seconds(since)})`);
    this.#signal.throwIfAborted();
  }

  async #startApi(servers: StackServers): Promise<string> {
    const log: Logger = createLogger(this.#config.logLevel, 'api', this.#log('api'));
    const server = await runServer({ config: this.#config, servers: serversOf(servers, 'api'), log });
    this.#undoSteps.push(() => server.stop());
    this.#say('API: running');
    this.#signal.throwIfAborted();
    return server.url.replace(/\/$/, '');
  }

  /** Starts a part, restarts it when it dies alone, and stops it with the rest. */
  async #supervised<Server extends RunningServer>(name: string, start: () => Promise<Server>): Promise<Server> {
    const options: SuperviseOptions<Server> = {
      name,
      start,
      say: (line) => this.#say(line),
      giveUp: (reason) => this.#fail(`${reason} See ${this.#log(name.toLowerCase())}.`),
    };
    const supervised = await supervise(options);
    this.#undoSteps.push(() => supervised.stop());
    this.#running.push(() => supervised.running());
    return supervised.first;
  }

  #printAddresses({ api, temporalUiUrl }: StackAddresses): void {
    this.#say('');
    this.#say(`Ready in ${seconds(this.#startedAt)}. Ctrl-C stops it; the data stays in ${this.#config.dataDir}.`);
    this.#say(`  Console          ${api}/`);
    this.#say(`  API              ${api}`);
    this.#say(`  Docs             ${api}/docs`);
    if (temporalUiUrl !== undefined) this.#say(`  Temporal Web UI  ${temporalUiUrl}`);
    const isOpen = this.#config.access === 'open';
    this.#say(
      `  Access           ${isOpen ? 'open to everybody on this machine, without credentials' : 'with credentials'}`,
    );
    this.#say(`  Logs             ${path.join(this.#config.dataDir, 'logs')}`);
  }

  #say(line: string): void {
    this.#printer.line(line);
  }

  #log(name: string): string {
    return path.join(this.#config.dataDir, 'logs', `${name}.log`);
  }
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
