import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import type { verified } from '../../src/api/schemas/findings.ts';
import type { BooksReport } from '../../src/persistence/books/check.ts';
import { openDatabase } from '../../src/persistence/database.ts';
import { expectStatus, startApi, type TestApi } from '../support/api.ts';
import { damages } from '../support/damage.ts';
import { until } from '../support/until.ts';

type Verified = z.output<typeof verified>;

const verify = async (api: TestApi) => expectStatus(200, await api.post<Verified>('/api/system/verify/'));

describe('POST /api/system/verify/', () => {
  it('names what is wrong with the books, in the role of the API', async () => {
    const api = await startApi();
    try {
      const began = Date.now();
      const { started_at, ...nothing } = await verify(api);
      assert.ok(Date.parse(started_at) >= began);
      const checked = { orders: 0, reservations: 0, stock_levels: 0 };
      assert.deepEqual(nothing, { checked, counts: {}, findings: [] });

      // One of each table that is read: stock, orders, what was refused, the ledger.
      const kinds = ['stock-log', 'order-log', 'refused-and-placed', 'ledger-steps'] as const;
      const expected = new Map<string, string>();
      for (const wanted of kinds) {
        const damage = damages.find(({ kind }) => kind === wanted) ?? assert.fail(wanted);
        expected.set(wanted, await damage.inject(api.db));
      }
      const { findings, counts, checked: looked } = await verify(api);
      for (const [kind, objectId] of expected) {
        assert.ok(
          findings.some((finding) => finding.kind === kind && finding.object_id === objectId),
          `${kind} ${objectId}: ${JSON.stringify(counts)}`,
        );
        assert.ok((counts[kind] ?? 0) >= 1);
      }
      assert.ok(looked.orders > 0 && looked.reservations > 0 && looked.stock_levels > 0);
    } finally {
      await api.stop();
    }
  });

  it('looks once for all who ask meanwhile, and waits longer for it than for anything else', async () => {
    const nothing: BooksReport = { orders: 0, reservations: 0, stockLevels: 0, findings: [] };
    let looks = 0;
    const look = async (): Promise<BooksReport> => {
      looks += 1;
      // Longer than the time in which other requests are answered.
      await delay(looks === 1 ? 5_000 : 0);
      return nothing;
    };
    const api = await startApi({ verify: look });
    try {
      const first = verify(api);
      await until(() => looks === 1);
      const replies = await Promise.all([first, verify(api), verify(api)]);
      assert.equal(looks, 1);
      assert.equal(new Set(replies.map(({ started_at }) => started_at)).size, 1);
      await verify(api);
      assert.equal(looks, 2);
    } finally {
      await api.stop();
    }
  });

  it('is 503 in a database that lacks migrations or belongs to a later version, and without one', async () => {
    const api = await startApi();
    const db = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing' });
    const alone = await startApi({ db });
    try {
      await api.db('knex_migrations').insert({ name: '9999-later', batch: 9, migration_time: new Date() });
      const later = await api.post('/api/system/verify/');
      assert.deepEqual([later.status, later.json.code], [503, 'unavailable']);
      assert.match(later.json.detail ?? '', /9999-later/);
      await api.db('knex_migrations').delete();
      assert.match((await api.post('/api/system/verify/')).json.detail ?? '', /misses 0001-core/);
      assert.equal((await alone.post('/api/system/verify/')).json.code, 'unavailable');
    } finally {
      await Promise.all([api.stop(), alone.stop()]);
      await db.destroy();
    }
  });
});
