import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import { createProduct, startApi, type TestApi } from '../support/api.ts';

const id = uuidv4();
const item = { product_id: id, quantity: 1 };

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
  { path: '/api/products/', body: { 'a/b~c': 1 }, bad: ['/name', '/price', '/total_stock', '/a~1b~0c'] },
  { path: `/api/products/${id}/`, method: 'PATCH', body: {}, bad: [''] },
  { path: `/api/products/${id}/`, method: 'PATCH', body: { name: 'x', sku: 'x' }, bad: ['/sku'] },
  {
    path: `/api/products/${id}/`,
    method: 'PATCH',
    body: { name: '', price: -1, active: 1 },
    bad: ['/name', '/price', '/active'],
  },
  { path: `/api/products/${id}/adjust-stock/`, body: { delta: 0 }, bad: ['/delta', '/reason'] },
  { path: `/api/orders/${id}/transition/?now=1`, body: {}, bad: ['?now', '/new_status'] },
  {
    path: `/api/orders/${id}/returns/`,
    body: { line: 1, quantity: 1, restock: false, reason: 'broken', warehouse: 'MAIN' },
    bad: ['/warehouse'],
  },
  { path: `/api/orders/${id}/returns/`, body: {}, bad: ['/line', '/quantity', '/restock', '/reason'] },
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
