import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import { createProduct, startApi, type TestApi } from '../support/api.ts';
import { badValues, missing, type Kind } from '../support/bad-values.ts';
import { rowCounts } from '../support/row-counts.ts';

const id = uuidv4();
const item = { product_id: `"${id}"`, quantity: '1' };

/** A body that would do, as the JSON text of each field, and which of its fields is filled with which bad values. */
interface Form {
  readonly method?: string;
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly bad: Readonly<Record<string, Kind>>;
  readonly optional?: readonly string[];
  /** Puts the fields where they belong in the body; what is wrong then is below `at`. */
  readonly wrap?: (object: string) => string;
  readonly at?: string;
}

const forms: readonly Form[] = [
  {
    path: '/api/products/',
    fields: { name: '"Lamp"', price: '"1.00"', total_stock: '1', sku: `"BAD-1"` },
    bad: { name: 'name', price: 'price', total_stock: 'stock', sku: 'sku' },
    optional: ['sku'],
  },
  {
    path: '/api/products/',
    fields: { warehouse: '"MAIN"', quantity: '1' },
    bad: { warehouse: 'warehouse', quantity: 'stock' },
    wrap: (object) => `{"name":"Lamp","price":1,"stock":[${object}]}`,
    at: '/stock/0',
  },
  {
    path: '/api/products/',
    fields: { name: '"Lamp"', price: '1', stock: '[]' },
    bad: { stock: 'items' },
    optional: ['stock'],
  },
  {
    method: 'PATCH',
    path: '/api/products/{product}/',
    fields: { name: '"New"', price: '2', active: 'false' },
    bad: { name: 'name', price: 'price', active: 'flag' },
    optional: ['name', 'price', 'active'],
  },
  {
    path: '/api/products/{product}/adjust-stock/',
    fields: { delta: '1', reason: '"delivery"', warehouse: '"MAIN"' },
    bad: { delta: 'delta', reason: 'reason', warehouse: 'warehouse' },
    optional: ['warehouse'],
  },
  {
    path: '/api/products/{product}/adjust-stock/',
    fields: { set_to: '1', expected: '1', reason: '"count"' },
    bad: { set_to: 'stock', expected: 'stock' },
    optional: ['set_to', 'expected'],
  },
  {
    path: '/api/warehouses/',
    fields: { code: '"EAST"', name: '"East"', region: '"north"', priority: '1', active: 'true' },
    bad: { code: 'warehouse', name: 'name', region: 'clearableRegion', priority: 'priority', active: 'flag' },
    optional: ['region', 'priority', 'active'],
  },
  {
    method: 'PATCH',
    path: '/api/warehouses/MAIN/',
    fields: { name: '"East"', region: '"north"', priority: '1', active: 'true' },
    bad: { name: 'name', region: 'clearableRegion', priority: 'priority', active: 'flag' },
    optional: ['name', 'region', 'priority', 'active'],
  },
  {
    path: '/api/stock-transfers/',
    fields: { product_id: `"${id}"`, from: '"MAIN"', to: '"EAST"', quantity: '1', reason: '"moved"' },
    bad: { product_id: 'uuid', from: 'warehouse', to: 'warehouse', quantity: 'quantity', reason: 'reason' },
  },
  {
    path: '/api/create-order/',
    fields: {
      ...item,
      hold_seconds: '1',
      reference: '"cart"',
      allocation: '"single"',
      region: '"north"',
      on_shortage: '"partial"',
    },
    bad: {
      product_id: 'uuid',
      quantity: 'quantity',
      hold_seconds: 'hold',
      reference: 'reference',
      allocation: 'allocation',
      region: 'region',
      on_shortage: 'onShortage',
    },
    optional: ['hold_seconds', 'reference', 'allocation', 'region', 'on_shortage'],
  },
  {
    path: '/api/create-order/',
    fields: { ...item, on_shortage: '"wait"', wait_seconds: '60' },
    bad: { product_id: 'uuid', quantity: 'quantity', wait_seconds: 'wait' },
    optional: ['wait_seconds'],
  },
  { path: '/api/create-order/', fields: { items: '[]' }, bad: { items: 'items' }, optional: ['items'] },
  {
    path: '/api/create-order/',
    fields: item,
    bad: { product_id: 'uuid', quantity: 'quantity' },
    wrap: (object) => `{"items":[${object}]}`,
    at: '/items/0',
  },
  {
    path: '/api/reservations/',
    fields: { ...item, hold_seconds: '1', allocation: '"nearest"', region: '"north"' },
    bad: {
      product_id: 'uuid',
      quantity: 'quantity',
      hold_seconds: 'hold',
      allocation: 'allocation',
      region: 'region',
    },
    // Beside `nearest` a region is needed.
    optional: ['hold_seconds', 'allocation'],
  },
  {
    path: '/api/fulfilment-plans/',
    fields: { ...item, region: '"north"' },
    bad: { product_id: 'uuid', quantity: 'quantity', region: 'region' },
    optional: ['region'],
  },
  ...(['set_to', 'delta'] as const).map((change): Form => ({
    method: 'PUT',
    path: '/api/stock-levels/',
    fields: { sku: '"KNOWN-1"', warehouse: '"MAIN"', [change]: '1', reason: '"count"' },
    bad: { sku: 'sku', warehouse: 'warehouse', [change]: change === 'delta' ? 'delta' : 'stock', reason: 'reason' },
    // Which of the two is missing cannot be said.
    optional: ['warehouse', 'delta'],
    wrap: (object) => `[${object}]`,
    at: '/0',
  })),
  {
    path: `/api/orders/${id}/transition/`,
    fields: { new_status: '"confirmed"', reason: '"paid"' },
    bad: { new_status: 'status', reason: 'reason' },
    optional: ['reason'],
  },
  ...['orders', 'reservations'].map((kind): Form => ({
    path: `/api/${kind}/${id}/extend/`,
    fields: { seconds: '60', reason: '"waits for the bank"' },
    bad: { seconds: 'extension', reason: 'reason' },
    optional: ['reason'],
  })),
  {
    path: `/api/orders/${id}/returns/`,
    fields: { line: '1', quantity: '1', restock: 'true', reason: '"broken"', warehouse: '"MAIN"' },
    bad: { line: 'line', quantity: 'quantity', restock: 'flag', reason: 'reason', warehouse: 'warehouse' },
    optional: ['warehouse'],
  },
];

