import knex, { type Knex } from 'knex';
import type pg from 'pg';
import { ChangeNotices } from './change-notices.ts';
import { inOneTrip, nothing } from './in-one-trip.ts';
import { closeWhenSilent } from './silence.ts';

/** A pool, or the transaction that a change belongs to. */
export type Queryable = Knex;

export type Transaction = Knex.Transaction;

export interface DatabaseOptions {
  /** Postgres connection URL. */
  readonly url: string;
  /** Most connections at once. */
  readonly poolMax?: number;
  /** Shown in pg_stat_activity. */
  readonly name?: string;
  /** Milliseconds that one statement may take; for what reads whole tables. The default is for requests. */
  readonly statementMs?: number;
}

/**
 * Milliseconds, each shorter than the next, so that the innermost wait gives up first and says why. Of statements that are sent together, the
 * wait for an answer includes those before it: then it may be the first to give up.
 */
export const timeouts = {
  connect: 2_000,
  lock: 2_000,
  acquire: 3_000,
  statement: 4_000,
  query: 5_000,
  idleInTransaction: 5_000,
} as const;

const ignore = (): void => undefined;

/** The open connections of each pool. */
const connections = new WeakMap<Knex, Set<pg.Client>>();

/**
 * Opens a pool. Nothing is connected until the first query; `db.destroy()` closes it.
 * Every wait is bounded: without client timeouts a black-holed server hangs a query for ever.
 */
export function openDatabase(options: DatabaseOptions): Knex {
  const open = new Set<pg.Client>();
  const { poolMax = 10, name = 'earmark' } = options;
  const notices = new ChangeNotices(clientSettings({ ...options, name: `${name} notices` }));
  // Statements that do not wait for each other go out together, see inOneTrip. The types of node-postgres do not know of it yet.
  const pipelined = { ...clientSettings(options), pipeline: true };
  const db = knex({
    client: 'pg',
    connection: pipelined,
    pool: {
      min: 0,
      max: poolMax,
      afterCreate: (connection: pg.Client, done: (error: Error | null, connection: pg.Client) => void) => {
        closeWhenSilent(connection);
        open.add(connection);
        connection.once('end', () => open.delete(connection));
        done(null, connection);
      },
    },
    acquireConnectionTimeout: timeouts.acquire,
    // Knex would write stacks to the console; the errors reach the caller anyway.
    log: { warn: ignore, error: ignore, deprecate: ignore, debug: ignore },
  });
  // Every transaction has them too.
  db.userParams = { notices };
  const client = db.client as { destroy: (callback?: () => void) => Promise<void> };
  const closePool = client.destroy.bind(client);
  // All that was committed has been told of when the pool is closed.
  client.destroy = async (callback) => {
    await notices.stop();
    return closePool(callback);
  };
  connections.set(db, open);
  return db;
}

/**
 * Closes a pool of {@link openDatabase} at once: a query that is under way fails. `db.destroy()` waits for it, and of whole tables an answer
 * may take minutes, or never come.
 */
export async function closeAtOnce(db: Knex): Promise<void> {
  for (const connection of connections.get(db) ?? []) connection.connection.stream.destroy();
  await db.destroy();
}

/** The settings of a connection, of a pool or by itself. */
export function clientSettings({ url, name = 'earmark', statementMs = timeouts.statement }: DatabaseOptions) {
  return {
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: timeouts.connect,
    lock_timeout: timeouts.lock,
    statement_timeout: statementMs,
    query_timeout: statementMs + timeouts.query - timeouts.statement,
    idle_in_transaction_session_timeout: timeouts.idleInTransaction,
    keepAlive: true,
  };
}

/**
 * Runs several writes as one statement: each becomes a data-modifying CTE, so a change costs one round trip.
 * They share one snapshot, so no two of them may touch the same row. Constraints are checked as ever.
 */
export async function writeTogether(
  trx: Transaction,
  writes: readonly (Knex.QueryBuilder | Knex.Raw)[],
): Promise<void> {
  await writeAndRead(trx, writes, nothing);
}

/**
 * The same, and reads what has become of it, without a round trip more.
 * @param read sends its statements on `trx`
 */
export async function writeAndRead<T>(
  trx: Transaction,
  writes: readonly (Knex.QueryBuilder | Knex.Raw)[],
  read: () => Promise<T>,
): Promise<T> {
  const statement = trx.queryBuilder().select(trx.raw('1'));
  for (const [index, write] of writes.entries()) void statement.with(`write_${index + 1}`, write);
  const [, found] = await inOneTrip(statement, read);
  return found;
}
