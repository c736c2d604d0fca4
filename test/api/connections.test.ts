import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { createProduct, startApi, type TestApi } from '../support/api.ts';
import { assertProblem, dial, exchange } from '../support/wire.ts';
import { asRole } from '../support/postgres.ts';
import { until } from '../support/until.ts';

const post = 'POST /api/create-order/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

describe('Connections', () => {
  let api: TestApi;
  afterEach(() => api.stop());

  describe('that are slow', () => {
    const limits = { headers: 150, request: 300, keepAlive: 150, silence: 5_000, check: 25 };
    beforeEach(async () => {
      api = await startApi({ limits });
    });

    for (const [what, bytes] of Object.entries({
      'nothing at all': '',
      'half a request line': 'GET /api/prod',
      'headers without an end': 'GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: ',
      'a body without an end': `${post}Content-Length: 100\r\n\r\n{"quantity": `,
      'chunks without an end': `${post}Transfer-Encoding: chunked\r\n\r\n5\r\n{"qua\r\n`,
    })) {
      it(`and send ${what} are answered with 408 and closed`, async () => {
        const answer = await exchange(api.url, bytes);
        assertProblem(answer, 'request-timeout');
        assert.equal(answer.status, 408);
        assert.equal(answer.headers.get('Cache-Control'), 'no-store');
      });
    }

    it('and idle after a request are closed', async () => {
      const answer = await text(await dial(api.url, 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n'));
      assert.match(answer, /^HTTP\/1\.1 200 /);
    });

    it('are closed even when the caller never closes its side', async () => {
      const socket = await dial(api.url, 'GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
      socket.allowHalfOpen = true;
      socket.resume();
      await once(socket, 'end');
      // What is sent to a connection that is gone comes back as an error.
      const gone = once(socket, 'close');
      const sending = setInterval(() => socket.write('x'), 20);
      await gone.catch(() => undefined);
      clearInterval(sending);
    });

    it('are in the log, with the request id of the answer', async () => {
      const { headers } = await exchange(api.url, 'GET /');
      const line = api.lines.find((one) => one['request_id'] === headers.get('X-Request-Id'));
      assert.deepEqual([line?.['status'], line?.['code'], line?.['route']], [408, 'request-timeout', null]);
    });
  });

  describe('that say nothing for long', () => {
    it('are closed without an answer', async () => {
      api = await startApi({ limits: { silence: 100 } });
      assert.equal(await text(await dial(api.url, 'GET /')), '');
    });
  });

  describe('beyond the number of requests that may be in flight', () => {
    const unfinished = () => dial(api.url, `${post}Content-Length: 100\r\n\r\n{`);
    const isFull = async () => (await api.get('/api/products/')).status === 503;

    beforeEach(async () => {
      api = await startApi({ capacity: 2 });
    });

    it('are answered with 503 and Retry-After, while health is told', async () => {
      const sockets = [await unfinished(), await unfinished()];
      await until(isFull);
      const { status, headers, json } = await api.post('/api/products/', {});
      assert.deepEqual([status, json.code, headers.get('Retry-After')], [503, 'unavailable', '1']);
      assert.equal((await api.get('/livez')).status, 200);
      assert.equal((await api.get('/readyz/')).status, 200);
      for (const socket of sockets) socket.destroy();
    });

    it('have room again when callers hang up', async () => {
      const sockets = [await unfinished(), await unfinished()];
      await until(isFull);
      for (const socket of sockets) socket.destroy();
      await until(async () => !(await isFull()));
    });

    it('have room again after requests that failed', async () => {
      for (let count = 0; count < 5; count++) assert.equal((await api.get('/api/products/?limit=0')).status, 400);
      await asRole(api.db, 'api').destroy();
      for (let count = 0; count < 5; count++) assert.notEqual((await api.get('/api/products/')).json.code, undefined);
      assert.equal((await api.get('/api/products/?limit=0')).status, 400);
    });
  });

  describe('that are kept alive while the API is told to stop', () => {
    it('are answered once more, and told that it was the last time', async () => {
      api = await startApi({ limits: { farewell: 60_000, drain: 5_000 } });
      const request = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n';
      const socket = await dial(api.url, request);
      const [first] = (await once(socket, 'data')) as [Buffer];
      assert.doesNotMatch(first.toString(), /Connection: close/i);
      // Not awaited: it says farewell for a minute, unless everybody has gone before.
      const stopping = api.stop();
      socket.write(request);
      const last = await text(socket);
      assert.match(last, /^HTTP\/1\.1 200 /);
      assert.match(last, /Connection: close/i);
      await stopping;
    });
  });

  describe('that the caller drops', () => {
    it('do not stop the work: the order is placed, and the request ends', async () => {
      api = await startApi();
      await api.startWorker();
      const { id } = await createProduct(api);
      const body = JSON.stringify({ product_id: id, quantity: 1 });
      const socket = await dial(api.url, `${post}Content-Length: ${body.length}\r\n\r\n${body}`);
      await until(() => socket.bytesWritten > body.length);
      socket.resetAndDestroy();
      const line = () => api.lines.find((one) => one['route'] === '/api/create-order/');
      await until(() => line() !== undefined);
      assert.deepEqual([line()?.['status'], line()?.['disconnected']], [201, true]);
      assert.deepEqual(await api.db('orders').pluck('id'), [line()?.['order_id']]);
    });
  });
});
