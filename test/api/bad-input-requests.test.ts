import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import { routes } from '../../src/api/routes/index.ts';
import { createOrder, createProduct, expectStatus, startApi, type TestApi } from '../support/api.ts';
import { badQueries } from '../support/bad-queries.ts';
import { assertProblem, exchange } from '../support/wire.ts';

describe('A bad request', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
    await api.startWorker();
  });
  after(() => api.stop());

  for (const [path, parameters] of Object.entries(badQueries)) {
    for (const [name, values] of Object.entries(parameters)) {
      it(`names the query parameter ${name} of ${path}: ${values.length} values`, async () => {
        for (const value of values) {
          const { status, json } = await api.get(`${path}?${name}=${value}`);
          const shown = `${name}=${value.slice(0, 60)}`;
          assert.deepEqual([status, json.code], [400, 'validation-failed'], shown);
          assert.equal(json.errors?.length, 1, shown);
          assert.match(json.errors?.[0]?.path ?? '', new RegExp(`^\\?${name}(\\.\\d+)?$`), shown);
        }
      });
    }
  }

  for (const { path, query, method } of routes.filter((route) => route.path.startsWith('/api'))) {
    it(`names unknown and repeated query parameters of ${method} ${path}`, async () => {
      const { id } = query === undefined && path.includes('products') ? await createProduct(api) : { id: uuidv4() };
      const address = path
        .replace('{code}', 'MAIN')
        .replace('keys/{id}', 'keys/aaaaaaaaaaaa')
        .replaceAll(/\{\w+\}/g, id);
      const send = (parameters: string) =>
        api.request(method, `${address}?${parameters}`, method === 'GET' ? {} : { body: '{}' });
      for (const name of ['nonsense', '__proto__', 'constructor', 'Limit', '', '%F0%9F%98%80']) {
        const { status, json } = await send(`${name}=1`);
        assert.equal(status, 400, name);
        assert.ok(
          json.errors?.some((error) => error.path === `?${decodeURIComponent(name)}`),
          name,
        );
      }
      const { status, json } = await send('limit=1&limit=1');
      assert.deepEqual([status, json.errors?.[0]?.path], [400, '?limit']);
    });
  }

  for (const { path, method } of routes.filter((route) => route.path.includes('{id}') && !route.ignoresQuery)) {
    // A page of the console says so itself, to people.
    it(`is 404 at ${method} ${path} when the id is none`, async () => {
      const bad = [
        'x',
        '1',
        '%00',
        '%FF',
        '%ZZ',
        '%',
        '%E2%80%AE',
        '%2e%2e',
        `${uuidv4()}x`,
        `${uuidv4()}%0A`,
        'x'.repeat(5_000),
      ];
      for (const id of bad) {
        const { status, json } = await api.request(
          method,
          path.replace('{id}', id),
          method === 'GET' ? {} : { body: '{}' },
        );
        assert.deepEqual([status, json.code], [404, 'not-found'], id.slice(0, 60));
      }
    });
  }

  for (const { path, method } of routes.filter((route) => route.path.includes('{code}'))) {
    it(`is 404 at ${method} ${path} when the code is none`, async () => {
      for (const code of ['.A', '-A', 'A B', '%00', '%FF', '%ZZ', '%', '%E2%80%AE', '%C4%B1', 'A%0A', 'x'.repeat(33)]) {
        const body = method === 'GET' ? {} : { body: '{}' };
        const { status, json } = await api.request(method, path.replace('{code}', code), body);
        assert.deepEqual([status, json.code], [404, 'not-found'], code);
      }
    });
  }

  it('takes times at the ends of what can be written, and never fails', async () => {
    const ends = ['0001-01-01', '9999-12-31', '0000-12-31T23:59:59-00:01', '9999-12-31T23:59:59.999999Z', '2024-02-29'];
    for (const path of ['/api/orders/', '/api/audit-log/']) {
      for (const end of [
        ...ends,
        '9999-12-31T23:59:59%2B23:59',
        '2026-01-01T00:00:00.123456789Z',
        '2026-01-01T00:00:00-00:00',
      ]) {
        for (const name of ['start_date', 'end_date']) {
          assert.equal((await api.get(`${path}?${name}=${end}`)).status, 200, `${name}=${end}`);
        }
      }
    }
    for (const query of ['min_total=999999999999999.99', 'max_total=0', 'min_total=5&max_total=1']) {
      assert.equal((await api.get(`/api/orders/?${query}`)).status, 200, query);
    }
  });

  it('is a 400 for every cursor that was changed by one character, cut, or belongs elsewhere', async () => {
    const product = await createProduct(api, { total_stock: 10 });
    for (let count = 0; count < 2; count++) await createOrder(api, { product_id: product.id, quantity: 1 });
    const cursorOf = async (query: string) => (await api.get(`${query}limit=1`)).json.next_cursor ?? '';
    const cursor = await cursorOf('/api/orders/?');
    const changed = Array.from(cursor, (character, index) =>
      [cursor.slice(0, index), character === 'A' ? 'B' : 'A', cursor.slice(index + 1)].join(''),
    );
    const foreign = [
      await cursorOf('/api/orders/?sort=total&'),
      await cursorOf('/api/orders/?status=pending&'),
      await cursorOf('/api/audit-log/?'),
      await cursorOf('/api/reservations/?'),
    ];
    assert.ok(foreign.every((one) => one !== ''));
    for (const bad of [...changed, ...foreign, `${cursor}=`, `${cursor}A`, cursor.slice(0, -1), cursor.repeat(2)]) {
      const { status, json } = await api.get(`/api/orders/?cursor=${encodeURIComponent(bad)}`);
      assert.deepEqual([status, json.errors?.map(({ path }) => path)], [400, ['?cursor']], bad);
    }
    assert.equal((await api.get(`/api/orders/?limit=50&cursor=${cursor}`)).status, 200);
  });

  for (const [what, headers] of Object.entries({
    'X-Actor of 101 characters': { 'X-Actor': 'x'.repeat(101) },
    'an empty X-Actor': { 'X-Actor': '' },
    'X-Actor system': { 'X-Actor': 'SyStEm' },
    'X-Actor with a tab': { 'X-Actor': 'a\tb' },
    'X-Actor beyond ASCII': { 'X-Actor': '\u00e4nna' },
  })) {
    it(`names ${what}`, async () => {
      const { status, json } = await api.get('/api/products/', { headers });
      assert.deepEqual([status, json.errors?.map(({ path }) => path)], [400, ['X-Actor']]);
    });
  }

  it('names X-Actor when it is sent twice: nobody may hide behind a proxy’s own', async () => {
    const head =
      'GET /api/products/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Actor: anna\r\nX-Actor: bert\r\n\r\n';
    const answer = await exchange(api.url, head);
    assertProblem(answer, 'validation-failed');
    assert.match(answer.body, /"X-Actor","message":"is given more than once"/);
  });

  for (const [prefer, status] of Object.entries({
    'respond-async': 202,
    'RESPOND-ASYNC': 202,
    'wait=10, respond-async; foo="bar"': 202,
    'respond-asynchronously': 200,
    'no-respond-async': 200,
    'foo="a, respond-async"': 200,
    'return=minimal': 200,
    '': 200,
  })) {
    it(`is none for Prefer: ${prefer || '(empty)'}, which is answered with ${status}`, async () => {
      const { id } = await createOrder(api, { product_id: (await createProduct(api)).id, quantity: 1 });
      const reply = await api.post(`/api/orders/${id}/transition/`, { new_status: 'cancelled' }, { Prefer: prefer });
      expectStatus(status, reply);
      assert.equal(reply.headers.get('Preference-Applied'), status === 202 ? 'respond-async' : null);
    });
  }
});
