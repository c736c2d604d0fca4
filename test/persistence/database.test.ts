import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { v7 } from 'uuid';
import { openDatabase, timeouts, writeTogether } from '../../src/persistence/database.ts';
import { insertProduct } from '../../src/persistence/products.ts';
import { insertStockLevels } from '../../src/persistence/stock-levels.ts';
import { readDefaultWarehouseId } from '../../src/persistence/warehouses.ts';
import { testDatabase } from '../support/database.ts';
import { cause } from '../support/holds.ts';
import { stockLevelRow } from '../support/rows.ts';

const database = testDatabase();

/** What Knex made of the options. */
interface Pool {
  readonly connectionSettings: Readonly<Record<string, unknown>>;
  readonly pool: { readonly min: number; readonly max: number; readonly acquireTimeoutMillis: number };
  readonly logger: Readonly<Record<'warn' | 'error' | 'deprecate' | 'debug', (message: string) => void>>;
}

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

  it('has a timeout of its own for every wait, should the server fall silent', async () => {
    const { client } = database.db as Knex & { client: Pool };
    const { connectionTimeoutMillis, query_timeout, keepAlive } = client.connectionSettings;
    assert.deepEqual(
      { connectionTimeoutMillis, query_timeout, keepAlive },
      { connectionTimeoutMillis: timeouts.connect, query_timeout: timeouts.query, keepAlive: true },
    );
    assert.equal(client.pool.acquireTimeoutMillis, timeouts.acquire);
  });

  it('waits for statements as long as it is told to, and a second more for a server that has fallen silent', async () => {
    const db = openDatabase({ url: database.url, statementMs: 600_000 });
    try {
      const { rows } = await db.raw<{ rows: object[] }>(`SELECT current_setting('statement_timeout') AS value`);
      assert.deepEqual(rows, [{ value: '10min' }]);
      assert.equal((db as Knex & { client: Pool }).client.connectionSettings.query_timeout, 601_000);
    } finally {
      await db.destroy();
    }
  });

  it('is called earmark and is one of at most ten, if nothing else is asked for', async () => {
    const db = openDatabase({ url: database.url });
    try {
      const { rows } = await db.raw<{ rows: object[] }>(`SELECT current_setting('application_name') AS name`);
      assert.deepEqual(rows, [{ name: 'earmark' }]);
      const { min, max } = (db as Knex & { client: Pool }).client.pool;
      assert.deepEqual({ min, max }, { min: 0, max: 10 });
    } finally {
      await db.destroy();
    }
  });

  it('writes nothing to the console: its errors reach the caller', () => {
    const { logger } = (database.db as Knex & { client: Pool }).client;
    const written: unknown[] = [];
    const write = (message: unknown) => written.push(message);
    const { log, warn, error } = console;
    Object.assign(console, { log: write, warn: write, error: write });
    const levels = ['warn', 'error', 'deprecate', 'debug'] as const;
    try {
      for (const level of levels) logger[level]('something');
    } finally {
      Object.assign(console, { log, warn, error });
    }
    assert.deepEqual(written, []);
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
        ...insertStockLevels(trx, [{ productId: id, warehouseId, units: 3 }], cause()),
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
        trx('stock_levels').insert(stockLevelRow(id, warehouseId, -1)),
      ]);
    });
    await assert.rejects(writing, { code: '23514' });
    assert.deepEqual(await db('products').where({ id }), []);
  });
});
