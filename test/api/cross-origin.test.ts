import assert from 'node:assert/strict';
import { startApi, type TestApi } from '../support/api.ts';

const shop = 'https://shop.example';
const local = 'http://localhost:8080';

describe('A browser page of another origin', () => {
  let api: TestApi;

  const preflight = (path: string, origin: string) =>
    api.request('OPTIONS', path, {
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type,idempotency-key',
      },
    });
  const allowed = ({ headers }: { headers: Headers }) => headers.get('Access-Control-Allow-Origin');

  describe('when no origins are listed', () => {
    before(async () => {
      api = await startApi();
    });
    after(() => api.stop());

    it('may read nothing and send nothing', async () => {
      for (const reply of [
        await api.get('/api/products/', { headers: { Origin: shop } }),
        await preflight('/api/products/', shop),
      ]) {
        const names = Array.from(reply.headers.keys());
        assert.deepEqual(
          names.filter((name) => name.startsWith('access-control-') || name === 'vary'),
          [],
        );
      }
    });
  });

  describe('when origins are listed', () => {
    before(async () => {
      api = await startApi({ corsOrigins: [shop, local] });
    });
    after(() => api.stop());

    for (const origin of [shop, local]) {
      it(`may read answers and problems as ${origin}, with their headers`, async () => {
        for (const path of ['/api/products/', '/api/products/?limit=0', '/nothing']) {
          const reply = await api.get(path, { headers: { Origin: origin } });
          assert.equal(allowed(reply), origin);
          assert.match(reply.headers.get('Vary') ?? '', /\bOrigin\b/);
          const exposed = reply.headers.get('Access-Control-Expose-Headers')?.split(',');
          assert.deepEqual(exposed, [
            'X-Request-Id',
            'Location',
            'Retry-After',
            'Idempotent-Replayed',
            'Preference-Applied',
            'WWW-Authenticate',
            'RateLimit',
            'RateLimit-Policy',
          ]);
          assert.equal(reply.headers.get('Access-Control-Allow-Credentials'), null);
        }
      });
    }

    it('may send what the API takes, as the preflight says', async () => {
      const reply = await preflight('/api/products/', shop);
      assert.deepEqual([reply.status, allowed(reply), reply.text], [204, shop, '']);
      assert.equal(reply.headers.get('Allow'), 'GET, HEAD, OPTIONS, POST');
      assert.equal(reply.headers.get('Access-Control-Allow-Methods'), 'GET,HEAD,POST,PUT,PATCH,DELETE');
      assert.equal(
        reply.headers.get('Access-Control-Allow-Headers'),
        'Authorization,Content-Type,Idempotency-Key,Prefer,X-Actor,X-Request-Id',
      );
      assert.equal(reply.headers.get('Access-Control-Max-Age'), '600');
    });

    it('is told that nothing is at an address by its preflight', async () => {
      assert.equal((await preflight('/nothing', shop)).status, 404);
    });

    for (const origin of ['https://other.example', `${shop}.evil.example`, 'http://shop.example', 'null']) {
      it(`may not as ${origin}`, async () => {
        const reply = await api.get('/api/products/', { headers: { Origin: origin } });
        assert.equal(allowed(reply), null);
        assert.match(reply.headers.get('Vary') ?? '', /\bOrigin\b/);
        assert.equal(allowed(await preflight('/api/products/', origin)), null);
      });
    }
  });
});