describe('A bad field', () => {
  let api: TestApi;
  let product: string;

  before(async () => {
    api = await startApi();
    product = (await createProduct(api, { sku: 'KNOWN-1' })).id;
  });
  after(() => api.stop());

  for (const {
    method = 'POST',
    path,
    fields,
    bad,
    optional = [],
    wrap = (object: string) => object,
    at = '',
  } of forms) {
    for (const [field, kind] of Object.entries<Kind>(bad)) {
      const values: readonly string[] = [...badValues[kind], ...(optional.includes(field) ? [] : [missing])];
      const name = `${method} ${path.replace(id, '{id}')}`;

      it(`${at}/${field} of ${name} is named and changes nothing: ${values.length} values`, async () => {
        const rows = await rowCounts(api.db);
        for (const value of values) {
          const sent = Object.entries({ ...fields, [field]: value }).filter(([, text]) => text !== missing);
          const body = wrap(`{${sent.map(([key, text]) => `"${key}":${text}`).join()}}`);
          const reply = await api.request(method, path.replace('{product}', product), { body });
          const shown = value.slice(0, 60);
          assert.deepEqual([reply.status, reply.json.code], [400, 'validation-failed'], `${shown}: ${reply.text}`);
          assert.deepEqual(
            reply.json.errors?.map((error) => error.path),
            [`${at}/${field}`],
            shown,
          );
          const message = reply.json.errors?.[0]?.message ?? '';
          assert.match(message, value === missing ? /^is required/ : /^(must|is) /, shown);
          assert.doesNotMatch(message, /undefined|NaN|Invalid input|expected/, shown);
        }
        assert.deepEqual(await rowCounts(api.db), rows);
      });
    }
  }
});
