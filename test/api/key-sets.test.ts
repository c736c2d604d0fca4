import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { tokenIdentifier } from '../../src/api/credentials/token.ts';
import { startGuardedApi } from '../support/credentials.ts';
import {
  makeSigningKey,
  rulesFor,
  signToken,
  startKeySetServer,
  type KeySetServer,
  type SigningKey,
} from '../support/key-set.ts';
import { assertProblemError } from '../support/problem-errors.ts';
import { until } from '../support/until.ts';

describe('The key set of the issuer', () => {
  let keySet: KeySetServer;
  let old: SigningKey;
  let next: SigningKey;

  before(async () => {
    [old, next] = await Promise.all([makeSigningKey('ES256', 'old'), makeSigningKey('ES256', 'next')]);
  });

  beforeEach(async () => {
    keySet = await startKeySetServer();
    keySet.publish(old.jwk);
  });

  afterEach(() => keySet.close());

  /** Whether a token gets in, by the code of its refusal. */
  const outcomeOf = async (identifying: Promise<unknown>): Promise<string> =>
    identifying.then(
      () => 'let in',
      (error: unknown) => (error as { code: string }).code,
    );

  describe('may change', () => {
    it('by a new key, which is known once the set may be looked at again', async () => {
      const identify = tokenIdentifier(rulesFor(keySet), { pause: 0, cooldown: 200 });
      await identify(await signToken(old));
      keySet.publish(old.jwk, next.jwk);
      const token = await signToken(next);
      await until(async () => (await outcomeOf(identify(token))) === 'let in');
      await identify(await signToken(old));
    });

    it('and is not looked at for every token that names an unknown key', async () => {
      const identify = tokenIdentifier(rulesFor(keySet), { pause: 0, cooldown: 60_000 });
      await identify(await signToken(old));
      keySet.publish(old.jwk, next.jwk);
      const tokens = await Promise.all(
        Array.from({ length: 50 }, (_, n) => signToken({ ...next, kid: `made up ${n}` })),
      );
      await Promise.all(
        tokens.map((token) => assertProblemError(identify(token), 'unauthenticated', /not in the key set/)),
      );
      assert.equal(keySet.asked, 1);
    });

    it('and checks a token that names no key with each that could be meant', async () => {
      keySet.publish(old.jwk, next.jwk);
      const identify = tokenIdentifier(rulesFor(keySet));
      const nameless = { kid: undefined } as never;
      await identify(await signToken(old, {}, nameless));
      await identify(await signToken(next, {}, nameless));
      const stranger = await makeSigningKey();
      await assertProblemError(identify(await signToken(stranger, {}, nameless)), 'unauthenticated', /signature/);
      await assertProblemError(identify(await signToken(next, { exp: 1 }, nameless)), 'unauthenticated', /expired/);
    });

    it('and is asked once, however many come at once', async () => {
      const identify = tokenIdentifier(rulesFor(keySet));
      const token = await signToken(old);
      await Promise.all(Array.from({ length: 50 }, () => identify(token)));
      assert.equal(keySet.asked, 1);
    });

    it('by a key that is taken away, which is refused after a while', async () => {
      const identify = tokenIdentifier(rulesFor(keySet), { pause: 0, cooldown: 0, maxAge: 200 });
      const token = await signToken(old);
      await identify(token);
      keySet.publish(next.jwk);
      await until(async () => (await outcomeOf(identify(token))) === 'unauthenticated');
      await identify(await signToken(next));
    });

    it('to no keys at all, which then is what counts', async () => {
      const identify = tokenIdentifier(rulesFor(keySet), { pause: 0, maxAge: 100 });
      const token = await signToken(old);
      await identify(token);
      keySet.publish();
      await until(async () => (await outcomeOf(identify(token))) === 'unauthenticated');
    });
  });

  const failures: Readonly<Record<string, RequestListener>> = {
    '500': (_, response) => void response.writeHead(500).end('{"keys":[]}'),
    '204': (_, response) => void response.writeHead(204).end(),
    HTML: (_, response) => void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>Log in</html>'),
    'JSON that is no key set': (_, response) => void response.end('{"keys":{"old":1}}'),
    'a list that holds no keys': (_, response) => void response.end('{"keys":[1,null,"x"]}'),
    null: (_, response) => void response.end('null'),
    nothing: (_, response) => void response.end(),
    'half of it': (_, response) => void response.write('{"keys":[', () => response.destroy()),
    'a hang-up': ({ socket }) => void socket.destroy(),
    'more than it may hold': (_, response) => void response.end(`{"keys":[{"x":"${'x'.repeat(2 * 1024 * 1024)}"}]}`),
    'a bomb': (_, response) =>
      void response
        .writeHead(200, { 'Content-Encoding': 'gzip' })
        .end(gzipSync(`{"keys":[{"x":"${'x'.repeat(20 * 1024 * 1024)}"}]}`)),
    'without an end': (_, response) => {
      const more = setInterval(() => response.write('x'.repeat(64 * 1024)), 1);
      response.on('close', () => clearInterval(more));
    },
    silence: () => undefined,
    'headers and then silence': (_, response) => void response.writeHead(200).write('{'),
  };

  for (const [what, listener] of Object.entries(failures)) {
    describe(`that answers ${what}`, () => {
      it('does no harm while the keys are known', async () => {
        const identify = tokenIdentifier(rulesFor(keySet), { pause: 0, maxAge: 0, cooldown: 0, fetch: 200 });
        const token = await signToken(old);
        await identify(token);
        keySet.answer(listener);
        for (let time = 1; time <= 2; time++) await identify(token);
        await assertProblemError(identify(await signToken({ ...next, kid: 'old' })), 'unauthenticated');
        assert.ok(keySet.asked >= 3);
      });

      it('means that nothing is known of a token when there never were any', async () => {
        const identify = tokenIdentifier(rulesFor(keySet), { pause: 0, fetch: 200 });
        keySet.answer(listener);
        const token = await signToken(old);
        await assertProblemError(identify(token), 'unavailable');
        keySet.publish(old.jwk);
        await identify(token);
      });
    });
  }

  it('is not looked for where it sends to', async () => {
    const elsewhere = await startKeySetServer();
    try {
      elsewhere.publish(next.jwk);
      const identify = tokenIdentifier(rulesFor(keySet), { pause: 0, cooldown: 0, maxAge: 0 });
      for (const status of [301, 302, 303, 307, 308]) {
        keySet.answer((_, response) => void response.writeHead(status, { Location: elsewhere.url }).end());
        await assertProblemError(identify(await signToken(next)), 'unavailable');
      }
      assert.equal(elsewhere.asked, 0);
    } finally {
      await elsewhere.close();
    }
  });

  it('is believed for a limited time while its address does not answer, and again once it does', async () => {
    const identify = tokenIdentifier(rulesFor(keySet), { pause: 0, maxAge: 0, cooldown: 0, outage: 500 });
    const token = await signToken(old);
    await identify(token);
    keySet.answer(({ socket }) => void socket.destroy());
    await identify(token);
    await until(async () => (await outcomeOf(identify(token))) === 'unavailable');
    keySet.publish(old.jwk);
    await identify(token);
  });

  it('is left alone for a moment when its address does not answer, however many tokens come', async () => {
    keySet.answer(({ socket }) => void socket.destroy());
    const identify = tokenIdentifier(rulesFor(keySet), { pause: 60_000 });
    const token = await signToken(old);
    for (let n = 0; n < 20; n += 1) assert.equal(await outcomeOf(identify(token)), 'unavailable');
    assert.equal(keySet.asked, 1);
  });

  it('that cannot be had is 503 with Retry-After over HTTP, not 401: the caller shall keep its token', async () => {
    const api = await startGuardedApi();
    try {
      const { Authorization } = await api.token({});
      const key = await api.key('viewer');
      await api.keySet.close();
      const { status, json, headers } = await api.get('/api/products/', { headers: { Authorization } });
      assert.deepEqual([status, json.code], [503, 'unavailable']);
      assert.match(headers.get('Retry-After') ?? '', /^\d+$/);
      assert.equal((await api.get('/api/products/', { headers: { ...key } })).status, 200);
      assert.equal((await api.get('/livez', { headers: { Authorization } })).status, 200);
    } finally {
      await api.stop();
    }
  });
});
