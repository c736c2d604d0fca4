import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import { createProduct, startApi, type TestApi } from '../support/api.ts';

const id = uuidv4();
const item = { product_id: id, quantity: 1 };
const lamp = { name: 'Lamp', price: 1 };
const main = { warehouse: 'MAIN', quantity: 1 };

/** A request with one bad place, and the name that the answer gives it. */
interface Case {
  readonly path: string;
  readonly body?: unknown;
  readonly method?: string;
  readonly bad: readonly string[];
}

/** Several mistakes at once, and those that are not in one field alone; the single ones are in the tables beside this one. */
const cases: readonly Case[] = [
  { method: 'GET', path: '/api/audit-log/?action=NOTHING&limit=x', bad: ['?limit', '?action'] },
  { method: 'GET', path: '/api/orders/?status=pending,nonsense', bad: ['?status'] },
  { method: 'GET', path: '/livez?verbose=1', bad: ['?verbose'] },
  { path: '/api/create-order/', body: {}, bad: ['/product_id', '/quantity'] },
  { path: '/api/create-order/', body: { ...item, color: 'red' }, bad: ['/color'] },
  {
    path: '/api/create-order/',
    body: '{"product_id":"x","quantity":1,"__proto__":{}}',
    bad: ['/product_id', '/__proto__'],
  },
  { path: '/api/create-order/', body: { ...item, items: [item] }, bad: ['/product_id', '/quantity'] },
  { path: '/api/create-order/', body: { items: Array.from({ length: 51 }, () => item) }, bad: ['/items'] },
  {
    path: '/api/create-order/',
    body: { items: [item, { quantity: 0 }] },
    bad: ['/items/1/product_id', '/items/1/quantity'],
  },
  { path: '/api/create-order/', body: { items: [{ ...item, color: 'red' }] }, bad: ['/items/0/color'] },
  { path: '/api/create-order/', body: { items: [item, { ...item, quantity: 1_000_000 }] }, bad: ['/items'] },
  { path: '/api/products/', body: { 'a/b~c': 1 }, bad: ['/name', '/price', '/a~1b~0c', '/total_stock'] },
  { path: '/api/products/', body: { ...lamp, total_stock: 1, stock: [main] }, bad: ['/stock'] },
  { path: '/api/products/', body: { ...lamp, price: -1, total_stock: 1, stock: [main] }, bad: ['/price', '/stock'] },
  { path: '/api/products/', body: { ...lamp, stock: [] }, bad: ['/stock'] },
  { path: '/api/products/', body: { ...lamp, stock: Array.from({ length: 101 }, () => main) }, bad: ['/stock'] },
  {
    path: '/api/products/',
    body: { ...lamp, stock: [main, { ...main, warehouse: 'main' }] },
    bad: ['/stock/1/warehouse'],
  },
  {
    path: '/api/products/',
    body: { ...lamp, stock: [main, { warehouse: '.', quantity: -1, color: 'red' }] },
    bad: ['/stock/1/warehouse', '/stock/1/quantity', '/stock/1/color'],
  },
  { path: `/api/products/${id}/`, method: 'PATCH', body: {}, bad: [''] },
  { path: `/api/products/${id}/`, method: 'PATCH', body: { name: 'x', sku: 'x' }, bad: ['/sku'] },
  {
    path: `/api/products/${id}/`,
    method: 'PATCH',
    body: { name: '', price: -1, active: 1 },
    bad: ['/name', '/price', '/active'],
  },
  { path: `/api/products/${id}/adjust-stock/`, body: { delta: 0 }, bad: ['/delta', '/reason'] },
  { path: `/api/products/${id}/adjust-stock/`, body: {}, bad: ['/reason', '/delta'] },
  { path: `/api/products/${id}/adjust-stock/`, body: { reason: 'x', delta: 1, set_to: 1 }, bad: ['/set_to'] },
  { path: `/api/products/${id}/adjust-stock/`, body: { reason: 'x', delta: 1, expected: 1 }, bad: ['/expected'] },
  { path: `/api/products/${id}/adjust-stock/`, body: { reason: 'x', expected: 1 }, bad: ['/delta', '/expected'] },
  {
    path: `/api/products/${id}/adjust-stock/`,
    body: { warehouse: '', delta: 1, set_to: -1, expected: 1.5 },
    bad: ['/reason', '/warehouse', '/set_to', '/expected'],
  },
  { path: '/api/warehouses/', body: { id }, bad: ['/code', '/name', '/id'] },
  { path: '/api/warehouses/MAIN/', method: 'PATCH', body: {}, bad: [''] },
  {
    path: '/api/warehouses/MAIN/',
    method: 'PATCH',
    body: { code: 'OTHER', priority: -1 },
    bad: ['/priority', '/code'],
  },
  { path: '/api/stock-transfers/', body: {}, bad: ['/product_id', '/from', '/to', '/quantity', '/reason'] },
  {
    path: '/api/stock-transfers/',
    body: { product_id: id, from: 'EAST', to: 'east', quantity: 1, reason: 'x' },
    bad: ['/to'],
  },
  {
    method: 'PUT',
    path: '/api/stock-levels/?now=1',
    body: [{ set_to: 1, delta: 1 }, 7, { color: 'red' }],
    bad: ['?now', '/0/sku', '/0/reason', '/0/delta', '/1', '/2/sku', '/2/reason', '/2/color', '/2/set_to'],
  },
  { method: 'PUT', path: '/api/stock-levels/', body: {}, bad: [''] },
  { method: 'PUT', path: '/api/stock-levels/', body: [], bad: [''] },
  { path: `/api/orders/${id}/transition/?now=1`, body: {}, bad: ['?now', '/new_status'] },
  {
    path: `/api/orders/${id}/returns/`,
    body: { line: 1, quantity: 1, restock: false, reason: 'broken', warehouse: 'MAIN' },
    bad: ['/warehouse'],
  },
  { path: `/api/orders/${id}/returns/`, body: {}, bad: ['/line', '/quantity', '/restock', '/reason'] },
  { path: `/api/orders/${id}/extend/?now=1`, body: { until: 'tomorrow' }, bad: ['?now', '/seconds', '/until'] },
  { path: `/api/reservations/${id}/extend/`, body: { seconds: 0, reason: '' }, bad: ['/seconds', '/reason'] },
  { path: `/api/reservations/${id}/confirm/`, body: { reason: 'x' }, bad: ['/reason'] },
];

