import assert from 'node:assert/strict';
import { v4 } from 'uuid';
import { startApi, type TestApi } from '../support/api.ts';
import { rowCounts } from '../support/row-counts.ts';
import { until } from '../support/until.ts';
import { assertProblem, dial, exchange } from '../support/wire.ts';

const body = '{"name":"Lamp","price":1,"total_stock":1}';
const post = `POST /api/products/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
const close = 'Connection: close\r\n';
const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;

/** What no HTTP client would send, and the status and code that it is answered with. */
const refused: Readonly<Record<string, readonly [bytes: string, status: number, code: string]>> = {
  'no HTTP': ['nonsense\r\n\r\n', 400, 'malformed-request'],
  TLS: ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400, 'malformed-request'],
  'HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'malformed-request'],
  'an unknown method': ['BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n', 400, 'malformed-request'],
  'no host': [`GET /livez HTTP/1.1\r\n${close}\r\n`, 400, 'malformed-request'],
  'a target that is no address': [
    `GET http://xn--0/ HTTP/1.1\r\nHost: localhost\r\n${close}\r\n`,
    400,
    'malformed-request',
  ],
  'the target *': [`OPTIONS * HTTP/1.1\r\nHost: localhost\r\n${close}\r\n`, 404, 'not-found'],
  'a header without a colon': ['GET /livez HTTP/1.1\r\nHost x\r\n\r\n', 400, 'malformed-request'],
  'a NUL in a header': ['GET /livez HTTP/1.1\r\nHost: localhost\0\r\n\r\n', 400, 'malformed-request'],
  'a length that is no number': [`${post}Content-Length: x\r\n\r\n${body}`, 400, 'malformed-request'],
  'a negative length': [`${post}Content-Length: -1\r\n\r\n${body}`, 400, 'malformed-request'],
  'two lengths': [`${post}Content-Length: 1\r\nContent-Length: 2\r\n\r\n${body}`, 400, 'malformed-request'],
  'a length and chunks': [
    `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    'malformed-request',
  ],
  'a chunk of no size': [`${post}Transfer-Encoding: chunked\r\n\r\nx\r\n`, 400, 'malformed-request'],
  'a long header': [
    `GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'headers-too-large',
  ],
  'a long path': [`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431, 'headers-too-large'],
  'many headers': [
    `GET / HTTP/1.1\r\nHost: localhost\r\n${'X-Many: 1\r\n'.repeat(2_500)}\r\n`,
    431,
    'headers-too-large',
  ],
  'a length beyond 64 KiB': [`${post}${close}Content-Length: 99999999999\r\n\r\n{`, 413, 'payload-too-large'],
  'chunks beyond 64 KiB': [
    `${post}${close}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(5)}0\r\n\r\n`,
    413,
    'payload-too-large',
  ],
  'HTTP/1.0 with an empty body': ['POST /api/products/ HTTP/1.0\r\n\r\n', 400, 'malformed-json'],
};

describe('Bytes that are no good request', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
  });
  after(() => api.stop());

  for (const [what, [bytes, status, code]] of Object.entries(refused)) {
    it(`(${what}) are answered with ${status} ${code}, with a request id`, async () => {
      const rows = await rowCounts(api.db);
      const answer = await exchange(api.url, bytes);
      assert.equal(answer.status, status, answer.body);
      assertProblem(answer, code);
      assert.deepEqual(await rowCounts(api.db), rows);
    });
  }

  for (const [method, path] of [
    ['POST', '/api/products/'],
    ['PUT', '/api/stock-levels/'],
  ] as const) {
    it(`(a caller that hangs up while it sends, ${method} ${path}) are no failure of ours in the log`, async () => {
      const id = v4();
      const head = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: ${id}\r\nContent-Type: application/json\r\n`;
      const socket = await dial(api.url, `${head}Content-Length: 100\r\n\r\n{`);
      // It has arrived when one that came later is answered.
      await exchange(api.url, `GET /livez HTTP/1.1\r\nHost: localhost\r\n${close}\r\n`);
      socket.resetAndDestroy();
      const told = () => api.lines.filter((line) => line['request_id'] === id);
      await until(() => told().length > 0);
      assert.deepEqual(
        told().map(({ status, level, code, disconnected }) => [status, level, code, disconnected]),
        [[400, 30, 'malformed-request', true]],
      );
    });
  }

  it('do not include HTTP/1.0, an absolute target, an upgrade or an unknown expectation', async () => {
    for (const bytes of [
      'GET /livez HTTP/1.0\r\n\r\n',
      `GET http://x/livez HTTP/1.1\r\nHost: localhost\r\n${close}\r\n`,
      'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n',
      `GET /livez HTTP/1.1\r\nHost: localhost\r\n${close}Expect: a-miracle\r\n\r\n`,
    ]) {
      const answer = await exchange(api.url, bytes);
      assert.equal(answer.status, 200, bytes);
      const { request_id } = JSON.parse(answer.body) as { request_id: string };
      assert.equal(answer.headers.get('X-Request-Id'), request_id);
    }
  });

  it('do not include a body that waits to be asked for', async () => {
    const head = `${post}${close}Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`;
    const answer = await exchange(api.url, head + body);
    assert.equal(answer.status, 100);
    assert.match(answer.body, /^HTTP\/1.1 201 /);
  });
});
