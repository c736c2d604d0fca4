import assert from 'node:assert/strict';
import { actingAs, bearer, startGuardedApi, type GuardedApi, type GuardedApiParts } from '../support/credentials.ts';
import type { RequestOptions } from '../support/http.ts';
import { makeSigningKey, signToken } from '../support/key-set.ts';
import { until } from '../support/until.ts';

const path = '/api/products/';

describe('Rate limits', () => {
  const running: GuardedApi[] = [];

  async function start(parts: GuardedApiParts): Promise<GuardedApi> {
    const api = await startGuardedApi(parts);
    running.push(api);
    return api;
  }

  afterEach(async () => {
    for (const api of running.splice(0).toReversed()) await api.stop();
  });

  const statuses = async (api: GuardedApi, times: number, options: RequestOptions = {}): Promise<number[]> => {
    const seen: number[] = [];
    for (let time = 1; time <= times; time++) seen.push((await api.get(path, options)).status);
    return seen;
  };

  const from = (address: string): RequestOptions => ({ headers: { 'X-Forwarded-For': address } });

  const wrong = (address?: string): RequestOptions => ({
    headers: { Authorization: 'Bearer no', ...(address === undefined ? {} : { 'X-Forwarded-For': address }) },
  });

  for (const store of ['memory', 'postgres'] as const) {
    describe(`that are counted in ${store}`, () => {
      it('give each credential its own, whatever its address, and each address without one', async () => {
        const api = await start({ rateLimits: { requests: 2, failures: 10, store } });
        const [anna, bert] = [await api.key('admin', 'anna'), await api.key('viewer', 'bert')];
        const token = await api.token({ sub: 'anna' });
        for (const caller of [anna, bert, token]) {
          assert.deepEqual(await statuses(actingAs(api, caller), 3), [200, 200, 429]);
        }
        assert.deepEqual(await statuses(api, 3), [401, 401, 429]);
        // Keys of one name are one caller; that somebody acts for others gives nobody more.
        assert.deepEqual(await statuses(actingAs(api, await api.key('admin', 'anna')), 1), [429]);
        assert.deepEqual(await statuses(actingAs(api, anna), 1, { headers: { 'X-Actor': 'carl' } }), [429]);
      });

      it('say what is left, and when there is more', async () => {
        const api = await start({ rateLimits: { requests: 2, failures: 10, store } });
        const anna = actingAs(api, await api.key('admin', 'anna'));
        const seen = [await anna.get(path), await anna.get('/api/nowhere/'), await anna.get(path)];
        const left = seen.map(({ headers }) => headers.get('RateLimit'));
        assert.match(left.join(' '), /^"requests";r=1;t=(60|59|5\d) "requests";r=0;t=\d+ "requests";r=0;t=\d+$/);
        for (const { headers } of seen) assert.equal(headers.get('RateLimit-Policy'), '"requests";q=2;w=60');
        const refused = seen[2];
        assert.deepEqual([refused?.status, refused?.json.code], [429, 'rate-limited']);
        assert.equal(refused?.headers.get('Retry-After'), /t=(\d+)/.exec(left[2] ?? '')?.[1]);
        assert.match(refused?.json.detail ?? '', /^More than 2 requests in 60 s\. Try again in \d+ s\.$/);
      });

      it('do not count health', async () => {
        const api = await start({ rateLimits: { requests: 1, failures: 1, store } });
        assert.deepEqual(await statuses(api, 2), [401, 429]);
        for (const probe of ['/livez', '/livez/', '/readyz']) {
          const { status, headers } = await api.get(probe, wrong());
          assert.deepEqual([status, headers.get('RateLimit')], [200, null]);
        }
      });

      it('count wrong credentials by address, and let right ones in all the same', async () => {
        const api = await start({ rateLimits: { requests: null, failures: 2, store }, trustedProxies: 1 });
        const anna = actingAs(api, await api.key('viewer', 'anna'));
        assert.deepEqual(await statuses(api, 3, wrong('192.0.2.1')), [401, 401, 429]);
        const refused = await api.get(path, wrong('192.0.2.1'));
        assert.equal(refused.headers.get('RateLimit-Policy'), '"failures";q=2;w=60');
        assert.match(refused.headers.get('Retry-After') ?? '', /^\d+$/);
        assert.match(refused.json.detail ?? '', /wrong credentials/);
        assert.deepEqual(await statuses(anna, 1, from('192.0.2.1')), [200]);
        assert.deepEqual(await statuses(api, 1, from('192.0.2.1')), [401]);
        assert.deepEqual(await statuses(api, 1, wrong('192.0.2.2')), [401]);
      });

      it('count wrong credentials of every kind together', async () => {
        const api = await start({ rateLimits: { requests: null, failures: 4, store } });
        const key = await api.key('admin');
        const guesses = [
          { Authorization: 'Basic YTpi' },
          { Authorization: key.Authorization.slice(0, -43) + 'A'.repeat(43) },
          bearer(`earmark_aaaaaaaaaaaa_${'A'.repeat(43)}`),
          bearer(await signToken(await makeSigningKey())),
          await api.token({ exp: 1 }),
        ];
        const seen: number[] = [];
        for (const headers of guesses) seen.push((await api.get(path, { headers: { ...headers } })).status);
        assert.deepEqual(seen, [401, 401, 401, 401, 429]);
      });
    });
  }

  for (const store of ['memory', 'postgres'] as const) {
    it(`are over after their window, counted in ${store}`, async () => {
      const api = await start({ rateLimits: { requests: 1, failures: 1, store, window: 2 } });
      const anna = actingAs(api, await api.key('viewer', 'anna'));
      assert.deepEqual(await statuses(anna, 2), [200, 429]);
      await until(async () => (await anna.get(path)).status === 200);
    });
  }

  it('cost the database nothing more for who is over them', async () => {
    const api = await start({ rateLimits: { requests: 1, failures: 1, store: 'postgres' } });
    const anna = actingAs(api, await api.key('viewer', 'anna'));
    assert.deepEqual(await statuses(anna, 5), [200, 429, 429, 429, 429]);
    const [row] = await api.db('rate_limits').select('points');
    assert.deepEqual(row, { points: 2 });
  });

  it('count a token that is good and names no role among the wrong credentials', async () => {
    const api = await start({ rateLimits: { requests: null, failures: 1, store: 'memory' } });
    const stranger = actingAs(api, await api.token({ role: 'guest' }));
    assert.deepEqual(await statuses(stranger, 2), [403, 429]);
  });

  describe('of several APIs on one database', () => {
    const two = async (store: 'memory' | 'postgres'): Promise<readonly [GuardedApi, GuardedApi]> => {
      const rateLimits = { requests: 4, failures: 2, store };
      const first = await start({ rateLimits });
      return [first, await start({ rateLimits, db: first.db, taskQueue: first.taskQueue })];
    };

    it('are counted together in Postgres', async () => {
      const [first, second] = await two('postgres');
      const key = await first.key('viewer', 'anna');
      assert.deepEqual(await statuses(actingAs(first, key), 2), [200, 200]);
      assert.deepEqual(await statuses(actingAs(second, key), 3), [200, 200, 429]);
      assert.deepEqual(await statuses(actingAs(first, key), 1), [429]);
      assert.deepEqual(
        [...(await statuses(first, 1, wrong())), ...(await statuses(second, 2, wrong()))],
        [401, 401, 429],
      );
    });

    it('let in exactly as many as there are when all come at once', async () => {
      const apis = await two('postgres');
      const key = await apis[0].key('viewer', 'anna');
      const asking = Array.from({ length: 20 }, (_, n) => actingAs(apis[n % 2 === 0 ? 0 : 1], key).get(path));
      const seen = (await Promise.all(asking)).map(({ status }) => status);
      assert.deepEqual(
        [seen.filter((status) => status === 200).length, seen.filter((status) => status === 429).length],
        [4, 16],
      );
    });

    it('are counted by each alone in memory', async () => {
      const [first, second] = await two('memory');
      const key = await first.key('viewer', 'anna');
      assert.deepEqual(await statuses(actingAs(first, key), 5), [200, 200, 200, 200, 429]);
      assert.deepEqual(await statuses(actingAs(second, key), 5), [200, 200, 200, 200, 429]);
    });

    it('are counted by each alone while the store fails: nobody is turned away for it', async () => {
      const [first, second] = await two('postgres');
      const key = await first.key('viewer', 'anna');
      await first.db.schema.renameTable('rate_limits', 'rate_limits_elsewhere');
      for (const api of [first, second]) {
        assert.deepEqual(await statuses(actingAs(api, key), 5), [200, 200, 200, 200, 429]);
      }
      await first.db.schema.renameTable('rate_limits_elsewhere', 'rate_limits');
      assert.deepEqual(await statuses(actingAs(first, key), 2), [200, 200]);
      assert.deepEqual(await statuses(actingAs(second, key), 3), [200, 200, 429]);
    });
  });

  describe('of an address', () => {
    it('do not believe X-Forwarded-For without a trusted proxy', async () => {
      const api = await start({ rateLimits: { requests: 2, failures: 10, store: 'memory' } });
      const seen: number[] = [];
      for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3'])
        seen.push(...(await statuses(api, 1, from(address))));
      assert.deepEqual(seen, [401, 401, 429]);
    });

    it('do not believe other headers that proxies send', async () => {
      const api = await start({ rateLimits: { requests: 1, failures: 10, store: 'memory' }, trustedProxies: 1 });
      await statuses(api, 1, from('192.0.2.1'));
      const others = {
        'X-Real-IP': '192.0.2.9',
        'X-Client-IP': '192.0.2.9',
        Forwarded: 'for=192.0.2.9',
        'CF-Connecting-IP': '192.0.2.9',
      };
      assert.deepEqual(await statuses(api, 1, { headers: { ...others, 'X-Forwarded-For': '192.0.2.1' } }), [429]);
    });

    /** Pairs of X-Forwarded-For that are the same caller, or are not. */
    const pairs: readonly (readonly [string, number, string, string, boolean])[] = [
      ['what stands left of the trusted entry is made up', 1, '192.0.2.1', '198.51.100.7, 192.0.2.1', true],
      ['however much of it there is', 1, '192.0.2.1', `${'198.51.100.7, '.repeat(200)}192.0.2.1`, true],
      [
        'with two trusted proxies it is the second from the right',
        2,
        '192.0.2.1, 10.0.0.1',
        '6.6.6.6, 192.0.2.1, 10.0.0.2',
        true,
      ],
      [
        'with two trusted proxies the first from the right is one of ours',
        2,
        '192.0.2.1, 10.0.0.1',
        '192.0.2.2, 10.0.0.1',
        false,
      ],
      ['other entries are other callers', 1, '192.0.2.1', '192.0.2.2', false],
      ['an IPv6 network is one', 1, '2001:db8:0:1::1', '2001:db8:0:1:ffff:ffff:ffff:ffff', true],
      ['however it is written', 1, '2001:DB8::1', '2001:0db8:0000:0000:0000:0000:0000:0002', true],
      ['another IPv6 network is another', 1, '2001:db8:0:1::1', '2001:db8:0:2::1', false],
      ['IPv4 in IPv6 is IPv4', 1, '192.0.2.1', '::ffff:192.0.2.1', true],
      ['and not one network with all others', 1, '::FFFF:192.0.2.1', '::ffff:192.0.2.2', false],
      ['also in hexadecimal', 1, '192.0.2.1', '::ffff:c000:201', true],
      ['a port is none of an address', 1, '192.0.2.1:1234', '192.0.2.1:5678', true],
      ['also not of IPv6', 1, '[2001:db8::1]:1234', '2001:db8::2', true],
      ['what is no address is that of the connection', 1, 'unknown', 'key:anna', true],
      ['whatever it is', 1, '_hidden', 'x'.repeat(5_000), true],
      ['nor is an empty one', 1, '192.0.2.1,', 'unknown', true],
    ];
    for (const [what, trustedProxies, one, other, isSame] of pairs) {
      it(what, async () => {
        const api = await start({ rateLimits: { requests: 1, failures: 10, store: 'memory' }, trustedProxies });
        assert.deepEqual(await statuses(api, 2, from(one)), [401, 429]);
        assert.deepEqual(await statuses(api, 1, from(other)), [isSame ? 429 : 401]);
      });
    }

    it('that pretends to be a caller takes nothing from it', async () => {
      const api = await start({ rateLimits: { requests: 1, failures: 10, store: 'memory' }, trustedProxies: 1 });
      const anna = actingAs(api, await api.key('viewer', 'anna'));
      await statuses(api, 3, from('key:anna'));
      assert.deepEqual(await statuses(anna, 1), [200]);
    });
  });
});
