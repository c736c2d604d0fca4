import assert from 'node:assert/strict';
import { Router } from '@koa/router';
import Koa from 'koa';
import pino from 'pino';
import { makeOrders, type MadeOrders } from '../../bench/million-orders.ts';
import { addReads } from '../../bench/reads.ts';
import { listen, type HttpServer } from '../../src/api/http-server.ts';
import type { RequestState } from '../../src/api/middleware/context.ts';
import { errors } from '../../src/api/middleware/errors.ts';
import { requestId } from '../../src/api/middleware/request-id.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { send, type Reply } from '../support/http.ts';

/** An answer without what is of the request alone. */
function said({ json }: Reply): Omit<Reply['json'], 'request_id'> {
  const { request_id: _, ...rest } = json;
  return rest;
}

describe('the reads of the systems beside Earmark', () => {
  let api: TestApi;
  let made: MadeOrders;
  let beside: HttpServer;

  before(async () => {
    api = await startApi();
    made = await makeOrders(api.db, 60);
    const log = pino({ level: 'silent' });
    const router = new Router<RequestState>();
    addReads(router, api.db, 'EUR');
    const app = new Koa<RequestState>().use(requestId).use(errors(log)).use(router.routes());
    beside = await listen(app.callback(), { host: '127.0.0.1', port: 0, log });
  });
  after(async () => {
    await beside.close();
    await api.stop();
  });

  async function both(path: string) {
    const theirs = await send(`http://127.0.0.1:${beside.port}`, 'GET', path);
    return { ours: await api.get(path), theirs };
  }

  it('answer as Earmark does', async () => {
    const paths = [
      `/api/products/${made.products.common}/`,
      '/api/products/',
      '/api/products/?q=no-such-product',
      '/api/products/?sku=MADE-0001,MADE-0002',
      '/api/orders/',
      '/api/orders/?sort=total&limit=7',
    ];
    for (const path of paths) {
      const { ours, theirs } = await both(path);
      assert.equal(ours.status, 200, path);
      assert.equal(theirs.status, 200, path);
      assert.deepEqual(said(theirs), said(ours), path);
    }
  });

  it('take a cursor of Earmark, so that the same page is measured', async () => {
    const first = await api.get('/api/orders/');
    const { ours, theirs } = await both(`/api/orders/?cursor=${first.json.next_cursor}`);
    assert.equal(theirs.status, 200);
    assert.deepEqual(said(theirs), said(ours));
    assert.notDeepEqual(said(ours).data, first.json.data);
  });

  it('refuse what they do not measure, and find no product that is not there', async () => {
    const { theirs } = await both('/api/orders/?status=pending');
    assert.equal(theirs.status, 400);
    const missing = await both('/api/products/00000000-0000-7000-8000-000000000000/');
    assert.equal(missing.theirs.status, 404);
  });
});
