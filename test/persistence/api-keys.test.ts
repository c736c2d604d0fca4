import assert from 'node:assert/strict';
import { insertKey, readKey, revokeKey } from '../../src/persistence/api-keys.ts';
import { testDatabase } from '../support/database.ts';
import { asRole } from '../support/postgres.ts';

const database = testDatabase();

describe('The row of a key', () => {
  database.prepare();
  let id: string;
  let made = 0;
  const refused = { code: '23001' };
  const change = (fields: object) => Promise.resolve(database.db('api_keys').where({ id }).update(fields));
  const revoke = async () => asRole(database.db, 'api').transaction(async (trx) => void (await revokeKey(trx, id)));
  const set = async (revokedAt: Date | null) => {
    await asRole(database.db, 'api')('api_keys').where({ id }).update({ revoked_at: revokedAt });
  };

  beforeEach(async () => {
    id = `key${String(++made).padStart(9, '0')}`;
    const row = {
      id,
      name: 'till',
      role: 'viewer',
      hash: Buffer.alloc(32),
      createdBy: 'anna',
      expiresAt: null,
    } as const;
    await asRole(database.db, 'api').transaction(async (trx) => void (await insertKey(trx, row)));
  });

  it('is revoked once, and stays so', async () => {
    await revoke();
    const found = await readKey(database.db, id);
    assert.notEqual(found?.key.revokedAt, null);
    for (const moment of [null, new Date(Date.now() + 86_400_000)]) await assert.rejects(set(moment), refused);
    await revoke();
    assert.deepEqual(await readKey(database.db, id), found);
  });

  for (const [column, value] of [
    ['id', 'lkjihgfedcba'],
    ['name', 'office'],
    ['role', 'admin'],
    ['hash', Buffer.alloc(32, 1)],
    ['created_by', 'bert'],
    ['created_at', new Date(0)],
    ['expires_at', new Date(0)],
  ] as const) {
    it(`keeps its ${column}, also from the owner`, async () => {
      await assert.rejects(change({ [column]: value }), refused);
      await assert.rejects(change({ [column]: value, revoked_at: new Date() }), refused);
    });
  }

  it('may be locked by the API, and is not seen by workers', async () => {
    const lock = asRole(database.db, 'api').transaction(async (trx) => readKey(trx, id, 'for update'));
    assert.equal((await lock)?.key.id, id);
    await assert.rejects(readKey(asRole(database.db, 'worker'), id), { code: '42501' });
  });
});
