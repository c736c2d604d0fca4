import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { limits } from '../../src/domain/limits.ts';
import { formatMoney, lineTotal, parseMoney } from '../../src/domain/money.ts';

const highest = 99_999_999_999_999_999n;

describe('Money', () => {
  it('reads amounts with no, one and two decimals as minor units', () => {
    const amounts = {
      '0': 0n,
      '0.00': 0n,
      '0.01': 1n,
      '12': 1200n,
      '12.3': 1230n,
      '12.34': 1234n,
      '9999999.99': 999_999_999n,
    };
    for (const [text, minor] of Object.entries(amounts)) assert.equal(parseMoney(text), minor, text);
  });

  it('reads the amount that binary fractions cannot hold exactly', () => {
    assert.equal(parseMoney('1.15') + parseMoney('2.30'), 345n);
    assert.equal(parseMoney('999999999999999.99'), highest);
  });

  it('writes minor units with exactly two decimals', () => {
    const amounts = [
      [0n, '0.00'],
      [1n, '0.01'],
      [10n, '0.10'],
      [100n, '1.00'],
      [123_456n, '1234.56'],
      [limits.priceMinor, '9999999.99'],
      [-1n, '-0.01'],
      [-12_345n, '-123.45'],
    ] as const;
    for (const [minor, text] of amounts) assert.equal(formatMoney(minor), text);
  });

  it('reads back what it writes', () => {
    fc.assert(fc.property(fc.bigInt(0n, highest), (minor) => assert.equal(parseMoney(formatMoney(minor)), minor)));
  });

  const bad = [
    '',
    ' ',
    '.',
    '1.',
    '.5',
    '1.234',
    '1.2.3',
    '-1',
    '+1',
    '1e3',
    '1,00',
    '1,000.00',
    '1 000',
    ' 1',
    '1 ',
    '1\n',
    'NaN',
    'Infinity',
    '0x10',
    '１２',
    '١٢',
    '12.٣',
    'one',
    '$1',
    '1000000000000000',
  ];
  for (const text of bad) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      assert.throws(() => parseMoney(text), {
        name: 'RangeError',
        message: `"${text}" is not an amount with at most two decimals`,
      }));
  }

  it('refuses every text that is not the amount it would be read as', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...Array.from('0123456789.,-+e ')) }));
    fc.assert(
      fc.property(text, (text) => {
        let minor: bigint;
        try {
          minor = parseMoney(text);
        } catch (error) {
          assert.ok(error instanceof RangeError);
          return;
        }
        const [whole = '', fraction = ''] = text.replace(/^0+(?=\d)/, '').split('.');
        assert.equal(formatMoney(minor), `${whole}.${fraction.padEnd(2, '0')}`);
      }),
    );
  });

  it('multiplies prices beyond what a double holds exactly', () => {
    assert.equal(lineTotal(limits.priceMinor, limits.quantity), 999_999_999_000_000n);
    assert.equal(lineTotal(9_007_199_254_740_993n, 3), 27_021_597_764_222_979n);
  });
});
