import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import { routes } from '../../src/api/routes/index.ts';
import {
  createOrder,
  createProduct,
  createReservation,
  createWarehouse,
  expectStatus,
  moveThrough,
  startApi,
  transferStock,
  type ReturnWire,
  type TestApi,
} from '../support/api.ts';
import { until } from '../support/until.ts';

const paths = Array.from(new Set(routes.map(({ path }) => path)));
const readable = routes.filter(({ method }) => method === 'GET').map(({ path }) => path);

describe('HTTP manners', () => {
  let api: TestApi;
  let ids: Readonly<Record<string, string>>;

  /** The address of something that exists, for the path of a route. */
  const addressOf = (path: string) => {
    const kind = path.replace(/^\/(api|docs)/, '').split('/')[1] ?? '';
    const named = path.replace('{id}', ids[kind] ?? '').replace('{return_id}', ids['returns'] ?? '');
    const file = path.startsWith('/docs') ? 'docs assets' : 'console assets';
    return named.replace('{code}', ids[kind] ?? '').replace('{file}', ids[file] ?? '');
  };

  /** The name of a file that a page loads. */
  const loadedBy = async (page: string) => (await api.get(page)).text.match(/\/assets\/([^"]+)/)?.[1] ?? '';

  before(async () => {
    api = await startApi({ keeps: 'by notices' });
    await api.startWorker();
    const product = await createProduct(api);
    const item = { product_id: product.id, quantity: 1 };
    const [docs, pages] = [await loadedBy('/docs'), await loadedBy('/')];
    const [order, reservation] = [await createOrder(api, item), await createReservation(api, item)];
    await moveThrough(api, order.id, ['confirmed', 'processing', 'shipped', 'delivered']);
    const back = { line: 1, quantity: 1, restock: true, reason: 'wrong colour' };
    const { id: returns } = expectStatus(201, await api.post<ReturnWire>(`/api/orders/${order.id}/returns/`, back));
    await createWarehouse(api, { code: 'EAST' });
    const { id: transfer } = await transferStock(api, { product_id: product.id, to: 'EAST' });
    const { id: keys } = expectStatus(201, await api.post<{ id: string }>('/api/keys/', { name: 'k', role: 'viewer' }));
    ids = {
      keys,
      products: product.id,
      warehouses: 'EAST',
      'stock-transfers': transfer,
      orders: order.id,
      returns,
      reservations: reservation.id,
      'docs assets': docs,
      'console assets': pages,
    };
  });
  after(() => api.stop());

  for (const path of readable) {
    it(`HEAD ${path} answers as GET does, without the body`, async () => {
      const [get, head] = [await api.get(addressOf(path)), await api.request('HEAD', addressOf(path))];
      assert.deepEqual([get.status, head.status, head.text], [200, 200, '']);
      for (const name of ['Content-Type', 'Content-Length', 'Cache-Control', 'Content-Security-Policy']) {
        assert.equal(head.headers.get(name), get.headers.get(name), name);
      }
    });
  }

  for (const path of paths) {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method as string);
    const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].toSorted();
    it(`${path} has ${allow.join(', ')}: OPTIONS says so, and every other method is 405`, async () => {
      const options = await api.request('OPTIONS', addressOf(path));
      assert.deepEqual([options.status, options.headers.get('Allow'), options.text], [204, allow.join(', '), '']);
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((one) => !allow.includes(one))) {
        const refused = await api.request(method, addressOf(path));
        assert.deepEqual([refused.status, refused.headers.get('Allow')], [405, allow.join(', ')], method);
      }
    });
  }

  describe('every answer', () => {
    const answers: readonly { path: string; status: number; method?: string }[] = [
      { path: '/api/products/', status: 200 },
      { path: '/api/products/?limit=0', status: 400 },
      { path: `/api/orders/${uuidv4()}/`, status: 404 },
      { path: '/nothing', status: 404 },
      { path: '/api/products/', method: 'DELETE', status: 405 },
      { path: '/api/products/', method: 'OPTIONS', status: 204 },
      { path: '/livez', status: 200 },
    ];
    for (const { path, status, method = 'GET' } of answers) {
      const name = `${method} ${path.replace(/[0-9a-f-]{36}/, '{id}')}`;
      it(`is not to be kept, run or framed: ${status} of ${name}`, async () => {
        const reply = await api.request(method, path);
        assert.equal(reply.status, status);
        const header = (of: string) => reply.headers.get(of);
        assert.equal(header('Cache-Control'), 'no-store');
        assert.equal(
          header('Content-Security-Policy'),
          "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
        );
        assert.equal(header('X-Content-Type-Options'), 'nosniff');
        assert.equal(header('X-Frame-Options'), 'DENY');
        assert.equal(header('Referrer-Policy'), 'no-referrer');
        assert.equal(header('X-Powered-By'), null);
        assert.equal(header('Access-Control-Allow-Origin'), null);
      });
    }

    it('may set its own: the pages load their scripts, and files that never change are kept', async () => {
      const page = await api.get('/docs');
      assert.match(page.headers.get('Content-Security-Policy') ?? '', /script-src 'self'/);
      assert.equal(page.headers.get('X-Content-Type-Options'), 'nosniff');
      const asset = await api.get(`/docs/assets/${ids['docs assets']}`);
      assert.match(asset.headers.get('Cache-Control') ?? '', /immutable/);
    });
  });

  describe('the log', () => {
    const linesOf = (requestId: string) => api.lines.filter((line) => line['request_id'] === requestId);

    it('has one line for each request: id, method, route, status, duration and the order', async () => {
      const item = { product_id: ids['products'], quantity: 1 };
      const placed = await api.post<{ id: string }>('/api/create-order/', item);
      const order_id = placed.json.data.id;
      const moved = await api.post(`/api/orders/${order_id}/transition`, { new_status: 'confirmed' });
      const refused = await api.post(`/api/orders/${order_id}/transition/`, { new_status: 'confirmed' });
      const audit = await api.get(`/api/orders/${order_id}/audit/`);
      const expected = [
        [placed, { method: 'POST', route: '/api/create-order/', status: 201, order_id }],
        [moved, { method: 'POST', route: '/api/orders/{id}/transition/', status: 200, order_id }],
        [
          refused,
          { method: 'POST', route: '/api/orders/{id}/transition/', status: 409, order_id, code: 'invalid-transition' },
        ],
        [audit, { method: 'GET', route: '/api/orders/{id}/audit/', status: 200, order_id }],
      ] as const;
      for (const [reply, fields] of expected) {
        const { request_id } = reply.json;
        await until(() => linesOf(request_id).length > 0);
        const [line, ...more] = linesOf(request_id);
        assert.deepEqual(more, []);
        assert.ok(Number(line?.['duration_ms']) >= 0);
        const ofTheLogger = ['duration_ms', 'level', 'time', 'pid', 'hostname', 'msg'];
        const told = Object.entries(line ?? {}).filter(([name]) => !ofTheLogger.includes(name));
        assert.deepEqual(Object.fromEntries(told), { request_id, ...fields });
      }
    });

    it('has a line for what no route takes', async () => {
      const { json } = await api.request('DELETE', '/nothing/here');
      await until(() => linesOf(json.request_id).length > 0);
      const [line] = linesOf(json.request_id);
      assert.deepEqual([line?.['route'], line?.['status'], line?.['code']], [null, 404, 'not-found']);
    });
  });
});
