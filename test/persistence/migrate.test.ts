import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { mock } from 'node:test';
import type { Knex } from 'knex';
import { openDatabase } from '../../src/persistence/database.ts';
import { DatabaseAhead, migrateToLatest, pendingMigrations } from '../../src/persistence/migrate.ts';
import { testDatabase } from '../support/database.ts';
import { untilWaiting } from '../support/locks.ts';
import { goBackBeforeLedger } from '../support/old-schema.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';

/** By its files, so that one which is not registered shows. */
const everyMigration = readdirSync(new URL('../../migrations', import.meta.url))
  .map((file) => path.parse(file).name)
  .toSorted((a, b) => (a < b ? -1 : 1));
const newest = everyMigration.slice(-1);

describe('Migrations', () => {
  let database: FreshDatabase;
  beforeEach(async () => (database = await freshDatabase()));
  afterEach(() => database.drop());

  /** Takes the schema away again: a database as `createdb` makes it. */
  const empty = async (): Promise<void> => database.db.raw('DROP SCHEMA public CASCADE; CREATE SCHEMA public');

  it('bring an empty database to the newest schema, and a second run applies nothing', async () => {
    const { db } = database;
    await empty();
    assert.deepEqual(await pendingMigrations(db), everyMigration);
    assert.deepEqual(await migrateToLatest(db), everyMigration);
    assert.deepEqual(await pendingMigrations(db), []);
    assert.deepEqual(await migrateToLatest(db), []);
    assert.deepEqual(await db('warehouses').pluck('code'), ['MAIN']);
  });

  it('run once when two migrators start at once: one waits and finds nothing to do', async () => {
    await empty();
    const other = openDatabase({ url: database.url });
    try {
      const applied = await Promise.all([database.db, other, database.db].map(migrateToLatest));
      assert.deepEqual(applied.flat(), everyMigration);
      assert.deepEqual(await database.db('knex_migrations').pluck('name'), everyMigration);
    } finally {
      await other.destroy();
    }
  });

  it('are tried again when they meet a deadlock with a transaction beside them, which is carried out', async () => {
    const { db, url } = database;
    await goBackBeforeLedger(db);
    // The migrator is the first to look for a deadlock, and not before there is one.
    const patient = new URL(url);
    patient.searchParams.set('options', '-c deadlock_timeout=2s');
    const migrator = openDatabase({ url: patient.href });
    try {
      const { migrating } = await db.transaction(async (trx) => {
        await trx.raw(`SET LOCAL lock_timeout = 0; SET LOCAL deadlock_timeout = '1min'`);
        await trx('orders').select('id');
        const migrating = migrateToLatest(migrator);
        await untilWaiting(trx);
        await trx('warehouses').update({ name: 'Renamed meanwhile' });
        return { migrating };
      });
      assert.deepEqual(await migrating, [
        '0004-warehouses',
        '0005-waiting-lists',
        '0006-credentials',
        '0007-fast-lists',
        '0008-low-stock',
        '0009-order-movements',
      ]);
      assert.deepEqual(await db('warehouses').pluck('name'), ['Renamed meanwhile']);
      assert.deepEqual(await db('stock_movements'), []);
    } finally {
      await migrator.destroy();
    }
  });

  it('give up after five deadlocks, and at once on any other failure', async () => {
    const failing = (code: string) => {
      const failure = Object.assign(new Error('failed'), { code });
      const transaction = mock.fn(() => Promise.reject(failure));
      return { failure, transaction, db: { transaction } as unknown as Knex };
    };
    for (const [code, runs] of [
      ['40P01', 5],
      ['55P03', 1],
    ] as const) {
      const { failure, transaction, db } = failing(code);
      await assert.rejects(migrateToLatest(db), (error) => error === failure);
      assert.equal(transaction.mock.callCount(), runs);
    }
  });

  it('leave a database as it was when one of them fails', async () => {
    const { db } = database;
    await empty();
    await db.raw('CREATE TABLE audit_log ()');
    await assert.rejects(migrateToLatest(db), { code: '42P07' });
    const tables = await db('pg_tables')
      .where({ schemaname: 'public' })
      .whereNot('tablename', 'like', 'knex%')
      .pluck('tablename');
    assert.deepEqual(tables, ['audit_log']);
    assert.deepEqual(await pendingMigrations(db), everyMigration);
  });

  it('name what a database that is behind still lacks', async () => {
    await database.db('knex_migrations').whereIn('name', newest).delete();
    assert.deepEqual(await pendingMigrations(database.db), newest);
  });

  it('refuse a database that is ahead and say which migrations they do not know', async () => {
    const { db } = database;
    const later = ['9998-later', '9999-last'].map((name) => ({ name, batch: 2, migration_time: new Date() }));
    await db('knex_migrations').insert(later);
    const message = /later version of Earmark \(it has 9998-later, 9999-last\)/;
    const refused = { name: DatabaseAhead.name, message };
    await assert.rejects(pendingMigrations(db), refused);
    await assert.rejects(migrateToLatest(db), refused);
  });
});

describe('The schema', () => {
  const database = testDatabase();
  database.prepare();

  it('keeps every time to the millisecond: with more, a cursor would skip the rows in between', async () => {
    const times = await database
      .db('information_schema.columns')
      .where({ table_schema: 'public' })
      .whereNot('table_name', 'like', 'knex%')
      .whereLike('data_type', 'timestamp%')
      .select('table_name', 'column_name', 'data_type', 'datetime_precision');
    assert.ok(times.length > 5);
    for (const { table_name, column_name, ...type } of times) {
      const expected = { data_type: 'timestamp with time zone', datetime_precision: 3 };
      assert.deepEqual(type, expected, `${table_name}.${column_name}`);
    }
  });
});
