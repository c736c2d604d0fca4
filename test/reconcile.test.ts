import assert from 'node:assert/strict';
import { findEverything } from '../src/reconcile.ts';
import { clientOfNobody } from './support/api.ts';
import { asRole, freshDatabase, type FreshDatabase } from './support/postgres.ts';

describe('A look for everything that disagrees', () => {
  let database: FreshDatabase;
  beforeEach(async () => (database = await freshDatabase()));
  afterEach(() => database.drop());

  const look = () =>
    findEverything({ db: asRole(database.db, 'worker'), client: clientOfNobody(), graceSeconds: 60, trustList: true });

  it('is not taken in a database that was brought further than its code knows', async () => {
    const { db } = database;
    await db('knex_migrations').insert({ name: '9999-later', batch: 2, migration_time: new Date() });
    // Rules of the later version, in which nothing of this one can be read.
    await db.raw('DROP TABLE stock_levels');
    const message = 'The database belongs to a later version of Earmark (it has 9999-later): run that version.';
    await assert.rejects(look(), { name: 'DatabaseAhead', message });
  });

  it('is not taken in a database that lacks migrations', async () => {
    const { db } = database;
    await db('knex_migrations').where({ name: '0004-warehouses' }).delete();
    const message = 'The schema of the database is older than this version of Earmark. Run earmark migrate first.';
    await assert.rejects(look(), { name: 'StackError', message });
  });
});
