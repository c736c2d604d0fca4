import assert from 'node:assert/strict';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { v4 as uuidv4 } from 'uuid';
import { usualBodies } from '../../src/api/read-body.ts';
import { routes } from '../../src/api/routes/index.ts';
import { createProduct, createReservation, expectStatus, startApi, type TestApi } from '../support/api.ts';
import { rowCounts } from '../support/row-counts.ts';
import { exchange } from '../support/wire.ts';

const product = { name: 'Lamp', price: '1.00', total_stock: 1 };
const json = JSON.stringify(product);
const type = (contentType: string) => ({ 'Content-Type': contentType });
const encoded = (encoding: string) => ({ 'Content-Encoding': encoding });

interface Case {
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly code: string;
  /** It is too large for those that take no more. */
  readonly isLarge?: boolean;
}

const malformed = { status: 400, code: 'malformed-json' };
const invalid = { status: 400, code: 'validation-failed' };
const unsupported = { status: 415, code: 'unsupported-media-type' };
const tooLarge = { status: 413, code: 'payload-too-large', isLarge: true };

const cases: Readonly<Record<string, Case>> = {
  'no body': malformed,
  'an empty body': { body: '', ...malformed },
  blanks: { body: ' \n\t', ...malformed },
  'JSON cut short': { body: json.slice(0, -1), ...malformed },
  'JSON with more behind it': { body: `${json}{}`, ...malformed },
  'a comma too many': { body: '{"name":"Lamp",}', ...malformed },
  'a comment': { body: '{/* */}', ...malformed },
  'single quotes': { body: "{'name':'Lamp'}", ...malformed },
  NaN: { body: '{"price":NaN}', ...malformed },
  'a number with leading zeros': { body: '{"total_stock":01}', ...malformed },
  'a control character in a string': { body: '{"name":"a\u0001b"}', ...malformed },
  'a bad escape': { body: '{"name":"\\x41"}', ...malformed },
  'a byte order mark': { body: `\ufeff${json}`, ...malformed },
  'bytes that are not UTF-8': { body: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), ...malformed },
  'a surrogate as UTF-8 bytes': { body: new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), ...malformed },
  'UTF-16': { body: Buffer.from(json, 'utf16le'), ...malformed },
  'a key twice': { body: '{"name":"Lamp","price":1,"name":"Chair","total_stock":1}', ...malformed },
  'a key twice, once escaped': { body: '{"price":1,"pric\\u0065":2,"name":"Lamp","total_stock":1}', ...malformed },
  'a key twice far inside': { body: '{"name":[{"a":1},{"b":{"c":1,"d":[],"c":2}}]}', ...malformed },
  '__proto__ twice': { body: '{"__proto__":1,"__proto__":2}', ...malformed },
  '20,000 open brackets': { body: '['.repeat(20_000), ...malformed },
  '20,000 open objects': { body: '{"a":'.repeat(12_000), ...malformed },
  '20,000 nested brackets': { body: '['.repeat(20_000) + ']'.repeat(20_000), ...invalid },
  '10,000 nested objects in a field': { body: `{"name":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`, ...invalid },
  'a list': { body: '[]', ...invalid },
  'a string': { body: '"x"', ...invalid },
  'a number': { body: '1e400', ...invalid },
  null: { body: 'null', ...invalid },
  true: { body: 'true', ...invalid },
  '100,000 keys': {
    body: `{${Array.from({ length: 100_000 }, (_, n) => `"${n}":0`).join()}}`,
    ...tooLarge,
  },
  'more than 64 KiB': { body: json.padEnd(64 * 1024 + 1), ...tooLarge },
  gzip: { body: gzipSync(json), headers: encoded('gzip'), ...unsupported },
  deflate: { body: deflateSync(json), headers: encoded('deflate'), ...unsupported },
  brotli: { body: brotliCompressSync(json), headers: encoded('br'), ...unsupported },
  'an unknown encoding': { body: json, headers: encoded('x'), ...unsupported },
  'two encodings': { body: json, headers: encoded('identity, gzip'), ...unsupported },
  'a zip bomb': { body: gzipSync(Buffer.alloc(10_000_000)), headers: encoded('gzip'), ...unsupported },
  'gzip without saying so': { body: gzipSync(json), ...malformed },
  'the charset latin1': { body: json, headers: type('application/json; charset=iso-8859-1'), ...unsupported },
  'the charset utf-16': { body: json, headers: type('application/json; charset=utf-16'), ...unsupported },
  'text/plain': { body: json, headers: type('text/plain'), ...unsupported },
  'a form': { body: 'name=Lamp', headers: type('application/x-www-form-urlencoded'), ...unsupported },
  multipart: { body: '--x--', headers: type('multipart/form-data; boundary=x'), ...unsupported },
  'another kind of JSON': { body: json, headers: type('application/merge-patch+json'), ...unsupported },
  'an empty content type': { body: json, headers: type(''), ...unsupported },
};

