import assert from 'node:assert/strict';
import { Refused, Unreachable, type Problem } from '../../../src/console/client/problem.ts';
import { sentenceFor } from '../../../src/console/client/sentences.ts';
import { problemExample } from '../../../src/api/openapi/examples.ts';
import { problems, type ProblemCode } from '../../../src/api/problems.ts';
import { limitNames } from '../../../src/domain/errors.ts';

describe('What the console tells about an error', () => {
  function told(code: ProblemCode, members: Partial<Problem> = {}): string {
    return sentenceFor(new Refused({ ...(problemExample(code) as unknown as Problem), ...members }));
  }

  function assertSentence(text: string): void {
    assert.match(text, /^[A-Z].*\.$/);
    assert.doesNotMatch(text, /[.!?] +[A-Z]|\.\./, 'one sentence');
    assert.doesNotMatch(text, /undefined|null|NaN|\[object/);
  }

  for (const code of Object.keys(problems) as ProblemCode[]) {
    it(`is one sentence: ${code}`, () => assertSentence(told(code)));
  }

  for (const limit of limitNames) {
    it(`is one sentence, whatever is left: ${limit}`, () => {
      const all = [
        [1, 0],
        [7, 2],
        [3600, 1200],
      ].map(([allowed, left]) => told('limit-exceeded', { limit, allowed, left }));
      all.forEach(assertSentence);
      assert.doesNotMatch(all.join(), new RegExp(limit), 'no name of the API');
    });
  }

  it('names what was looked for, and not the address of the API', () => {
    const detail = 'There is nothing at /api/orders/a%20b/.';
    assert.equal(told('not-found', { detail }), 'There is no order a b; it may have been mistyped.');
    const missing = 'There is no product 01985b3e-7a10-7c3e-8f5a-0d2a6c1e4b01.';
    assert.equal(
      told('not-found', { detail: missing }),
      'There is no product 01985b3e-7a10-7c3e-8f5a-0d2a6c1e4b01; it may have been mistyped.',
    );
  });

  it('is what the API says where a newer one knows more codes', () => {
    assert.equal(told('not-found', { code: 'brand-new' as ProblemCode, detail: 'It is new.' }), 'It is new.');
  });

  it('is one sentence without an answer, and for what went wrong in the page', () => {
    assertSentence(sentenceFor(new Unreachable('connection refused')));
    assertSentence(sentenceFor(new TypeError('x is not a function')));
  });
});
