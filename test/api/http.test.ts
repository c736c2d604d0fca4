import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { v4 as uuidv4 } from 'uuid';
import { openDatabase } from '../../src/persistence/database.ts';
import { createProduct, expectStatus, startApi, type TestApi } from '../support/api.ts';

describe('the HTTP API', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
  });
  after(() => api.stop());

  describe('request ids', () => {
    it('keeps the UUID that the caller sent, in the header and in the body', async () => {
      const requestId = uuidv4();
      const { headers, json } = await api.get('/api/products/', { headers: { 'X-Request-Id': requestId } });
      assert.deepEqual([headers.get('X-Request-Id'), json.request_id], [requestId, requestId]);
    });

    it('makes its own when the caller sent something else', async () => {
      const { json } = await api.get('/api/products/', { headers: { 'X-Request-Id': 'my-request' } });
      assert.notEqual(json.request_id, 'my-request');
    });

    const everyKind: readonly { status: number; method: string; path: string; body?: unknown; headers?: object }[] = [
      { status: 200, method: 'GET', path: '/api/products/' },
      { status: 200, method: 'GET', path: '/livez' },
      { status: 200, method: 'GET', path: '/readyz' },
      { status: 400, method: 'GET', path: '/api/products/?nonsense=1' },
      { status: 400, method: 'POST', path: '/api/create-order/', body: '{' },
      { status: 404, method: 'GET', path: '/nothing/here' },
      { status: 404, method: 'GET', path: '/nowhere' },
      { status: 404, method: 'GET', path: '/api/products/nonsense/' },
      { status: 405, method: 'DELETE', path: '/api/products/' },
      { status: 413, method: 'POST', path: '/api/create-order/', body: ' '.repeat(64 * 1024 + 1) },
      {
        status: 415,
        method: 'POST',
        path: '/api/create-order/',
        body: '{}',
        headers: { 'Content-Type': 'text/plain' },
      },
    ];
    for (const { status, method, path, body, headers = {} } of everyKind) {
      it(`are in the ${status} to ${method} ${path}`, async () => {
        // That every JSON answer has one is checked for each request of the tests; here, that it is JSON.
        const reply = await api.request(method, path, { body, headers: { ...headers } });
        assert.equal(reply.status, status);
        assert.ok(reply.json.request_id);
      });
    }
  });

  it('takes an address with and without its last slash for the same', async () => {
    const { id } = await createProduct(api);
    for (const path of ['/api/products', `/api/products/${id}`, '/livez', '/docs', '/api/audit-log']) {
      assert.deepEqual([(await api.get(path)).status, (await api.get(`${path}/`)).status], [200, 200], path);
    }
    assert.equal((await api.get('/api//products')).status, 404);
  });

  describe('bodies', () => {
    it('takes application/json with charset=utf-8, in any case', async () => {
      const headers = { 'Content-Type': 'Application/JSON; Charset="UTF-8"' };
      const { status } = await api.post('/api/products/', { name: 'x', price: 1, total_stock: 1 }, headers);
      assert.equal(status, 201);
    });
  });

  describe('callers', () => {
    it('are anonymous unless they say who they are in X-Actor', async () => {
      const actorOf = async (headers: Record<string, string>) => {
        const { json } = await api.post<{ id: string }>(
          '/api/products/',
          { name: 'x', price: 1, total_stock: 0 },
          headers,
        );
        const audit = await api.get<{ actor: string }[]>(`/api/audit-log/?object_id=${json.data.id}`);
        return audit.json.data[0]?.actor;
      };
      assert.equal(await actorOf({}), 'anonymous');
      assert.equal(await actorOf({ 'X-Actor': 'Anna Smith <anna@example.com>' }), 'Anna Smith <anna@example.com>');
    });
  });

  describe('failures', () => {
    it('answers 500 without telling why, and logs why under the request_id', async () => {
      const broken = await startApi();
      try {
        await broken.db.raw('ALTER TABLE products RENAME TO hidden_products');
        const { status, json, text } = await broken.get('/api/products/');
        assert.deepEqual([status, json.code], [500, 'internal']);
        assert.doesNotMatch(text, /relation|select|hidden/i);
        const logged = broken.lines.find((line) => line['request_id'] === json.request_id && 'err' in line);
        assert.match(JSON.stringify(logged?.['err']), /relation/);
      } finally {
        await broken.stop();
      }
    });

    it('answers 503 when the database cannot be reached', async () => {
      const db = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing' });
      const cut = await startApi({ db });
      try {
        for (const path of ['/api/products/', `/api/orders/${uuidv4()}/`, '/api/audit-log/']) {
          assert.equal((await cut.get(path)).json.code, 'unavailable');
        }
        assert.equal((await cut.post('/api/products/', { name: 'x', price: 1, total_stock: 1 })).status, 503);
      } finally {
        await cut.stop();
        await db.destroy();
      }
    });

    it('goes on after callers that hang up before and while they send', async () => {
      const head =
        'POST /api/create-order/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100';
      for (const bytes of [
        '',
        'POST /api',
        `${head}\r\n\r\n{"quantity"`,
        'GET /api/products/ HTTP/1.1\r\nHost: localhost\r\n\r\n',
      ]) {
        const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
        await once(socket, 'connect');
        if (bytes !== '') await new Promise((resolve) => socket.write(bytes, resolve));
        socket.resetAndDestroy();
      }
      expectStatus(200, await api.get('/api/products/'));
    });
  });
});