describe('A body', () => {
  let api: TestApi;
  let addresses: readonly { readonly method: string; readonly path: string; readonly largest: number }[];

  before(async () => {
    api = await startApi();
    await api.startWorker();
    const { id } = await createProduct(api);
    addresses = routes
      .filter(({ body }) => body !== undefined)
      .map(({ method, path, bodies = usualBodies }) => {
        const address = path.replace('{id}', path.includes('orders') ? uuidv4() : id).replace('{code}', 'MAIN');
        return { method, path: address, ...bodies };
      });
  });
  after(() => api.stop());

  for (const [what, { body, headers, status, code, isLarge = false }] of Object.entries(cases)) {
    it(`may not be ${what}: ${status} ${code} wherever a body is taken`, async () => {
      const rows = await rowCounts(api.db);
      const asked = addresses.filter(({ largest }) => !isLarge || largest === usualBodies.largest);
      assert.ok(asked.length > 5);
      for (const { method, path } of asked) {
        const reply = await api.request(method, path, { body, ...(headers && { headers }) });
        assert.deepEqual([reply.status, reply.json.code], [status, code], `${path}: ${reply.text.slice(0, 300)}`);
      }
      assert.deepEqual(await rowCounts(api.db), rows);
    });
  }

  it('may not be larger than its address takes, whichever that is', async () => {
    for (const { method, path, largest } of addresses) {
      const tooMuch = await api.request(method, path, { body: json.padEnd(largest + 1) });
      assert.deepEqual([tooMuch.status, tooMuch.json.code], [413, 'payload-too-large'], path);
      const enough = await api.request(method, path, { body: '[]'.padEnd(largest) });
      assert.deepEqual([enough.status, enough.json.code], [400, 'validation-failed'], path);
    }
  });

  for (const key of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '', '\u0000', '\ud800']) {
    it(`may not have the field ${JSON.stringify(key)}`, async () => {
      const body = `${json.slice(0, -1)},${JSON.stringify(key)}:{"name":"x"}}`;
      const { status, json: answer } = await api.request('POST', '/api/products/', { body });
      assert.deepEqual([status, answer.errors], [400, [{ path: `/${key}`, message: 'is not known here' }]]);
      assert.equal(Object.hasOwn(Object.prototype, 'name'), false);
    });
  }

  it('may not have thousands of fields; each is named', async () => {
    const body = `{${Array.from({ length: 7_000 }, (_, n) => `"${n}":0`).join()}}`;
    const { status, json: answer } = await api.request('POST', '/api/products/', { body });
    assert.equal(status, 400);
    assert.equal(answer.errors?.length, 7_003);
    assert.ok((answer.detail ?? '').length < 1_000);
  });

  it('may be as large as 64 KiB, and say that it is not compressed', async () => {
    const body = json.padEnd(64 * 1024);
    expectStatus(201, await api.request('POST', '/api/products/', { body, headers: encoded('identity') }));
  });

  it('may have the same key in two objects', async () => {
    const { status, json: answer } = await api.post('/api/create-order/', {
      items: [
        { product_id: uuidv4(), quantity: 1 },
        { product_id: uuidv4(), quantity: 1 },
      ],
    });
    assert.deepEqual([status, answer.code], [404, 'not-found']);
  });

  it('may not be missing where one is taken: Content-Length 0 without a type', async () => {
    const head = 'POST /api/products/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
    const { status, body } = await exchange(api.url, head);
    assert.deepEqual([status, (JSON.parse(body) as { code: string }).code], [400, 'malformed-json']);
  });

  describe('where none is taken', () => {
    const release = (id: string, headers: string, body = '') =>
      exchange(
        api.url,
        `POST /api/reservations/${id}/release/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n${body}`,
      );
    const reserved = async () =>
      (await createReservation(api, { product_id: (await createProduct(api)).id, quantity: 1 })).id;

    for (const [what, headers, body] of [
      ['may be left out', ''],
      ['may have the length 0', 'Content-Length: 0\r\n'],
      ['may be empty chunks', 'Transfer-Encoding: chunked\r\n', '0\r\n\r\n'],
      ['may be empty with any type', 'Content-Type: text/plain\r\nContent-Length: 0\r\n'],
      ['may be an empty object', 'Content-Type: application/json\r\nContent-Length: 2\r\n', '{}'],
    ] as const) {
      it(what, async () => {
        const answer = await release(await reserved(), headers, body);
        assert.equal(answer.status, 200, answer.body);
      });
    }

    for (const [body, status] of [
      ['[]', 400],
      ['null', 400],
      ['{', 400],
      ['{"reason":"x"}', 400],
      ['{"reason":"x"}', 415],
    ] as const) {
      it(`may not be ${body}${status === 415 ? ' of another type' : ''}: ${status}`, async () => {
        const id = await reserved();
        const typed = status === 415 ? 'text/plain' : 'application/json';
        const answer = await release(id, `Content-Type: ${typed}\r\nContent-Length: ${body.length}\r\n`, body);
        assert.equal(answer.status, status);
        assert.equal((await api.get<{ is_active: boolean }>(`/api/reservations/${id}/`)).json.data.is_active, true);
      });
    }
  });
});
