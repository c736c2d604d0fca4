import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import pg from 'pg';
import { changeProduct } from '../../src/api/catalogue.ts';
import { changeChannel } from '../../src/persistence/change-notices.ts';
import { openDatabase } from '../../src/persistence/database.ts';
import { testDatabase } from '../support/database.ts';
import { cause } from '../support/holds.ts';
import { countIn, stockedProduct } from '../support/orders.ts';
import { until } from '../support/until.ts';

const database = testDatabase();

describe('A notice of changes', () => {
  database.prepare();
  let ears: pg.Client;
  let heard: number;
  beforeEach(async () => {
    ears = new pg.Client(database.url);
    await ears.connect();
    heard = 0;
    ears.on('notification', () => (heard += 1));
    await ears.query(`LISTEN ${changeChannel}`);
  });
  afterEach(() => ears.end());

  it('is sent when the whole transaction is over, and not by a part of it', async () => {
    const { db } = database;
    const { id } = await stockedProduct(db);
    await until(() => heard > 0);
    const [own, other] = ['own', 'other'].map((name) => openDatabase({ url: database.url, name })) as [Knex, Knex];
    await own.transaction(async (trx) => {
      heard = 0;
      await changeProduct(trx, id, { name: 'Part' }, cause());
      // Another process's notice, sent behind where ours would have been, is all there is to hear.
      await countIn(other, await stockedProduct(other), 1);
      await until(() => heard > 0);
      const { rows } = await db.raw(
        `SELECT 1 FROM pg_stat_activity WHERE application_name = 'own notices' AND datname = current_database()`,
      );
      assert.equal((rows as unknown[]).length, 0, 'the pool that has not committed has sent nothing yet');
      // What the other pool still has to send must not be taken for ours.
      await other.destroy();
      heard = 0;
    });
    // Closing sends what is due.
    await own.destroy();
    await until(() => heard > 0);
  });

  it('is one for many changes that come close together', async () => {
    const { db } = database;
    const product = await stockedProduct(db);
    await until(() => heard > 0);
    heard = 0;
    await Promise.all(Array.from({ length: 100 }, () => countIn(db, product, 1)));
    await until(() => heard > 0);
    assert.ok(heard < 100, `${heard} notices`);
  });
});
