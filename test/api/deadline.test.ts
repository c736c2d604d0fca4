import assert from 'node:assert/strict';
import { inTime } from '../../src/api/deadline.ts';
import { ProblemError } from '../../src/api/problems.ts';

describe('The answer to a request', () => {
  it('is given as soon as it is there', async () => {
    assert.equal(await inTime(Promise.resolve('answer')), 'answer');
    await assert.rejects(inTime(Promise.reject(new Error('refused'))), /refused/);
  });

  it('is "unavailable" when what it takes hangs, and what comes of it later disturbs nobody', async () => {
    let fail: (error: Error) => void = () => undefined;
    const hanging = new Promise<never>((_, reject) => (fail = reject));
    await assert.rejects(
      inTime(hanging, 1),
      (error) => error instanceof ProblemError && error.code === 'unavailable' && /Idempotency-Key/.test(error.message),
    );
    fail(new Error('too late to matter'));
    await hanging.catch(() => undefined);
  });
});
