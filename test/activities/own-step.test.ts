import assert from 'node:assert/strict';
import { v4 } from 'uuid';
import { DomainError } from '../../src/domain/errors.ts';
import type { KeyNote } from '../../src/domain/key-note.ts';
import { readKey } from '../../src/persistence/idempotency-keys.ts';
import { advanceOrder, endOrderHold } from '../support/acting.ts';
import { testDatabase } from '../support/database.ts';
import { cause, item, orderIn } from '../support/holds.ts';
import { leaveWaitingList } from '../support/as-worker.ts';
import { stockedProduct } from '../support/orders.ts';
import { queued } from '../support/waiting.ts';

describe('A step under an Idempotency-Key', () => {
  const database = testDatabase();
  database.prepare();

  const keyNote = (): KeyNote => ({ id: v4(), fingerprint: 'asked' });
  const isRefused = (error: unknown) => error instanceof DomainError && error.code === 'invalid-transition';
  const noted = (key: KeyNote) => readKey(database.db, key.id);

  const ways = {
    'cancelled while it waits': (orderId: string, key?: KeyNote) =>
      leaveWaitingList(database.db, { orderId, endedAs: 'cancelled', ...(key && { key }) }, cause()),
    confirmed: (orderId: string, key?: KeyNote) =>
      endOrderHold(database.db, { orderId, ...(key && { key }) }, 'confirmed', cause()),
    released: (orderId: string, key?: KeyNote) =>
      endOrderHold(database.db, { orderId, ...(key && { key }) }, 'released', cause()),
    processing: (orderId: string, key?: KeyNote) =>
      advanceOrder(database.db, { orderId, newStatus: 'processing', ...(key && { key }) }, cause()),
    cancelled: (orderId: string, key?: KeyNote) =>
      advanceOrder(database.db, { orderId, newStatus: 'cancelled', ...(key && { key }) }, cause()),
  };

  const orderThatIs = async (from: 'waiting' | 'pending' | 'confirmed') => {
    const { db } = database;
    if (from === 'waiting') return queued(db, await stockedProduct(db, { stock: 0 }));
    return orderIn(db, from, item(await stockedProduct(db)));
  };

  for (const [way, from] of [
    ['cancelled while it waits', 'waiting'],
    ['confirmed', 'pending'],
    ['released', 'pending'],
    ['processing', 'confirmed'],
    ['cancelled', 'confirmed'],
  ] as const) {
    it(`is known by it: ${way}`, async () => {
      const { id } = await orderThatIs(from);
      const [own, other] = [keyNote(), keyNote()];
      const misused = { ...own, fingerprint: 'something else' };
      const taken = await ways[way](id, own);
      assert.deepEqual(await noted(own), { fingerprint: 'asked', answer: null });
      assert.deepEqual(await ways[way](id, own), taken);
      // Without a key it may be the same request again.
      assert.deepEqual(await ways[way](id), taken);
      await assert.rejects(ways[way](id, other), isRefused);
      assert.equal(await noted(other), undefined);
      await assert.rejects(ways[way](id, misused), isRefused);
    });

    it(`is refused to whoever comes with one when it was taken without: ${way}`, async () => {
      const { id } = await orderThatIs(from);
      const key = keyNote();
      await ways[way](id);
      await assert.rejects(ways[way](id, key), isRefused);
      assert.equal(await noted(key), undefined);
    });
  }
});
