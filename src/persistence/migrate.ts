import { setTimeout } from 'node:timers/promises';
import type { Knex } from 'knex';
import * as core from '../../migrations/0001-core.ts';
import * as idempotencyKeys from '../../migrations/0002-idempotency-keys.ts';
import * as repairs from '../../migrations/0003-repairs.ts';
import * as warehouses from '../../migrations/0004-warehouses.ts';
import * as waitingLists from '../../migrations/0005-waiting-lists.ts';
import * as credentials from '../../migrations/0006-credentials.ts';
import * as fastLists from '../../migrations/0007-fast-lists.ts';
import * as lowStock from '../../migrations/0008-low-stock.ts';
import * as orderMovements from '../../migrations/0009-order-movements.ts';
import type { Transaction } from './database.ts';

type Migration = { readonly up: (db: Knex) => Promise<void>; readonly down: (db: Knex) => Promise<void> };

/** In the order they run; append only. Named here and not by file, so that compiled and source runs record the same names. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-core': core,
  '0002-idempotency-keys': idempotencyKeys,
  '0003-repairs': repairs,
  '0004-warehouses': warehouses,
  '0005-waiting-lists': waitingLists,
  '0006-credentials': credentials,
  '0007-fast-lists': fastLists,
  '0008-low-stock': lowStock,
  '0009-order-movements': orderMovements,
};

const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: async () => Object.keys(migrations),
  getMigrationName: (name) => name,
  getMigration: async (name) => {
    const migration = migrations[name];
    if (!migration) throw new Error(`There is no migration ${name}`);
    return migration;
  },
};

/** Thrown when the database was brought further than this version of Earmark knows. */
export class DatabaseAhead extends Error {
  override readonly name = 'DatabaseAhead';
}

/** Runs in a row that may meet a deadlock before one is taken for an error. */
const attempts = 5;

/** Milliseconds between two of them: what was in the way ends meanwhile. */
const pause = 200;

/**
 * Brings the database to the newest schema; several callers at once wait for one another. A run that meets a deadlock with the
 * transactions beside it has changed nothing, and is tried again.
 * @returns the names of the migrations that ran, none when it was up to date already
 * @throws DatabaseAhead
 */
export async function migrateToLatest(db: Knex): Promise<string[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await migrateOnce(db);
    } catch (error) {
      const deadlock = (error as { readonly code?: unknown }).code === '40P01';
      if (!deadlock || attempt === attempts) throw error;
      await setTimeout(pause);
    }
  }
}

async function migrateOnce(db: Knex): Promise<string[]> {
  return db.transaction(async (trx) => {
    await lockMigrations(trx);
    await pendingMigrations(trx);
    const [, applied]: [number, string[]] = await trx.migrate.latest({ migrationSource, disableTransactions: true });
    return applied;
  });
}

/**
 * Waits until nobody migrates, and keeps others from it until the transaction ends.
 * @param statementMs for this wait and for every statement after it in the transaction; 0 is without an end
 */
export async function lockMigrations(trx: Transaction, statementMs = 0): Promise<void> {
  // Knex's own lock refuses a second migrator at once instead of letting it wait.
  await trx.raw(`SELECT set_config('lock_timeout', '0', true), set_config('statement_timeout', ?, true)`, [
    String(statementMs),
  ]);
  await trx.raw(`SELECT pg_advisory_xact_lock(hashtextextended('earmark migrations', 0))`);
}

/**
 * Names of the migrations that the database still lacks. Reads alone: whoever asks may not be the owner.
 * @throws DatabaseAhead
 */
export async function pendingMigrations(db: Knex): Promise<string[]> {
  // Not by Knex, which makes its tables where they are missing.
  const { rows } = await db.raw<{ rows: [{ isThere: boolean }] }>(
    `SELECT to_regclass('knex_migrations') IS NOT NULL AS "isThere"`,
  );
  const applied: string[] = rows[0].isThere ? await db('knex_migrations').orderBy('id').pluck('name') : [];
  const unknown = applied.filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length > 0) {
    throw new DatabaseAhead(
      `The database belongs to a later version of Earmark (it has ${unknown.join(', ')}): run that version.`,
    );
  }
  return Object.keys(migrations).filter((name) => !applied.includes(name));
}