describe('bad input', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
  });
  after(() => api.stop());

  const check = async (method: string, { path, body, bad }: Case): Promise<void> => {
    const { status, json } = await api.request(method, path, { body });
    assert.deepEqual([status, json.code], [400, 'validation-failed']);
    assert.deepEqual(
      json.errors?.map(({ path }) => path),
      bad,
    );
    for (const { message } of json.errors ?? []) {
      assert.match(message, /^(is|has|must|cannot) /);
      assert.doesNotMatch(message, /undefined|NaN|Invalid input|expected/);
    }
  };

  for (const one of cases) {
    const { method = 'POST', path, body } = one;
    const sent = body === undefined ? '' : ` ${(typeof body === 'string' ? body : JSON.stringify(body)).slice(0, 70)}`;
    it(`is named, each place once: ${method} ${path.replace(id, '{id}')}${sent.replace(id, '…')}`, () =>
      check(method, one));
  }

  it('says in words what is wrong', async () => {
    const { json } = await api.post('/api/create-order/', { product_id: 'x', quantity: 0, items: 7 });
    assert.deepEqual(json.errors, [
      { path: '/product_id', message: 'must be a UUID' },
      { path: '/quantity', message: 'must be a whole number from 1 to 1,000,000' },
      { path: '/items', message: 'must be a list' },
    ]);
    assert.match(json.detail ?? '', /^\/product_id must be a UUID; \/quantity must be/);
  });

  it('changes nothing', async () => {
    const { id } = await createProduct(api);
    const before = await api.db('audit_log').count();
    await api.request('PATCH', `/api/products/${id}/`, { body: { name: 'New', price: '-1' } });
    await api.post(`/api/products/${id}/adjust-stock/`, { delta: 1, reason: '' });
    assert.deepEqual(await api.db('audit_log').count(), before);
  });
});
