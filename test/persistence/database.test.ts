import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import { openDatabase, timeouts, writeTogether } from '../../src/persistence/database.ts';
import { insertProduct } from '../../src/persistence/products.ts';
import { insertStockLevel } from '../../src/persistence/stock-levels.ts';
import { readDefaultWarehouseId } from '../../src/persistence/warehouses.ts';
import { testDatabase } from '../support/database.ts';

const database = testDatabase();

describe('A connection to the database', () => {
  database.prepare();

  const settings = {
    lock_timeout: '2s',
    statement_timeout: '4s',
    idle_in_transaction_session_timeout: '5s',
    application_name: 'earmark test',
    default_transaction_isolation: 'read committed',
  };

  it('has every timeout set on the server, so that nothing there waits for ever', async () => {
    const db = openDatabase({ url: database.url, name: 'earmark test' });
    try {
      for (const [name, value] of Object.entries(settings)) {
        const { rows } = await db.raw<{ rows: { value: string }[] }>('SELECT current_setting(?) AS value', [name]);
        assert.equal(rows[0]?.value, value, name);
      }
    } finally {
      await db.destroy();
    }
  });

  it('gives up waiting from the inside out: lock, statement, query', () => {
    assert.ok(timeouts.connect < timeouts.acquire);
    assert.ok(timeouts.lock < timeouts.statement && timeouts.statement < timeouts.query);
  });
});

describe('Writing together', () => {
  database.prepare();

  it('sends every write in one statement', async () => {
    const { db } = database;
    const statements: string[] = [];
    const id = v7();
    await db.transaction(async (trx) => {
      const warehouseId = await readDefaultWarehouseId(trx);
      trx.on('query', ({ sql }: { sql: string }) => statements.push(sql));
      await writeTogether(trx, [
        insertProduct(trx, { id, sku: 'together', name: 'Together', priceMinor: 1n }),
        insertStockLevel(trx, id, warehouseId, 3),
        trx('stock_levels').where({ product_id: v7() }).update({ total: 0 }),
      ]);
    });
    assert.equal(statements.filter((sql) => !/^(begin|commit)/i.test(sql)).length, 1);
    assert.equal((await db('products').where({ id })).length, 1);
    assert.equal((await db('stock_levels').where({ product_id: id })).length, 1);
  });

  it('writes nothing when one of the writes is refused', async () => {
    const { db } = database;
    const id = v7();
    const writing = db.transaction(async (trx) => {
      const warehouseId = await readDefaultWarehouseId(trx);
      await writeTogether(trx, [
        insertProduct(trx, { id, sku: 'refused', name: 'Refused', priceMinor: 1n }),
        insertStockLevel(trx, id, warehouseId, -1),
      ]);
    });
    await assert.rejects(writing, { code: '23514' });
    assert.deepEqual(await db('products').where({ id }), []);
  });
});
