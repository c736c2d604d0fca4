import assert from 'node:assert/strict';
import { v4 } from 'uuid';
import { testDatabase } from '../support/database.ts';
import { forgetKeys } from '../support/as-worker.ts';

describe('Forgetting keys', () => {
  const database = testDatabase();
  database.prepare();

  /** Writes rows that were made so many days ago. */
  async function rows(table: 'idempotency_keys' | 'refusals', days: number, count: number): Promise<void> {
    const { db } = database;
    const content = table === 'refusals' ? { refusal: '{}' } : { fingerprint: 'x' };
    const created_at = db.raw(`now() - ? * interval '1 day'`, [days]);
    await db(table).insert(Array.from({ length: count }, () => ({ id: v4(), created_at, ...content })));
  }

  it('deletes answers and refusals of more than thirty days ago, in batches, and keeps the others', async () => {
    const { db } = database;
    for (const table of ['idempotency_keys', 'refusals'] as const) {
      await rows(table, 31, 1_001);
      await rows(table, 29, 2);
    }
    assert.equal(await forgetKeys(db), 1_001);
    assert.equal((await db('idempotency_keys')).length, 2);
    assert.equal((await db('refusals')).length, 2);
    assert.equal(await forgetKeys(db), 0);
  });
});
