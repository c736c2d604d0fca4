import assert from 'node:assert/strict';
import { createApp } from '../../src/api/app.ts';
import { openApiDocument } from '../../src/api/openapi/document.ts';
import type { Route } from '../../src/api/route.ts';
import { routes } from '../../src/api/routes/index.ts';
import { actingAs, startGuardedApi, type Bearer, type GuardedApi } from '../support/credentials.ts';
import { makeCatalogue, makeExamples, makeWork, nothing, sampleOf, type Objects } from '../support/route-samples.ts';
import { rowCounts } from '../support/row-counts.ts';
import { assertProblem, dial, exchange } from '../support/wire.ts';

describe('The decision who may do what', () => {
  let api: GuardedApi;
  let viewer: Bearer;
  let objects: Objects;

  before(async () => {
    api = await startGuardedApi();
    await api.startWorker();
    viewer = await api.key('viewer');
    const admin = actingAs(api, await api.key('admin'));
    await makeExamples(admin);
    const catalogue = await makeCatalogue(admin);
    objects = { ...catalogue, ...(await makeWork(admin, catalogue.product)) };
  });

  after(() => api.stop());

  const guarded = routes.filter(({ access }) => access !== 'public');

  describe('is the same however a request is spelt', () => {
    /** The other spellings of a path: those that mean the same, and those that may mean nothing. */
    function spellings(path: string): { readonly same: readonly string[]; readonly others: readonly string[] } {
      const bare = path.replace(/\/$/, '');
      const letter = bare.charCodeAt(5).toString(16);
      return {
        same: [bare, `${bare}/`, `${bare}?`, `${bare}/?limit=1&`],
        others: [
          ...[
            bare.toUpperCase(),
            `/API${bare.slice(4)}`,
            `/api/%${letter}${bare.slice(6)}`,
            bare.replaceAll('/', '//'),
          ],
          ...[
            `${bare}//`,
            `${bare}/.`,
            `${bare}/%2e`,
            `${bare}%2F`,
            `${bare};x=1`,
            `${bare}%00`,
            `/livez/..%2f${bare}`,
          ],
          ...[`${bare}/livez`, `${bare}#/livez`.replace('#', '%23'), `//livez${bare}`],
        ],
      };
    }

    for (const route of guarded) {
      it(`${route.method} ${route.path}`, async () => {
        const { path, options } = sampleOf(route, objects);
        const before = await rowCounts(api.db);
        const { same, others } = spellings(path);
        for (const spelling of same) {
          assert.equal((await api.request(route.method, spelling, options)).status, 401, spelling);
          if (route.access === 'viewer') continue;
          const reply = await actingAs(api, viewer).request(route.method, spelling, options);
          assert.equal(reply.status, 403, spelling);
        }
        for (const spelling of others) {
          // As it is: a client would tidy it up.
          const { status } = await exchange(api.url, rawRequest(route.method, spelling));
          assert.ok([401, 404, 405].includes(status), `${spelling}: ${status}`);
        }
        for (const method of ['HEAD', 'OPTIONS'] as const) {
          const { status, text } = await api.request(method, path);
          assert.equal(text, '');
          if (method === 'OPTIONS') assert.equal(status, 204);
          else assert.equal(status, hasRead(route) ? 401 : 405);
        }
        assert.deepEqual(await rowCounts(api.db), before);
      });
    }

    const hasRead = ({ path }: Route): boolean => routes.some((other) => other.path === path && other.method === 'GET');

    const rawRequest = (method: string, path: string): string =>
      `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      'Content-Length: 2\r\n\r\n{}';
  });

  it('is wanted of wrong credentials in OPTIONS as well', async () => {
    const head = 'OPTIONS /api/products/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer no\r\n\r\n';
    assertProblem(await exchange(api.url, head), 'unauthenticated');
  });

  it('does not hang on a method that is asked for in a header', async () => {
    const reply = await api.post('/api/products/', { name: 'x' }, { 'X-HTTP-Method-Override': 'GET', ...viewer });
    assert.equal(reply.status, 403);
  });

  it('is made before a body is read: an upload without credentials is refused while it has not even begun', async () => {
    for (const { method, path } of guarded.filter((route) => route.method !== 'GET')) {
      const plain = path.replaceAll(/\{\w+\}/g, objects.order);
      const head = `${method} ${plain} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n`;
      const answer = await exchange(api.url, `${head}Content-Length: 2097152\r\n\r\n`);
      assertProblem(answer, 'unauthenticated');
      assertProblem(await exchange(api.url, `${head}Transfer-Encoding: chunked\r\n\r\n`), 'unauthenticated');
    }
  });

  it('is made before anything else of a request is looked at', async () => {
    const headers = { 'Idempotency-Key': 'short', 'X-Actor': 'system', 'Content-Type': 'text/plain' };
    const reply = await api.request('POST', '/api/products/?limit=x', { body: '{', headers });
    assert.equal(reply.status, 401);
    const refused = await api.request('POST', '/api/products/?limit=x', {
      body: '{',
      headers: { ...headers, ...viewer },
    });
    assert.equal(refused.status, 403);
  });

  it('leaves a connection usable whose upload it refused', async () => {
    const socket = await dial(
      api.url,
      'PUT /api/stock-levels/ HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 2\r\n\r\n{}' +
        'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 401', 'HTTP/1.1 200']);
  });

  describe('is a precondition of the app', () => {
    it('which is not made with a route that nobody decided about', () => {
      const [first] = routes;
      assert.ok(first);
      const parts = { db: api.db, client: api.client, access: 'open' } as unknown as Parameters<typeof createApp>[0];
      for (const access of [undefined, 'everybody', 'Admin', '', 'constructor']) {
        const undecided = { ...first, path: '/api/undecided/', access } as unknown as Route;
        (routes as Route[]).push(undecided);
        try {
          assert.throws(() => createApp(parts), /Nobody says who may use GET \/api\/undecided\//);
        } finally {
          (routes as Route[]).pop();
        }
      }
    });

    it('and what the OpenAPI document says under security', () => {
      const { paths = {} } = openApiDocument(routes);
      for (const { path, method, access } of routes) {
        const operation = (paths[path] as Record<string, { security?: unknown }>)[method.toLowerCase()];
        const security = access === 'public' ? [] : [{ ApiKey: [access] }, { Token: [access] }, { Session: [access] }];
        assert.deepEqual(operation?.security, security, `${method} ${path}`);
      }
    });
  });

  it('tells strangers nothing of what there is', async () => {
    for (const route of guarded) {
      const there = sampleOf(route, objects);
      const missing = sampleOf(route, nothing(), objects);
      const answers = await Promise.all(
        [there, missing].map(async ({ path, options }) => {
          const { status, json } = await api.request(route.method, path, options);
          return { status, detail: json.detail, code: json.code };
        }),
      );
      assert.deepEqual(answers[0], answers[1]);
    }
  });
});
