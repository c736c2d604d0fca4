import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { isPlainText, isUuid, plainTextPattern } from '../../src/domain/text.ts';

describe('Plain text', () => {
  it('is one to as many characters as allowed, counted as people count them', () => {
    assert.ok(isPlainText('a', 1));
    assert.ok(isPlainText('Crème brûlée', 12));
    assert.ok(isPlainText('🎁🎁🎁', 3));
    assert.ok(!isPlainText('abcd', 3));
    assert.ok(!isPlainText('🎁🎁🎁🎁', 3));
  });

  it('is not empty and not only blanks', () => {
    for (const blank of ['', ' ', '   ', '\u00A0', '\u3000']) assert.ok(!isPlainText(blank, 10), JSON.stringify(blank));
  });

  it('has no control characters, which databases refuse and logs misread', () => {
    for (const code of [0x00, 0x07, 0x09, 0x0a, 0x0d, 0x1b, 0x7f, 0x85]) {
      assert.ok(!isPlainText(`a${String.fromCharCode(code)}b`, 10), code.toString(16));
    }
  });

  it('has no half of a surrogate pair, which would be stored as another character', () => {
    assert.ok(!isPlainText('a\uD83C', 10));
    assert.ok(!isPlainText('\uDF81b', 10));
    assert.ok(isPlainText('\uD83C\uDF81', 10));
  });

  it('has no marks that turn the reading order', () => {
    for (const mark of ['\u202A', '\u202E', '\u2066', '\u2069']) assert.ok(!isPlainText(`a${mark}b`, 10));
    assert.ok(isPlainText('שלום', 10), 'text that reads right to left by itself is fine');
  });

  it('is what the documented pattern says', () => {
    const documented = new RegExp(plainTextPattern, 'u');
    const odd = fc.constantFrom(
      ' ',
      '\u00a0',
      '\u3000',
      '\t',
      '\u0000',
      '\u0085',
      '\u202e',
      '\u2069',
      '\ufeff',
      '\u2028',
    );
    const text = fc.string({
      unit: fc.oneof(odd, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
      maxLength: 8,
    });
    fc.assert(
      fc.property(text, (value) => {
        assert.equal(documented.test(value), isPlainText(value, 100), JSON.stringify(value));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('A UUID', () => {
  it('is recognised in any version and in either case', () => {
    assert.ok(isUuid('018f4c3e-8b1a-7c2d-9e0f-1a2b3c4d5e6f'));
    assert.ok(isUuid('018F4C3E-8B1A-4C2D-9E0F-1A2B3C4D5E6F'));
  });

  it('is nothing else', () => {
    const others = [
      '',
      'x',
      'x018f4c3e-8b1a-7c2d-9e0f-1a2b3c4d5e6f',
      '018f4c3e8b1a7c2d9e0f1a2b3c4d5e6f',
      '018f4c3e-8b1a-7c2d-9e0f-1a2b3c4d5e6',
      '018f4c3e-8b1a-7c2d-9e0f-1a2b3c4d5e6g',
      '018f4c3e-8b1a-7c2d-9e0f-1a2b3c4d5e6f\n',
    ];
    for (const text of others) assert.ok(!isUuid(text), JSON.stringify(text));
  });
});
