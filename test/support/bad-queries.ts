import { v4 as uuidv4 } from 'uuid';

const whole = [
  '0',
  '-1',
  '101',
  '1.5',
  '1e1',
  '',
  '+5',
  '\u0665',
  'x',
  'true',
  '%00',
  '1%00',
  '9'.repeat(30),
  '0x5',
  '%205',
];
const amounts = ['-1', '1.234', '1e3', 'NaN', 'Infinity', '', '\u0661', '1,5', '9'.repeat(16), '%00', '1.', '.5', '$1'];
const dates = [
  ...['2026-02-30', '2025-02-29', '2026-13-01', '2026-00-10', '2026-1-1', '20260101', '0000-01-01', '10000-01-01', ''],
  ...['2026-01-01T25:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01T23:60:00Z', '2026-06-30T23:59:60Z', 'yesterday'],
  ...['2026-01-01T12:00:00', '2026-01-01 12:00:00Z', '2026-01-01T12:00:00%2B24:00', '2026-02-30T12:00:00Z', 'now'],
  ...['\u0662\u0660\u0662\u0666-01-01', '2026-01-01%00', '2026-01-01T12:00:00+02:00', '-2026-01-01', 'infinity', '1e9'],
  // Their offsets move them out of the years that there are.
  ...['9999-12-31T23:59:59-00:01', '9999-12-31T23:59:59-23:59', '0001-01-01T00:00:00%2B00:01', '0000-06-30T12:00:00Z'],
];
const ids = ['', '1', 'x', '%00', uuidv4().slice(1), `${uuidv4()}0`, `{${uuidv4()}}`, `${uuidv4()}%0A`];
const texts = ['', '%20', '%C2%A0', '%00', 'a%0Ab', '%ED%A0%80', '%FF', '%', '%ZZ', '%E2%80%AE', 'x'.repeat(5_000)];
const cursors = ['', 'x', '%00', 'W10', 'bnVsbA', 'eyJhIjoxfQ', '\u0661', 'x'.repeat(5_000), '..', 'WyIiLFtdXQ'];
const flags = ['', 'yes', '1', '0', 'TRUE', 'null', '%00'];
const words = ['', 'nonsense', 'PENDING', '%00', '__proto__', 'constructor'];

/** What orders are filtered and sorted by. */
const ofOrders = {
  status: [...words, 'pending,', 'pending,nonsense', 'pending%20'],
  product_id: ids,
  reference: texts,
  min_total: amounts,
  max_total: amounts,
  start_date: dates,
  end_date: dates,
  sort: [...words, 'created_at,total', '--total', '+total'],
};

/** Bad values of each query parameter, as they stand in the address. */
export const badQueries: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  '/api/overview/': { hours: [...whole.filter((text) => text !== '101'), '169', '999'] },
  '/api/products/': {
    limit: whole,
    cursor: cursors,
    q: texts,
    sku: ['', ',', 'a,,b', 'a%20b', '%00', 'x'.repeat(65), '\u00e4'],
  },
  '/api/warehouses/': {
    limit: whole,
    cursor: cursors,
    active: flags,
  },
  '/api/products/01985b3e-7a10-7c3e-8f5a-0d2a6c1e4b01/stock/explain/': {
    limit: whole,
    cursor: cursors,
    warehouse: ['', '%20', '-EAST', '.', 'EAST%201', 'EAST,MAIN', '%00', '\u00c4', 'x'.repeat(33), '\u0131'],
    at: dates,
  },
  '/api/orders/': {
    limit: whole,
    cursor: cursors,
    ...ofOrders,
  },
  '/api/orders.csv': ofOrders,
  [`/api/orders/${uuidv4()}/returns/`]: { limit: whole, cursor: cursors },
  '/api/reservations/': {
    limit: whole,
    cursor: cursors,
    is_active: flags,
    product_id: ids,
    order_id: ids,
  },
  '/api/audit-log/': {
    limit: whole,
    cursor: cursors,
    object_type: [...words, 'order'],
    object_id: texts,
    actor: texts,
    action: [...words, 'order_created'],
    start_date: dates,
    end_date: dates,
  },
};
