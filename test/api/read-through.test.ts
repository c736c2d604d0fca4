import assert from 'node:assert/strict';
import { ReadThrough } from '../../src/api/read-through.ts';

/** A read that is answered when the test says so. */
function slowly() {
  const answers: ((value: string | undefined) => void)[] = [];
  const cache = new ReadThrough<string>(
    () => new Promise((resolve) => answers.push(resolve)),
    ({ length }) => length,
  );
  return { cache, answers };
}

describe('A value that is read when it is not there', () => {
  it('is read once for all who ask meanwhile', async () => {
    const { cache, answers } = slowly();
    const asked = [cache.get('a'), cache.get('a'), cache.get('a')];
    answers[0]?.('one');
    assert.deepEqual(await Promise.all(asked), ['one', 'one', 'one']);
    assert.equal(await cache.get('a'), 'one');
    assert.equal(answers.length, 1);
  });

  it('is not kept when it was forgotten while it was read: it may be what was there before', async () => {
    const { cache, answers } = slowly();
    const before = cache.get('a');
    assert.equal(cache.forget('a'), true);
    const after = cache.get('a');
    answers[1]?.('new');
    assert.equal(await after, 'new');
    answers[0]?.('old');
    assert.equal(await before, 'old');
    assert.equal(cache.peek('a'), 'new');
    assert.equal(await cache.get('a'), 'new');
  });

  it('is not kept when everything was forgotten while it was read', async () => {
    const { cache, answers } = slowly();
    const before = cache.get('a');
    cache.clear();
    answers[0]?.('old');
    await before;
    assert.equal(cache.peek('a'), undefined);
  });

  it('is not kept when there is none, or when it could not be read', async () => {
    const { cache, answers } = slowly();
    const nothing = cache.get('a');
    answers[0]?.(undefined);
    assert.equal(await nothing, undefined);
    void cache.get('a');
    assert.equal(answers.length, 2);
    const failing = new ReadThrough<string>(
      () => Promise.reject(new Error('no database')),
      () => 1,
    );
    await assert.rejects(failing.get('a'), /no database/);
    assert.equal(failing.peek('a'), undefined);
  });

  it('makes room for others when all of them are too large together', async () => {
    const cache = new ReadThrough<string>(
      async (key) => key,
      () => 20 * 1024 * 1024,
    );
    await cache.get('a');
    await cache.get('b');
    assert.deepEqual([cache.peek('a'), cache.peek('b')], [undefined, 'b']);
  });
});
