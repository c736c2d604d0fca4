import assert from 'node:assert/strict';
import path from 'node:path';
import { earmarkPart, type Part } from '../faults/part.ts';
import { expectStatus, startApi, type TestApi } from '../support/api.ts';
import { assertBooksBalance } from '../support/books.ts';
import { freePort } from '../support/free-port.ts';
import { send } from '../support/http.ts';
import { assertReplayOf, isReplayed, keyed } from '../support/idempotency.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';
import { manyProducts, putLevels, totalsOf } from '../support/stock-lists.ts';
import { devServer } from '../support/temporal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('A list of stock levels whose API process is killed after the second batch', function () {
  this.timeout(90_000);
  let database: FreshDatabase;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let api: TestApi;
  let processes: readonly { readonly part: Part; readonly url: string }[];

  const startProcess = async (name: string, faults: Readonly<Record<string, string>> = {}) => {
    const port = await freePort();
    const part = earmarkPart({
      name,
      command: 'api',
      logFile: path.join(folder.path, `${name}.log`),
      env: {
        DATABASE_URL: database.url,
        TEMPORAL_ADDRESS: (await devServer()).address,
        EARMARK_DATA_DIR: path.join(folder.path, 'none'),
        EARMARK_AUTH: 'open',
        EARMARK_HOST: '127.0.0.1',
        EARMARK_FAULTS: '',
        PORT: String(port),
        LOG_LEVEL: 'info',
      },
      isReady: (output) => output.includes('"msg":"listening"'),
    });
    await part.start(faults);
    return { part, url: `http://127.0.0.1:${port}` };
  };

  before(async () => {
    [database, folder] = await Promise.all([freshDatabase(), temporaryFolder()]);
    api = await startApi({ db: database.db });
    processes = await Promise.all([
      startProcess('api-1', { EARMARK_FAULTS: 'stock-levels.batch-committed=kill@2' }),
      startProcess('api-2'),
    ]);
  });
  after(async () => {
    for (const { part } of processes ?? []) await part.stop();
    await api.stop();
    await Promise.all([database.drop(), folder.remove()]);
  });

  it('goes on at another process: each delta is applied once, and the books balance', async () => {
    const rows = Array.from({ length: 650 }, (_, n) => ({ sku: `KILL-${n}`, delta: 1 + (n % 7) }));
    await manyProducts(api.db, 'KILL', rows.length);
    const key = keyed();
    const [first, second] = processes;
    const at = (url = '') => ({
      put: (path: string, body: unknown, headers = {}) => send(url, 'PUT', path, { body, headers }),
    });

    await assert.rejects(putLevels(at(first?.url) as TestApi, rows, key));
    assert.equal(await first?.part.ended(), null, 'It was not killed');
    const applied = Object.values(await totalsOf(database.db, 'KILL-')).filter((total) => total > 0);
    assert.equal(applied.length, 400);

    const reply = await putLevels(at(second?.url) as TestApi, rows, key);
    assert.deepEqual([expectStatus(200, reply).applied, isReplayed(reply)], [rows.length, false]);
    assertReplayOf(reply, await putLevels(at(second?.url) as TestApi, rows, key));

    assert.deepEqual(
      await totalsOf(database.db, 'KILL-'),
      Object.fromEntries(rows.map(({ sku, delta }) => [sku, delta])),
    );
    for (const [table, where] of [
      ['stock_movements', { type: 'adjusted' }],
      ['audit_log', { action: 'STOCK_ADJUSTED' }],
    ] as const) {
      const [counted] = await database.db(table).where(where).count<{ count: string }[]>();
      assert.equal(Number(counted?.count), rows.length, table);
    }
    await assertBooksBalance(database.db);
  });
});
