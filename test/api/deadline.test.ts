import assert from 'node:assert/strict';
import { inTime } from '../../src/api/deadline.ts';
import { ProblemError } from '../../src/api/problems.ts';

const keyed = { isRead: false, hasKey: true };

describe('The answer to a request', () => {
  it('is given as soon as it is there', async () => {
    assert.equal(await inTime(Promise.resolve('answer'), keyed), 'answer');
    await assert.rejects(inTime(Promise.reject(new Error('refused')), keyed), /refused/);
  });

  it('is "unavailable" when what it takes hangs, and what comes of it later disturbs nobody', async () => {
    let fail: (error: Error) => void = () => undefined;
    const hanging = new Promise<never>((_, reject) => (fail = reject));
    await assert.rejects(
      inTime(hanging, keyed, { patience: 1 }),
      (error) => error instanceof ProblemError && error.code === 'unavailable',
    );
    fail(new Error('too late to matter'));
    await hanging.catch(() => undefined);
  });

  for (const [what, asked, advice] of [
    ['with a key', keyed, /may be carried out yet\. Repeat it with its Idempotency-Key\.$/],
    [
      'without one',
      { isRead: false, hasKey: false },
      /may be carried out yet\. It had no Idempotency-Key: look at what/,
    ],
    ['that only reads', { isRead: true, hasKey: false }, /in time\. Try again in a moment\.$/],
  ] as const) {
    it(`says what to do about a request ${what}`, async () => {
      await assert.rejects(inTime(new Promise(() => undefined), asked, { spent: 4, patience: 5 }), advice);
    });
  }
});
