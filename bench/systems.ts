import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { openDatabase } from '../src/persistence/database.ts';
import { ruleMs } from '../src/persistence/books/check.ts';
import { orderWorkflowId } from '../src/workflows/messages.ts';
import { startChild, type Child } from './child.ts';
import { makeDatabase } from './databases.ts';
import { assertDurablePostgres, assertTemporalOnFile, type TemporalFlags } from './durable.ts';
import { startPlainTemporal } from './plain/temporal.ts';
import { Shop } from './shop.ts';
import { stackSettings, startStack, type Stack } from './stack.ts';
import type { System, SystemName } from './system.ts';

/** How the servers were set while they were measured. */
export interface Settings {
  /** The environment that the stack was given, beside ports and folder. */
  readonly stack: Readonly<Record<string, string>>;
  /** One server has the databases of all. */
  readonly postgres: Readonly<Record<string, string>>;
  /** Of each system that has one. */
  readonly temporal: Partial<Record<SystemName, TemporalFlags>>;
}

/** The systems of a run: the stack, and what stands beside it for comparison. */
export class Systems {
  /** The stack that everything is beside: its Postgres has the databases of all. */
  readonly stack: Stack;
  /** A temporary folder for whatever else a scenario starts. */
  readonly folder: string;
  readonly #temporal: Partial<Record<SystemName, TemporalFlags>> = {};
  #postgres: Readonly<Record<string, string>> = {};
  readonly #running = new Map<SystemName, System>();
  readonly #closing: (() => Promise<void>)[] = [];

  private constructor(stack: Stack, folder: string) {
    this.stack = stack;
    this.folder = folder;
    this.#closing.push(() => stack.stop());
  }

  /**
   * Starts the stack and whichever of the others are wanted.
   * @throws StackError when something does not come up; what had been started is stopped by then
   */
  static async start(folder: string, names: ReadonlySet<SystemName>, signal: AbortSignal): Promise<Systems> {
    const stack = await startStack(path.join(folder, 'earmark'), signal);
    const systems = new Systems(stack, folder);
    try {
      await systems.#assertDurable();
      await systems.#addEarmark();
      if (names.has('bare')) await systems.#addBare();
      if (names.has('plain')) await systems.#addPlain();
      return systems;
    } catch (error) {
      await systems.stop();
      throw error;
    }
  }

  /** How the servers are set, which was looked at when they had started. */
  get settings(): Settings {
    return { stack: stackSettings, postgres: this.#postgres, temporal: this.#temporal };
  }

  /** Those of a scenario, in its order. */
  of(names: readonly SystemName[]): System[] {
    return names.map((name) => {
      const system = this.#running.get(name);
      if (system === undefined) throw new Error(`${name} was not started.`);
      return system;
    });
  }

  /** Stops everything, from the last to the first, all of it even when something fails. */
  async stop(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.#closing.splice(0).toReversed()) {
      await close().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be stopped.');
  }

  /** What is not durable is fast, and no comparison. */
  async #assertDurable(): Promise<void> {
    const { addresses, dataDir, parts } = this.stack;
    const db = openDatabase({ url: addresses.databaseUrl, poolMax: 1 });
    this.#postgres = await assertDurablePostgres(db).finally(() => db.destroy());
    this.#temporal.earmark = assertTemporalOnFile(parts.temporal[0] ?? 0, dataDir);
  }

  async #addEarmark(): Promise<void> {
    const { addresses, parts } = this.stack;
    const connection = await Connection.connect({ address: addresses.temporalAddress });
    this.#closing.push(() => connection.close());
    this.#add({
      name: 'earmark',
      url: addresses.api,
      databaseUrl: addresses.databaseUrl,
      parts,
      temporal: { client: new Client({ connection }), workflowId: orderWorkflowId },
    });
  }

  async #addBare(): Promise<void> {
    const { databaseUrl, workerDatabaseUrl } = await makeDatabase(this.stack.addresses.databaseUrl, 'bench_bare');
    const server = await this.#child('bare/server.ts', { databaseUrl: workerDatabaseUrl });
    const { postgres } = this.stack.parts;
    this.#add({ name: 'bare', url: server.said, databaseUrl, parts: { temporal: [], app: [server.pid], postgres } });
  }

  async #addPlain(): Promise<void> {
    const { databaseUrl, workerDatabaseUrl } = await makeDatabase(this.stack.addresses.databaseUrl, 'bench_plain');
    const folder = path.join(this.folder, 'plain');
    const temporal = await startPlainTemporal(folder);
    this.#closing.push(() => temporal.stop());
    this.#temporal.plain = assertTemporalOnFile(temporal.pid, folder);
    const { address: temporalAddress } = temporal;
    const worker = await this.#child('plain/worker.ts', { databaseUrl: workerDatabaseUrl, temporalAddress });
    const server = await this.#child('plain/server.ts', { databaseUrl: workerDatabaseUrl, temporalAddress });
    const connection = await Connection.connect({ address: temporalAddress });
    this.#closing.push(() => connection.close());
    const { postgres } = this.stack.parts;
    this.#add({
      name: 'plain',
      url: server.said,
      databaseUrl,
      parts: { temporal: [temporal.pid], app: [server.pid, worker.pid], postgres },
      temporal: { client: new Client({ connection }), workflowId: orderWorkflowId },
    });
  }

  async #child(script: string, settings: object): Promise<Child> {
    const logFile = path.join(this.folder, 'logs', `${script.replaceAll('/', '-')}.log`);
    const child = await startChild(script, settings, logFile);
    this.#closing.push(() => child.stop());
    return child;
  }

  #add(system: Omit<System, 'db' | 'shop'>): void {
    const db = openDatabase({ url: system.databaseUrl, poolMax: 4, name: 'earmark bench', statementMs: ruleMs });
    const shop = new Shop(system.url);
    this.#closing.push(async () => {
      shop.close();
      await db.destroy();
    });
    this.#running.set(system.name, { ...system, db, shop });
  }
}
