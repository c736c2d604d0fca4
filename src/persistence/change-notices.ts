import pg from 'pg';
import type { Knex } from 'knex';
import { closeWhenSilent } from './silence.ts';

/** Where processes that write tell others that there is something new in the audit log. Of each database its own. */
export const changeChannel = 'earmark_changes';

/** Milliseconds between two notices of one process, however much it writes. */
const pause = 20;

/**
 * Tells other processes that this one has committed changes. A notice says only that there are some: which, the audit log says (see
 * change-feed.ts), so that nothing can be in one and not in the other. One that gets lost is made good by those who look every second.
 *
 * Never inside the transaction that changes something: NOTIFY takes a lock of the whole server until the commit is on disk, and all that
 * sell would wait for one another. So it has a connection of its own, and its own commit waits for no disk.
 */
export class ChangeNotices {
  readonly #settings: pg.ClientConfig;
  /** Transactions that will be told of. */
  readonly #noted = new WeakSet<Knex.Transaction>();
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;
  #sentAt = -Infinity;
  #sending: Promise<void> | undefined;
  #isStopped = false;

  /** Connects with the first notice. */
  constructor(settings: pg.ClientConfig) {
    this.#settings = settings;
  }

  /** Has the end of a transaction told, a whole one. */
  noteAfter(whole: Knex.Transaction): void {
    if (this.#noted.has(whole)) return;
    this.#noted.add(whole);
    void this.#noteWhenOver(whole);
  }

  /** Sends what is due, and closes the connection. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#sending;
    if (this.#isDue) await this.#send();
    this.#isStopped = true;
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(ignore);
  }

  async #noteWhenOver(whole: Knex.Transaction): Promise<void> {
    // Also of one that failed: its commit may have got through, and only the answer got lost.
    // oxlint-disable-next-line earmark/no-caught-sql-error -- Only looked at from outside: whoever runs it gets its error.
    await Promise.allSettled([whole.executionPromise]);
    this.#note();
  }

  #note(): void {
    if (this.#isStopped) return;
    this.#isDue = true;
    if (this.#timer !== undefined || this.#sending !== undefined) return;
    // Never at once: what came back from the commit goes first.
    this.#timer = setTimeout(() => this.#begin(), Math.max(0, this.#sentAt + pause - performance.now()));
  }

  #begin(): void {
    this.#timer = undefined;
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined;
      if (this.#isDue) this.#note();
    });
  }

  async #send(): Promise<void> {
    this.#isDue = false;
    this.#sentAt = performance.now();
    try {
      const client = this.#client ?? (await this.#connect());
      await client.query({
        text: `SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, '')`,
        values: [changeChannel],
      });
    } catch {
      this.#drop();
    }
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client(this.#settings);
    closeWhenSilent(client);
    client.on('error', () => this.#drop(client));
    try {
      await client.connect();
    } catch (error) {
      client.end().catch(ignore);
      throw error;
    }
    this.#client = client;
    return client;
  }

  #drop(client = this.#client): void {
    if (this.#client === client) this.#client = undefined;
    client?.end().catch(ignore);
  }
}

/** Has the end of a transaction that changes something told to other processes. */
export function noteChange(trx: Knex.Transaction): void {
  // Knex hands the parameters of a pool on to its transactions, and not to what is part of one.
  const whole = outermost(trx);
  const { notices } = whole.userParams as { notices?: ChangeNotices };
  notices?.noteAfter(whole);
}

function outermost(trx: Knex.Transaction): Knex.Transaction {
  let whole = trx;
  while (whole.parentTransaction) whole = whole.parentTransaction;
  return whole;
}

const ignore = (): void => undefined;
