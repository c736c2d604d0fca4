import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { openDatabase } from '../../src/persistence/database.ts';
import { isDatabaseUnavailable } from '../../src/persistence/unavailable.ts';
import { testDatabase } from '../support/database.ts';
import { startTcpProxy, through } from '../support/tcp-proxy.ts';
import { onFreePorts } from '../support/free-port.ts';

const database = testDatabase();

/** What a piece of work is rejected with. */
async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => assert.fail('nothing was thrown'),
    (error: unknown) => error,
  );
}

/** Demands that work is rejected because the database is unavailable, for this very reason. */
async function unavailable(reason: RegExp, work: Promise<unknown>): Promise<void> {
  const error = await errorOf(work);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  assert.match(`${code} ${String(error)}`, reason);
  assert.ok(isDatabaseUnavailable(error), String(error));
}

describe('The database counts as unavailable', () => {
  database.prepare();

  it('when nothing listens where it should be', () =>
    onFreePorts(1, async (port = 0) => {
      const db = openDatabase({ url: `postgres://earmark@127.0.0.1:${port}/none` });
      await unavailable(/ECONNREFUSED/, Promise.resolve(db.raw('SELECT 1'))).finally(() => db.destroy());
    }));

  it('when its host has no address', async () => {
    const db = openDatabase({ url: 'postgres://earmark@nowhere.invalid/none' });
    await unavailable(/ENOTFOUND|EAI_AGAIN/, Promise.resolve(db.raw('SELECT 1'))).finally(() => db.destroy());
  });

  it('when a connection is cut in the middle of a transaction', async () => {
    const { db } = database;
    const cut = db.transaction(async (trx) => {
      const { rows } = await trx.raw<{ rows: { pid: number }[] }>('SELECT pg_backend_pid() AS pid');
      await db.raw('SELECT pg_terminate_backend(?)', [rows[0]?.pid ?? 0]);
      await trx.raw('SELECT 1');
    });
    // The server's last word, or the broken socket, whichever the client meets first.
    await unavailable(/57P01|ECONNRESET|EPIPE|terminated|connection error/i, cut);
  });

  it('when a statement or the wait for a lock takes too long', async () => {
    const { db } = database;
    const tooLong = (setting: string, work: (trx: Knex.Transaction) => Promise<unknown>) =>
      db.transaction(async (trx) => {
        await trx.raw(`SELECT set_config(?, '20ms', true)`, [setting]);
        await work(trx);
      });
    await unavailable(
      /^57014/,
      tooLong('statement_timeout', async (trx) => trx.raw('SELECT pg_sleep(5)')),
    );
    await db.transaction(async (holder) => {
      await holder.raw('LOCK TABLE warehouses');
      await unavailable(
        /^55P03/,
        tooLong('lock_timeout', async (trx) => trx('warehouses').select()),
      );
    });
  });

  it('when a new connection gets no answer', async () => {
    const proxy = await startTcpProxy(Number(new URL(database.url).port));
    const db = openDatabase({ url: through(proxy, database.url), poolMax: 1 });
    proxy.swallow();
    await unavailable(/timeout expired/, Promise.resolve(db.raw('SELECT 1'))).finally(() => db.destroy());
    await proxy.close();
  });

  const withCode = (code: string): Error => Object.assign(new Error('it failed'), { code });

  for (const code of ['08006', '08P01', '53300', '57P01', '57P03', '40001', '40P01', '55P03']) {
    it(`when it answers with the SQLSTATE ${code}`, () => assert.ok(isDatabaseUnavailable(withCode(code))));
  }

  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']) {
    it(`when its socket fails with ${code}`, () => assert.ok(isDatabaseUnavailable(withCode(code))));
  }

  it('when a connection broke or a wait ran out and no SQLSTATE says so', () => {
    for (const message of [
      'Connection terminated unexpectedly',
      'Connection terminated due to connection timeout',
      'timeout exceeded when trying to connect',
      'Query read timeout',
      'Knex: Timeout acquiring a connection. The pool is probably full.',
      'Unable to acquire a connection',
      'Client has encountered a connection error and is not queryable',
    ]) {
      assert.ok(isDatabaseUnavailable(new Error(message)), message);
      assert.ok(isDatabaseUnavailable(Object.assign(new Error(message), { code: 7 })), message);
    }
  });

  it('when one of several addresses is, whatever the others say', () => {
    const refusal = withCode('23505');
    assert.ok(isDatabaseUnavailable(new AggregateError([refusal, withCode('ECONNREFUSED')])));
    assert.ok(!isDatabaseUnavailable(new AggregateError([refusal, refusal])));
  });

  it('when no connection of the pool becomes free', async () => {
    const db = openDatabase({ url: database.url, poolMax: 1 });
    db.client.pool.acquireTimeoutMillis = 20;
    const starved = db.transaction(async () => db.raw('SELECT 1'));
    await unavailable(/Timeout acquiring a connection/, starved).finally(() => db.destroy());
  });
});

describe('The database counts as available', () => {
  database.prepare();

  it('when it answers with a refusal', async () => {
    const { db } = database;
    const refusals = [
      'SELEC 1',
      'SELECT * FROM nothing',
      'INSERT INTO warehouses (id) VALUES (gen_random_uuid())',
      'SELECT 1/0',
    ];
    for (const sql of refusals) {
      const error = await errorOf(Promise.resolve(db.raw(sql)));
      assert.ok(!isDatabaseUnavailable(error), String(error));
    }
  });

  for (const code of ['23505', '22P02', '42P01', '55006', '08', '0800', '080061', 'E5708', 'ENOENT', '']) {
    it(`when the code of the error is "${code}"`, () => {
      assert.ok(!isDatabaseUnavailable(Object.assign(new Error('Connection terminated'), { code })));
    });
  }

  it('when the error is not from it at all', () => {
    assert.ok(!isDatabaseUnavailable(new TypeError('x is not a function')));
    assert.ok(!isDatabaseUnavailable('timeout exceeded when trying to connect'));
  });
});
