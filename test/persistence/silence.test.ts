import assert from 'node:assert/strict';
import { closeAtOnce, openDatabase } from '../../src/persistence/database.ts';
import { isDatabaseUnavailable } from '../../src/persistence/unavailable.ts';
import { testDatabase } from '../support/database.ts';
import { startTcpProxy, through, type TcpProxy } from '../support/tcp-proxy.ts';

const database = testDatabase();

/** Short, since each test waits for an answer that long, and a second more. */
const statementMs = 200;

describe('A connection whose server falls silent', () => {
  database.prepare();
  let proxy: TcpProxy;
  before(async () => {
    proxy = await startTcpProxy(Number(new URL(database.url).port));
  });
  after(() => proxy.close());

  it('is given up after the query timeout and never handed out again', async () => {
    const db = openDatabase({ url: through(proxy, database.url), poolMax: 1, statementMs });
    try {
      const backend = async (): Promise<number> =>
        (await db.raw<{ rows: { pid: number }[] }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid ?? 0;
      const first = await backend();
      proxy.swallow();
      await assert.rejects(backend(), (error) => isDatabaseUnavailable(error) && /read timeout/.test(String(error)));
      // The wire works again; only the connection that the question was asked on does not, since nobody has told its client.
      proxy.pass();
      assert.notEqual(await backend(), first);
    } finally {
      await db.destroy();
    }
  });

  it('rolls its transaction back without waiting for the silent server once more', async () => {
    const db = openDatabase({ url: through(proxy, database.url), poolMax: 1, statementMs });
    try {
      const transaction = db.transaction(async (trx) => {
        await trx.raw('SELECT 1');
        proxy.swallow();
        await trx.raw('SELECT 2');
      });
      await assert.rejects(transaction, isDatabaseUnavailable);
      proxy.pass();
      await db.raw('SELECT 3');
    } finally {
      await db.destroy();
    }
  });

  it('does not keep its pool open when it is closed at once', async () => {
    const db = openDatabase({ url: through(proxy, database.url), poolMax: 2, statementMs: 60_000 });
    await db.raw('SELECT 1');
    proxy.swallow();
    const waiting = assert.rejects(async () => db.raw('SELECT 2'));
    await closeAtOnce(db);
    proxy.pass();
    await waiting;
  });
});
