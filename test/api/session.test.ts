import assert from 'node:assert/strict';
import { revokeApiKey } from '../../src/api/credentials/api-key.ts';
import { createProduct, expectStatus, startApi, type TestApi } from '../support/api.ts';
import { actingAs, keyIdOf, keyMaker, startGuardedApi, type Bearer, type GuardedApi } from '../support/credentials.ts';
import type { Reply } from '../support/http.ts';

const path = '/api/session/';

interface Session {
  readonly access: string;
  readonly actor: string | null;
  readonly role: string;
  readonly [field: string]: unknown;
}

const textOf = ({ Authorization }: Bearer): string => Authorization.replace('Bearer ', '');

/** What a browser would send back. */
const cookieOf = ({ headers }: Reply): string =>
  headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');

/** From a page that the API itself served. */
const asBrowser = (api: TestApi, cookie: string) => ({ Cookie: cookie, Origin: api.url });

describe('A session of a browser', () => {
  describe('where credentials are asked for', () => {
    let api: GuardedApi;
    let key: Bearer;

    before(async () => {
      api = await startGuardedApi();
      key = await api.key('admin', 'anna');
    });
    after(() => api.stop());

    const signIn = (text: string, headers: Record<string, string> = {}) =>
      api.post<Session>(path, { key: text }, headers);

    it('begins with an API key, in a cookie that no script reads, no other site has sent, and that goes with the browser', async () => {
      const reply = await signIn(textOf(key));
      assert.deepEqual(expectStatus(200, reply), { access: 'credentials', actor: 'key:anna', role: 'admin' });
      assert.deepEqual(reply.headers.getSetCookie(), [
        `earmark_session=${textOf(key)}; HttpOnly; SameSite=Strict; Path=/`,
      ]);
      assert.ok(!reply.text.includes(textOf(key)));
    });

    it('says who it is, as the header Authorization does', async () => {
      const expected = {
        access: 'credentials',
        actor: 'key:anna',
        role: 'admin',
        temporal_ui_url: null,
        namespace: 'default',
        currency: 'EUR',
        hold_seconds: 600,
      };
      const cookie = cookieOf(await signIn(textOf(key)));
      assert.deepEqual(expectStatus(200, await api.get(path, { headers: { Cookie: cookie } })), expected);
      assert.deepEqual(expectStatus(200, await api.get(path, { headers: { ...key } })), expected);
      const token = await api.token({ sub: 'bert', role: 'viewer' });
      const { actor, role } = expectStatus(200, await api.get<Session>(path, { headers: { ...token } }));
      assert.deepEqual([actor, role], ['jwt:bert', 'viewer']);
      const { status, json, headers } = await api.get(path);
      assert.deepEqual([status, json.code], [401, 'unauthenticated']);
      assert.equal(headers.get('WWW-Authenticate'), 'Bearer realm="earmark"');
    });

    it('acts as the key does: with its role, under its name in the audit log, also for others', async () => {
      const viewer = cookieOf(await signIn(textOf(await api.key('viewer', 'carl'))));
      const lamp = { name: 'Lamp', price: '1.00', total_stock: 1 };
      const refused = await api.post('/api/products/', lamp, asBrowser(api, viewer));
      assert.deepEqual([refused.status, refused.json.code], [403, 'forbidden']);

      const admin = asBrowser(api, cookieOf(await signIn(textOf(key))));
      const { id } = expectStatus(
        201,
        await api.post<{ id: string }>('/api/products/', lamp, { ...admin, 'X-Actor': 'bob' }),
      );
      const log = await api.get<Session[]>(`/api/audit-log/?object_id=${id}`, { headers: { ...key } });
      assert.deepEqual(
        expectStatus(200, log).map((entry) => [entry.actor, entry['on_behalf_of']]),
        [['key:anna', 'bob']],
      );
    });

    it('gives way to the header Authorization, right or wrong', async () => {
      const cookie = cookieOf(await signIn(textOf(key)));
      const other = await api.key('viewer', 'dora');
      const reply = await api.get<Session>(path, { headers: { Cookie: cookie, ...other } });
      assert.equal(expectStatus(200, reply).actor, 'key:dora');
      const wrong = await api.get(path, { headers: { Cookie: cookie, Authorization: 'Bearer no' } });
      assert.equal(wrong.status, 401);
    });

    it('does not begin with a wrong key: the same 401 as in the header', async () => {
      const wrong = `${textOf(key).slice(0, -43)}${'A'.repeat(43)}`;
      const inHeader = await api.get(path, { headers: { Authorization: `Bearer ${wrong}` } });
      const reply = await signIn(wrong);
      assert.deepEqual(
        [reply.status, reply.json.code, reply.json.detail, reply.headers.get('WWW-Authenticate')],
        [401, 'unauthenticated', inHeader.json.detail, inHeader.headers.get('WWW-Authenticate')],
      );
      assert.deepEqual(reply.headers.getSetCookie(), []);
    });

    it('does not begin with a token, nor is one believed in the cookie', async () => {
      const token = textOf(await api.token({ sub: 'bert' }));
      const reply = await signIn(token);
      assert.deepEqual([reply.status, reply.json.code], [401, 'unauthenticated']);
      assert.match(reply.json.detail ?? '', /Tokens are not taken here/);
      const read = await api.get(path, { headers: { Cookie: `earmark_session=${token}` } });
      assert.deepEqual([read.status, read.json.code], [401, 'unauthenticated']);
    });

    for (const body of [{}, { key: '' }, { key: 1 }, { key: null }, { key: 'x'.repeat(1_001) }]) {
      it(`names what is wrong with ${JSON.stringify(body).slice(0, 30)}`, async () => {
        const { status, json } = await api.post(path, body);
        assert.deepEqual([status, json.errors?.map((error) => error.path)], [400, ['/key']]);
      });
    }

    it('cannot be smuggled into another header by its key', async () => {
      for (const text of ['earmark_a\r\nX-Evil: 1', 'earmark_a; Domain=evil.example', 'earmark_\u00e4']) {
        const reply = await signIn(text);
        assert.deepEqual([reply.status, reply.headers.get('X-Evil')], [401, null]);
        assert.deepEqual(reply.headers.getSetCookie(), []);
      }
    });

    it('ends: the cookie is taken away, and the key stays good', async () => {
      const cookie = cookieOf(await signIn(textOf(key)));
      const reply = await api.request('DELETE', path, { headers: asBrowser(api, cookie) });
      assert.deepEqual([reply.status, reply.text], [204, '']);
      assert.deepEqual(reply.headers.getSetCookie(), [
        'earmark_session=; Max-Age=0; HttpOnly; SameSite=Strict; Path=/',
      ]);
      assert.equal((await api.get(path, { headers: { ...key } })).status, 200);
    });

    it('whose key was revoked is refused from the next request on, and can still be ended or begun anew', async () => {
      const gone = await api.key('admin', 'gone');
      const cookie = cookieOf(await signIn(textOf(gone)));
      assert.equal((await api.get(path, { headers: { Cookie: cookie } })).status, 200);
      await revokeApiKey(api.db, keyIdOf(gone), keyMaker);
      const refused = await api.get(path, { headers: { Cookie: cookie } });
      assert.deepEqual([refused.status, refused.json.detail], [401, 'This API key was revoked.']);
      for (const page of ['/docs', '/openapi.json', '/livez'])
        assert.equal((await api.get(page, { headers: { Cookie: cookie } })).status, 200, page);
      assert.equal((await signIn(textOf(key), asBrowser(api, cookie))).status, 200);
      const ended = await api.request('DELETE', path, { headers: asBrowser(api, cookie) });
      assert.equal(ended.status, 204);
    });

    it('is refused when its cookie is there twice: one of them is from somebody else', async () => {
      const cookie = cookieOf(await signIn(textOf(key)));
      const { status, json } = await api.get(path, { headers: { Cookie: `${cookie}; ${cookie}` } });
      assert.deepEqual([status, json.detail], [401, 'The cookie of the session is given more than once.']);
    });

    it('is found among other cookies, and by its whole name alone', async () => {
      const cookie = cookieOf(await signIn(textOf(key)));
      assert.equal((await api.get(path, { headers: { Cookie: `a=b;${cookie};c=d` } })).status, 200);
      for (const other of [`x${cookie}`, `a=${cookie}`, `__Host-${cookie}`])
        assert.equal((await api.get(path, { headers: { Cookie: other } })).status, 401, other);
    });

    describe('changes things', () => {
      const lamp = { name: 'Lamp', price: '1.00', total_stock: 1 };
      const product = async (headers: Record<string, string>) => {
        const { status, json } = await api.post('/api/products/', lamp, {
          Cookie: cookieOf(await signIn(textOf(key))),
          ...headers,
        });
        return [status, json.code];
      };
      const refused = [403, 'foreign-origin'];

      it('from a page of the API itself', async () => {
        assert.deepEqual(await product({ Origin: api.url }), [201, undefined]);
        assert.deepEqual(await product({ 'Sec-Fetch-Site': 'same-origin' }), [201, undefined]);
      });

      it('not from another page, nor when nothing says from which', async () => {
        const { port } = new URL(api.url);
        for (const origin of [
          ...[
            'https://evil.example',
            'null',
            `https://127.0.0.1:${port}`,
            'http://127.0.0.1',
            `http://localhost:${port}`,
          ],
          ...[`${api.url}.evil.example`, `${api.url}/`, `http://evil@127.0.0.1:${port}`, ''],
        ]) {
          assert.deepEqual(await product({ Origin: origin }), refused, origin);
        }
        assert.deepEqual(await product({}), refused);
        for (const site of ['cross-site', 'same-site', 'none', ''])
          assert.deepEqual(await product({ 'Sec-Fetch-Site': site }), refused, site);
        assert.deepEqual(await product({ Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-origin' }), refused);
      });

      it('not from another page by any method that changes something, whatever the role', async () => {
        const cookie = cookieOf(await signIn(textOf(key)));
        const { id } = await createProduct(actingAs(api, key));
        for (const [method, to] of [
          ['PATCH', `/api/products/${id}/`],
          ['PUT', '/api/stock-levels/'],
          ['POST', '/api/fulfilment-plans/'],
          ['DELETE', path],
        ] as const) {
          const headers = { Cookie: cookie, Origin: 'https://evil.example' };
          const { status, json } = await api.request(method, to, { body: {}, headers });
          assert.deepEqual([status, json.code], refused, method);
        }
      });

      it('not by what a page may send without asking first', async () => {
        for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
          const headers = { Origin: 'https://evil.example', 'Content-Type': type };
          const { status } = await api.post(path, JSON.stringify({ key: textOf(key) }), headers);
          assert.equal(status, 403);
          const silent = await api.post(path, JSON.stringify({ key: textOf(key) }), { 'Content-Type': type });
          assert.equal(silent.status, 415);
        }
      });

      it('from anywhere with the header Authorization, which no page adds by itself', async () => {
        assert.deepEqual(await product({ ...key, Origin: 'https://evil.example' }), [201, undefined]);
      });
    });

    it('is read by any page that a browser shows it to: SameSite keeps it from those of others', async () => {
      const cookie = cookieOf(await signIn(textOf(key)));
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        const headers = { Cookie: cookie, Origin: 'https://evil.example' };
        const reply = await api.request(method, '/api/products/', { headers });
        assert.ok(reply.status < 300, method);
        assert.equal(reply.headers.get('Access-Control-Allow-Origin'), null);
      }
    });

    it('leaves its key neither in the log nor in an answer, right or wrong', async () => {
      const wrong = `${textOf(key).slice(0, -43)}${'B'.repeat(43)}`;
      const seen: Reply[] = [];
      for (const text of [textOf(key), wrong]) {
        const Cookie = `earmark_session=${text}`;
        seen.push(await signIn(text), await signIn(`${text}!`));
        seen.push(await api.get(path, { headers: { Cookie } }), await api.get('/nothing', { headers: { Cookie } }));
        seen.push(await api.post('/api/products/', '{', asBrowser(api, Cookie)));
        seen.push(await api.post(path, `{"key":"${text}"`, {}));
      }
      const secrets = [textOf(key), wrong].map((text) => text.slice(-43));
      const all = [JSON.stringify(api.lines), ...seen.map(({ text }) => text)].join('\n');
      for (const secret of secrets) assert.ok(!all.includes(secret));
      const line = api.lines.findLast((one) => one['route'] === path && one['actor'] === 'key:anna');
      assert.equal(line?.['key_id'], keyIdOf(key));
    });
  });

  describe('behind a proxy that ends TLS', () => {
    let api: GuardedApi;
    let key: Bearer;
    const forwarded = {
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'shop.example',
      'X-Forwarded-For': '192.0.2.1',
    };

    before(async () => {
      api = await startGuardedApi({ trustedProxies: 1 });
      key = await api.key('admin', 'anna');
    });
    after(() => api.stop());

    it('has a cookie that only this host can set, and that goes over https alone', async () => {
      const reply = await api.post(path, { key: textOf(key) }, forwarded);
      assert.deepEqual(reply.headers.getSetCookie(), [
        `__Host-earmark_session=${textOf(key)}; HttpOnly; SameSite=Strict; Path=/; Secure`,
      ]);
      const read = await api.get(path, { headers: { ...forwarded, Cookie: cookieOf(reply) } });
      assert.equal(read.status, 200);
      const ended = await api.request('DELETE', path, { headers: forwarded });
      assert.deepEqual(ended.headers.getSetCookie(), [
        '__Host-earmark_session=; Max-Age=0; HttpOnly; SameSite=Strict; Path=/; Secure',
      ]);
    });

    it('is not believed by the name that plain HTTP, or a neighbouring host, can set', async () => {
      const Cookie = `earmark_session=${textOf(key)}`;
      assert.equal((await api.get(path, { headers: { ...forwarded, Cookie } })).status, 401);
      assert.equal((await api.get(path, { headers: { Cookie } })).status, 200);
    });

    it('changes things from the page that the proxy shows', async () => {
      const Cookie = `__Host-earmark_session=${textOf(key)}`;
      const send = async (Origin: string, more: Record<string, string> = {}) => {
        const lamp = { name: 'Lamp', price: '1.00', total_stock: 1 };
        return (await api.post('/api/products/', lamp, { ...forwarded, Cookie, Origin, ...more })).status;
      };
      assert.equal(await send('https://shop.example'), 201);
      assert.equal(await send('https://shop.example', { 'X-Forwarded-Host': 'SHOP.example:443' }), 201);
      for (const origin of ['http://shop.example', 'https://shop.example:8443', 'https://other.shop.example', api.url])
        assert.equal(await send(origin), 403, origin);
    });
  });

  it('is not what a proxy says when none is trusted', async () => {
    const api = await startGuardedApi();
    try {
      const key = await api.key('viewer', 'anna');
      const headers = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'evil.example' };
      const reply = await api.post(path, { key: textOf(key) }, headers);
      assert.match(reply.headers.getSetCookie()[0] ?? '', /^earmark_session=/);
      const foreign = { ...headers, Origin: 'https://evil.example' };
      assert.equal((await api.post(path, { key: textOf(key) }, foreign)).status, 403);
    } finally {
      await api.stop();
    }
  });

  it('that is tried with wrong keys counts against their address, however they are sent', async () => {
    const api = await startGuardedApi({ rateLimits: { requests: null, failures: 3, store: 'memory' } });
    try {
      const key = await api.key('viewer', 'anna');
      const wrong = `${textOf(key).slice(0, -43)}${'A'.repeat(43)}`;
      const seen = [
        await api.post(path, { key: wrong }),
        await api.post(path, { key: 'no' }),
        await api.get(path, { headers: { Cookie: `earmark_session=${wrong}` } }),
        await api.post(path, { key: wrong }),
        await api.get(path, { headers: { Authorization: `Bearer ${wrong}` } }),
      ];
      assert.deepEqual(
        seen.map(({ status }) => status),
        [401, 401, 401, 429, 429],
      );
      assert.equal(seen[3]?.headers.get('RateLimit-Policy'), '"failures";q=3;w=60');
      assert.equal((await api.post(path, { key: textOf(key) })).status, 200);
      assert.equal((await api.get(path, { headers: { Cookie: `earmark_session=${textOf(key)}` } })).status, 200);
    } finally {
      await api.stop();
    }
  });

  it('is no way in for the pages that EARMARK_CORS_ORIGINS lists: they send keys, not cookies', async () => {
    const shop = 'https://shop.example';
    const api = await startGuardedApi({ corsOrigins: [shop] });
    try {
      const key = await api.key('admin', 'anna');
      const Cookie = `earmark_session=${textOf(key)}`;
      const lamp = { name: 'Lamp', price: '1.00', total_stock: 1 };
      const byCookie = await api.post('/api/products/', lamp, { Cookie, Origin: shop });
      assert.deepEqual([byCookie.status, byCookie.json.code], [403, 'foreign-origin']);
      const byHeader = await api.post('/api/products/', lamp, { ...key, Origin: shop });
      assert.equal(byHeader.status, 201);
      const read = await api.get(path, { headers: { Cookie, Origin: shop } });
      for (const { headers } of [byCookie, byHeader, read])
        assert.equal(headers.get('Access-Control-Allow-Credentials'), null);
    } finally {
      await api.stop();
    }
  });

  describe('of an API that is open', () => {
    let api: TestApi;
    before(async () => {
      const temporalUi = { url: 'http://127.0.0.1:8233', namespace: 'default' };
      api = await startApi({ config: { currency: 'EUR', holdSeconds: 600, holdMaxFactor: 3, temporalUi } });
    });
    after(() => api.stop());

    it('is everybody’s: nobody signs in, and no cookie is set or looked at', async () => {
      const reply = await api.post(path, { key: 'anything' });
      assert.deepEqual(expectStatus(200, reply), { access: 'open', actor: null, role: 'admin' });
      assert.deepEqual(reply.headers.getSetCookie(), []);
      const read = await api.get(path, { headers: { Cookie: 'earmark_session=no', 'X-Actor': 'anna' } });
      assert.deepEqual(expectStatus(200, read), {
        access: 'open',
        actor: null,
        role: 'admin',
        temporal_ui_url: 'http://127.0.0.1:8233',
        namespace: 'default',
        currency: 'EUR',
        hold_seconds: 600,
      });
      assert.equal((await api.request('DELETE', path)).status, 204);
    });
  });
});
