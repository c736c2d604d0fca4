import assert from 'node:assert/strict';
import { v4 } from 'uuid';
import { noteKey, readKey, storeAnswer, takeKey } from '../../src/persistence/idempotency-keys.ts';
import { testDatabase } from '../support/database.ts';
import { untilWaiting } from '../support/locks.ts';

const database = testDatabase();

describe('An idempotency key', () => {
  database.prepare();

  const take = (id: string, fingerprint: string) => database.db.transaction((trx) => takeKey(trx, id, fingerprint));

  it('is free for whoever takes it first, and tells the next what was asked then', async () => {
    const id = v4();
    assert.equal(await readKey(database.db, id), undefined);
    assert.equal(await take(id, 'first'), undefined);
    assert.deepEqual(await take(id, 'second'), { fingerprint: 'first', answer: null });
    assert.deepEqual(await readKey(database.db, id), { fingerprint: 'first', answer: null });
  });

  it('keeps the answer that was stored with it, and no other key does', async () => {
    const [id, other] = [v4(), v4()];
    const answer = { status: 201, body: { id: 7, names: ['x'] } };
    await take(other, 'other');
    await database.db.transaction(async (trx) => {
      await takeKey(trx, id, 'asked');
      await storeAnswer(trx, id, answer);
    });
    assert.deepEqual(await take(id, 'asked'), { fingerprint: 'asked', answer });
    assert.deepEqual(await readKey(database.db, other), { fingerprint: 'other', answer: null });
  });

  it('keeps the answer that was stored first', async () => {
    const { db } = database;
    const id = v4();
    await take(id, 'asked');
    assert.equal(await storeAnswer(db, id, { status: 200 }), 1);
    assert.equal(await storeAnswer(db, id, { status: 404 }), 0);
    assert.deepEqual(await readKey(db, id), { fingerprint: 'asked', answer: { status: 200 } });
  });

  it('is noted with a step unless it is there', async () => {
    const id = v4();
    for (const fingerprint of ['asked', 'later'])
      await database.db.transaction((trx) => noteKey(trx, { id, fingerprint }));
    assert.deepEqual(await readKey(database.db, id), { fingerprint: 'asked', answer: null });
  });

  it('makes a second request wait for the first that is being carried out, and then tells its answer', async () => {
    const { db } = database;
    const id = v4();
    const { second } = await db.transaction(async (trx) => {
      await takeKey(trx, id, 'asked');
      const second = take(id, 'asked');
      await untilWaiting(db);
      await storeAnswer(trx, id, { status: 204 });
      return { second };
    });
    assert.deepEqual(await second, { fingerprint: 'asked', answer: { status: 204 } });
  });

  it('is free again when the transaction that took it is undone', async () => {
    const id = v4();
    const undone = database.db.transaction(async (trx) => {
      await takeKey(trx, id, 'asked');
      throw new Error('undo');
    });
    await assert.rejects(undone, { message: 'undo' });
    assert.equal(await take(id, 'again'), undefined);
  });
});
