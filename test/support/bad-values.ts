import { limits } from '../../src/domain/limits.ts';

/** Bad values of each kind of field, as JSON text: some have no value in JavaScript. `missing` leaves the field out. */
export const missing = 'missing';

const notNumbers = ['"5"', '""', 'true', 'false', 'null', '[]', '[5]', '{}', '"\u0665"', '"NaN"'];
const notWhole = ['1.5', '0.1', '1e-7', '2147483648', '9007199254740993', '1e20', '1e400', '-1e400'];
const notTexts = ['7', 'true', 'null', '[]', '{}', '["x"]'];

/** Text of 1 to `max` characters. */
const text = (max: number) => [
  ...notTexts,
  '""',
  '"   "',
  '"\u00a0\u2003\u3000"',
  '"\\t"',
  '"a\\u0000b"',
  '"a\\nb"',
  '"a\\u007fb"',
  '"a\\u0085b"',
  '"\\ud800"',
  '"a\\udc00b"',
  '"\\udc00\\ud800"',
  '"a\u202eb"',
  '"a\u2066b"',
  JSON.stringify('x'.repeat(max + 1)),
  JSON.stringify('\u{1f600}'.repeat(max + 1)),
  JSON.stringify('x'.repeat(5_000)),
];

const id = '01985b3e-7a10-7c3e-8f5a-0d2a6c1e4b01';

export const badValues = {
  quantity: [...notNumbers, ...notWhole, '0', '-0', '-1', '1000001'],
  line: [...notNumbers, ...notWhole, '0', '-0', '-1', '51'],
  stock: [...notNumbers, ...notWhole, '-1'],
  delta: [...notNumbers, ...notWhole, '0', '-0', '-2147483648'],
  wait: [...notNumbers, ...notWhole, '0', '-1', '604801'],
  onShortage: [...notTexts, '""', '"backorder"', '"Wait"', '"wait "', '"__proto__"'],
  hold: [...notNumbers, ...notWhole, '0', '-1', '86401'],
  extension: [...notNumbers, ...notWhole, '0', '-0', '-1', '864001'],
  price: [
    ...['9.999', 'NaN', 'Infinity', '-Infinity', '-1', '1e3', '1e-2', '', ' ', '100000000000000000000', '10000000'].map(
      (amount) => JSON.stringify(amount),
    ),
    ...['\u0661\u0662', '\uff11', '12,50', '$1', '0x10', ' 1', '1 ', '+1', '.5', '5.', '1_000', '1.2.3', '1\n'].map(
      (amount) => JSON.stringify(amount),
    ),
    ...['9.999', '-0.01', '-1', '10000000', '1e20', '1e400', '1e-7', 'true', 'null', '[]', '{}', '["1"]', '"\\u0000"'],
  ],
  name: text(limits.name),
  reference: text(limits.reference),
  reason: text(limits.reason),
  region: text(limits.region),
  clearableRegion: text(limits.region).filter((value) => value !== 'null'),
  priority: [...notNumbers, ...notWhole, '-1', '1000001'],
  warehouse: [
    ...notTexts,
    ...['', ' ', 'a b', 'a/b', '.a', '-a', '_a', '\u00e4', '\uff11', '\u0131', 'a\0', 'a\n', 'x'.repeat(33)].map(
      (code) => JSON.stringify(code),
    ),
  ],
  sku: [
    ...notTexts,
    ...['', ' ', 'a b', 'a/b', '\u00e4', '\uff11', 'a\0', 'a\n', 'x'.repeat(65)].map((sku) => JSON.stringify(sku)),
  ],
  uuid: [
    ...notTexts,
    ...[
      '',
      'x',
      id.slice(1),
      `${id}0`,
      `{${id}}`,
      `urn:uuid:${id}`,
      `${id}\n`,
      id.replaceAll('-', ''),
      id.replace('0', '\uff10'),
    ].map((text) => JSON.stringify(text)),
  ],
  allocation: [...notTexts, '""', '"any"', '"Single"', '"single "', '"fewest_splits"', '"__proto__"'],
  status: [...notTexts, '""', '"done"', '"Confirmed"', '"confirmed "', '"__proto__"'],
  flag: ['"yes"', '"true"', '1', '0', 'null', '[]', '{}'],
  items: ['""', '"x"', '7', 'true', 'null', '{}', '[]', '{"0":{}}'],
} as const satisfies Record<string, readonly string[]>;

export type Kind = keyof typeof badValues;
