import assert from 'node:assert/strict';
import crypto, { randomBytes } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { createApiKey, identifyByKey, revokeApiKey } from '../../src/api/credentials/api-key.ts';
import { openDatabase } from '../../src/persistence/database.ts';
import {
  actingAs,
  bearer,
  keyIdOf,
  keyMaker,
  makeKey,
  startGuardedApi,
  type GuardedApi,
} from '../support/credentials.ts';
import { testDatabase } from '../support/database.ts';
import { assertProblemError } from '../support/problem-errors.ts';
import { startTcpProxy, through } from '../support/tcp-proxy.ts';

describe('An API key', () => {
  const database = testDatabase();
  database.prepare();

  const made = async () =>
    (await createApiKey(database.db, { name: 'web-shop', role: 'operator', expiresAt: null }, keyMaker)).text;

  it('is who its name says, in its role', async () => {
    const key = await made();
    assert.deepEqual(await identifyByKey(database.db, key), {
      actor: 'key:web-shop',
      role: 'operator',
      isProven: true,
      keyId: key.split('_')[1],
    });
  });

  it('is stored without its secret', async () => {
    const text = await made();
    const rows = JSON.stringify([await database.db('api_keys'), await database.db('audit_log')]);
    const secret = text.slice(-43);
    assert.ok(!rows.includes(secret) && !rows.includes(Buffer.from(secret).toString('hex')));
    assert.ok(!rows.includes(JSON.stringify([...Buffer.from(secret, 'base64url')]).slice(1, -1)));
  });

  it('is random in every character', async () => {
    const texts = await Promise.all(Array.from({ length: 20 }, made));
    assert.equal(new Set(texts.map((text) => text.slice(-43))).size, 20);
    assert.equal(new Set(texts.map((text) => text.split('_')[1])).size, 20);
  });

  it('is refused in any other form', async () => {
    const text = await made();
    const [, id = ''] = text.split('_');
    const secret = text.slice(-43);
    const forms = [
      ...[
        'earmark_',
        `earmark_${id}`,
        `earmark_${id}_`,
        `earmark__${secret}`,
        `earmark_${secret}`,
        `earmark_${id}_${secret}_`,
      ],
      ...[
        `earmark_${id.toUpperCase()}_${secret}`,
        `EARMARK_${id}_${secret}`,
        `earmark_${id}_${secret.slice(1)}`,
        `${text}=`,
      ],
      ...[
        `earmark_${id}_${secret}x`,
        ` ${text}`,
        `${text}\n`,
        `earmark_${id} _${secret}`,
        `earmark_%_${secret}`,
        `earmark_' OR 1=1_x`,
      ],
      ...[
        `earmark_${id}_${'A'.repeat(100_000)}`,
        `earmark_${'a'.repeat(100_000)}_${secret}`,
        `earmark_${id}\0_${secret}`,
      ],
    ];
    for (const form of forms) await assertProblemError(identifyByKey(database.db, form), 'unauthenticated');
    await identifyByKey(database.db, text);
  });

  it('is refused with one character of its secret changed, or with the secret of another', async () => {
    const text = await made();
    for (let at = text.length - 43; at < text.length; at++) {
      // In its first bit: the last character has two that mean nothing.
      const other = text[at] === 'A' ? 'g' : 'A';
      await assertProblemError(
        identifyByKey(database.db, text.slice(0, at) + other + text.slice(at + 1)),
        'unauthenticated',
      );
    }
    const swapped = text.slice(0, -43) + (await made()).slice(-43);
    await assertProblemError(identifyByKey(database.db, swapped), 'unauthenticated');
  });

  it('tells by neither words nor work whether it was its id or its secret that is wrong', async () => {
    const text = await made();
    const secret = randomBytes(32).toString('base64url');
    const wrongs = [`earmark_aaaaaaaaaaaa_${secret}`, text.slice(0, -43) + secret];
    const seen = [];
    for (const wrong of wrongs) {
      const work = countingCrypto();
      const { message, headers } = await assertProblemError(
        identifyByKey(database.db, wrong),
        'unauthenticated',
      ).finally(work.restore);
      seen.push({ message, headers, hashed: work.hashed, compared: work.compared });
    }
    assert.deepEqual(seen[0], seen[1]);
    assert.deepEqual([seen[0]?.hashed, seen[0]?.compared], [1, 1]);
  });

  it('says why it is good no more to nobody but its holder', async () => {
    const text = await made();
    await revokeApiKey(database.db, text.split('_')[1] ?? '', keyMaker);
    await assertProblemError(identifyByKey(database.db, text), 'unauthenticated', /revoked/);
    const wrong = text.slice(0, -43) + randomBytes(32).toString('base64url');
    await assertProblemError(identifyByKey(database.db, wrong), 'unauthenticated', /no such/);
  });

  it('ends by the clock of the database, whatever that of the API says', async () => {
    const now = Date.now;
    const endingIn = async (ms: number) => {
      const input = { name: 'x', role: 'viewer', expiresAt: new Date(now() + ms) } as const;
      return (await createApiKey(database.db, input, keyMaker)).text;
    };
    const [good, over] = [await endingIn(3_600_000), await endingIn(-1_000)];
    try {
      Date.now = () => now() + 7_200_000;
      await identifyByKey(database.db, good);
      Date.now = () => now() - 7_200_000;
      await assertProblemError(identifyByKey(database.db, over), 'unauthenticated', /expired/);
    } finally {
      Date.now = now;
    }
  });

  describe('over HTTP', () => {
    let api: GuardedApi;

    before(async () => {
      api = await startGuardedApi();
    });

    after(() => api.stop());

    it('is refused from the moment on in which it is revoked, also by itself', async () => {
      const key = await api.key('admin', 'own');
      const other = await api.key('viewer', 'other');
      const admin = actingAs(api, key);
      assert.equal((await actingAs(api, other).get('/api/products/')).status, 200);
      assert.equal((await admin.post(`/api/keys/${keyIdOf(other)}/revoke/`)).status, 200);
      assert.equal((await actingAs(api, other).get('/api/products/')).status, 401);
      assert.equal((await admin.post(`/api/keys/${keyIdOf(key)}/revoke/`)).status, 200);
      assert.equal((await admin.get('/api/products/')).status, 401);
    });

    it('can be replaced by another of its name, which is the same caller', async () => {
      const [one, two] = [await api.key('admin', 'rotated'), await api.key('admin', 'rotated')];
      const headers = { 'Idempotency-Key': 'the same for both'.replaceAll(' ', '-') };
      const body = { name: 'made-by-rotated', role: 'viewer' };
      const first = await actingAs(api, one).post<{ id: string }>('/api/keys/', body, headers);
      const again = await actingAs(api, two).post<{ id: string; key: null }>('/api/keys/', body, headers);
      assert.deepEqual([again.json.data.id, again.json.data.key], [first.json.data.id, null]);
    });

    it('is 503 in time while the database is silent', async () => {
      const proxy = await startTcpProxy(Number(new URL(database.url).port));
      const db = openDatabase({ url: through(proxy, database.url) });
      const key = await makeKey(database.db, 'viewer');
      const behind = await startGuardedApi({ db });
      try {
        assert.equal((await behind.get('/api/products/', { headers: { ...key } })).status, 200);
        proxy.swallow();
        const { status, json } = await behind.get('/api/products/', { headers: { ...key } });
        assert.deepEqual([status, json.detail], [503, 'There was no answer in time. Try again in a moment.']);
      } finally {
        await proxy.close();
        await behind.stop();
        await db.destroy();
      }
    });

    it('is 503 and not 401 while the database does not answer', async () => {
      const proxy = await startTcpProxy(Number(new URL(database.url).port));
      const db = openDatabase({ url: through(proxy, database.url) });
      const key = await makeKey(database.db, 'viewer');
      const behind = await startGuardedApi({ db });
      try {
        assert.equal((await behind.get('/api/products/', { headers: { ...key } })).status, 200);
        await proxy.close();
        for (const headers of [key, bearer(`earmark_aaaaaaaaaaaa_${'A'.repeat(43)}`)]) {
          const { status, json } = await behind.get('/api/products/', { headers: { ...headers } });
          assert.deepEqual([status, json.code], [503, 'unavailable']);
        }
        assert.equal((await behind.get('/api/products/', { headers: { Authorization: 'Bearer no' } })).status, 401);
      } finally {
        await behind.stop();
        await db.destroy();
      }
    });
  });
});

/** Counts what the code under test asks of node:crypto. */
function countingCrypto() {
  const { createHash, timingSafeEqual } = crypto;
  const counted = {
    hashed: 0,
    compared: 0,
    restore: () => {
      Object.assign(crypto, { createHash, timingSafeEqual });
      syncBuiltinESMExports();
    },
  };
  Object.assign(crypto, {
    createHash: (...parts: Parameters<typeof createHash>) => {
      counted.hashed += 1;
      return createHash(...parts);
    },
    timingSafeEqual: (...parts: Parameters<typeof timingSafeEqual>) => {
      counted.compared += 1;
      return timingSafeEqual(...parts);
    },
  });
  syncBuiltinESMExports();
  return counted;
}
