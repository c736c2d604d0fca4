import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import { openDatabase, writeAndRead } from '../../src/persistence/database.ts';
import { inOneTrip } from '../../src/persistence/in-one-trip.ts';
import { insertProduct } from '../../src/persistence/products.ts';
import { lockProducts, lockStockAnd } from '../../src/persistence/stock-levels.ts';
import { testDatabase } from '../support/database.ts';
import { untilWaiting } from '../support/locks.ts';
import { stockedProduct } from '../support/orders.ts';

const database = testDatabase();

describe('Statements in one round trip', () => {
  database.prepare();

  it('are both under way before the first is answered, and the second sees what the first has waited for', async () => {
    const { db } = database;
    const { id } = await stockedProduct(db, { stock: 10 });
    let sent = false;
    const { reading } = await db.transaction(async (rename) => {
      await rename('products').where({ id }).update({ name: 'renamed meanwhile' });
      const reading = db.transaction((trx) =>
        inOneTrip(trx('products').where({ id }).forUpdate().select('id'), async () => {
          const read = trx('products').where({ id }).first('name');
          void read.on('query', () => (sent = true));
          return (await read) as unknown;
        }),
      );
      await untilWaiting(rename);
      assert.ok(sent, 'the second one waits for the answer to the first');
      return { reading };
    });
    assert.deepEqual(await reading, [[{ id }], { name: 'renamed meanwhile' }]);
  });

  it('read the stock of no product that was added behind the locks', async () => {
    const { db } = database;
    const { id: known } = await stockedProduct(db, { stock: 10 });
    const added = v7();
    const { reading } = await db.transaction(async (holder) => {
      await lockProducts(holder, [known]);
      const reading = db.transaction((trx) => lockStockAnd(trx, [known, added], () => Promise.resolve('read')));
      await untilWaiting(holder);
      await insertProduct(db, { id: added, sku: added, name: 'Added', priceMinor: 1n });
      return { reading };
    });
    const [stock, also] = await reading;
    assert.deepEqual(Array.from(stock.keys()), [known]);
    assert.equal(also, 'read');
  });

  it('fail together, with the error of the first', async () => {
    const { db } = database;
    const failing = db.transaction((trx) => inOneTrip(trx.raw('SELECT 1/0'), async () => trx('products').first('id')));
    await assert.rejects(failing, { code: '22012' });
    const twice = { id: v7(), sku: v7(), name: 'Twice', priceMinor: 1n };
    await insertProduct(db, twice);
    let looked = false;
    const writing = db.transaction((trx) =>
      writeAndRead(trx, [insertProduct(trx, { ...twice, id: v7() })], async () => {
        looked = true;
        return (await trx('products').first('id')) as unknown;
      }),
    );
    await assert.rejects(writing, { code: '23505' });
    assert.ok(looked);
  });

  it('are not sent at all when the first cannot be', async () => {
    const closed = openDatabase({ url: database.url });
    await closed.destroy();
    let behind = false;
    const asking = inOneTrip(closed('products').select('id'), async () => (behind = true));
    await assert.rejects(asking, /Unable to acquire a connection/);
    assert.equal(behind, false);
  });

  it('are an answer each, also when many are asked for at once', async () => {
    const { db } = database;
    const numbers = Array.from({ length: 50 }, (_, n) => n);
    await db.transaction(async (trx) => {
      const answers = await Promise.all(
        numbers.map((n) => trx.raw<{ rows: { n: number }[] }>('SELECT ?::int AS n', [n])),
      );
      assert.deepEqual(
        answers.map(({ rows }) => rows[0]?.n),
        numbers,
      );
    });
  });
});
