import assert from 'node:assert/strict';
import { startApi, type TestApi } from '../support/api.ts';
import { assertProblem, exchange } from '../support/wire.ts';
import { rowCounts } from '../support/row-counts.ts';

const lamp = { name: 'Lamp', price: '1.00', total_stock: 1 };

describe('An API without credentials', () => {
  let api: TestApi;
  before(async () => {
    api = await startApi({ corsOrigins: ['https://shop.example'] });
  });
  after(() => api.stop());

  const ask = (headers: readonly string[]) =>
    exchange(api.url, ['GET /api/products/ HTTP/1.1', ...headers, 'Connection: close', '', ''].join('\r\n'));

  for (const host of ['localhost', 'LOCALHOST:1', '127.0.0.1', '127.0.0.1:8080', '[::1]', '[::1]:3000']) {
    it(`answers who asks for ${host}`, async () => {
      assert.equal((await ask([`Host: ${host}`])).status, 200);
    });
  }

  it('answers who names no host at all, as HTTP/1.0 may', async () => {
    assert.equal((await exchange(api.url, 'GET /api/products/ HTTP/1.0\r\n\r\n')).status, 200);
  });

  for (const host of [
    ...[
      'evil.example',
      'evil.example:3000',
      'localhost.evil.example',
      'evil.example:127.0.0.1',
      '127.0.0.1.evil.example',
    ],
    ...['0.0.0.0', '192.168.0.7', '[::]', 'localhost.', 'localhost@evil.example', ''],
  ]) {
    it(`refuses who asks for ${JSON.stringify(host)}: its name may lead here by somebody else's DNS`, async () => {
      const answer = await ask([`Host: ${host}`]);
      assert.equal(answer.status, 421);
      assertProblem(answer, 'foreign-host');
    });
  }

  for (const header of [
    'Forwarded: for=1.2.3.4',
    'X-Forwarded-For: 1.2.3.4',
    'X-Forwarded-Host: shop.example',
    'X-Real-IP: 1.2.3.4',
  ]) {
    it(`refuses what came through a proxy (${header})`, async () => {
      assertProblem(await ask(['Host: localhost', header]), 'foreign-host');
    });
  }

  it('takes what its own pages send, and those of listed origins', async () => {
    for (const origin of [api.url, 'https://shop.example']) {
      const { status } = await api.post('/api/products/', lamp, { Origin: origin });
      assert.equal(status, 201, origin);
    }
  });

  for (const origin of [
    'https://evil.example',
    'null',
    'http://localhost:1',
    'http://127.0.0.1',
    'https://127.0.0.1',
    'file://',
  ]) {
    it(`refuses what a page of ${origin} sends, whatever form it has`, async () => {
      const before = await rowCounts(api.db);
      const form = { 'Content-Type': 'application/x-www-form-urlencoded', Origin: origin };
      for (const [body, headers] of [
        [lamp, { Origin: origin }],
        ['name=Lamp&price=1', form],
        [JSON.stringify(lamp), { ...form, 'Content-Type': 'text/plain' }],
      ] as const) {
        const { status, json } = await api.request('POST', '/api/products/', { body, headers });
        assert.deepEqual([status, json.code], [403, 'foreign-origin']);
      }
      assert.deepEqual(await rowCounts(api.db), before);
    });
  }
});
