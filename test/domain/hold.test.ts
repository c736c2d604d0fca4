import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DomainError } from '../../src/domain/errors.ts';
import { assertExtensible, extensionLeft, type HoldSpan } from '../../src/domain/hold.ts';

const started = Date.parse('2026-03-01T09:30:00.123Z');

/** A hold of so many seconds that was extended by others. */
function span(hold: number, extendedSeconds = 0, ms = 0): HoldSpan {
  const expiresAt = new Date(started + ms + (hold + extendedSeconds) * 1000).toISOString();
  return { startedAt: new Date(started).toISOString(), expiresAt, extendedSeconds };
}

describe('The extension of a hold', () => {
  it('is bounded by the factor, counted from the beginning of the hold', () => {
    assert.equal(extensionLeft(span(600), 3), 1200);
    assert.equal(extensionLeft(span(600, 500), 3), 700);
    assert.equal(extensionLeft(span(600, 1200), 3), 0);
  });

  it('is nothing with a factor of one, and with one that was lowered meanwhile', () => {
    assert.equal(extensionLeft(span(600), 1), 0);
    assert.equal(extensionLeft(span(600, 1200), 2), 0);
  });

  it('is the same whichever milliseconds the database rounded to', () => {
    for (const ms of [-1, 0, 1]) assert.equal(extensionLeft(span(7, 3, ms), 3), 11);
  });

  it('is refused beyond that, with what is left and what to do', () => {
    assert.doesNotThrow(() => assertExtensible(span(10, 5), 15, 3));
    assert.throws(
      () => assertExtensible(span(10, 5), 16, 3),
      (error) => {
        assert.ok(error instanceof DomainError);
        assert.deepEqual(error.details, { limit: 'hold-extension', allowed: 20, left: 15 });
        assert.match(error.message, /15 seconds are left, not 16\. Ask for no more than that/);
        return true;
      },
    );
  });

  it('never makes a hold longer than its factor allows, however it is asked for, and can always use that up', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 86_400 }),
        fc.integer({ min: 1, max: 10 }),
        fc.array(fc.integer({ min: 1, max: 864_000 }), { maxLength: 8 }),
        (hold, factor, asked) => {
          let extended = 0;
          for (const seconds of asked) {
            try {
              assertExtensible(span(hold, extended), seconds, factor);
              extended += seconds;
            } catch (error) {
              assert.ok(error instanceof DomainError);
            }
          }
          const left = extensionLeft(span(hold, extended), factor);
          assert.equal(hold + extended + left, hold * factor);
        },
      ),
    );
  });
});
