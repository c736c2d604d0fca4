import assert from 'node:assert/strict';
import { CompactEncrypt, exportJWK, exportSPKI, importJWK, SignJWT, type JWTHeaderParameters } from 'jose';
import { tokenIdentifier, type IdentifyByToken } from '../../src/api/credentials/token.ts';
import { assertProblemError } from '../support/problem-errors.ts';
import { bearer, startGuardedApi, type GuardedApi } from '../support/credentials.ts';
import {
  goodClaims,
  makeSigningKey,
  rulesFor,
  signToken,
  startKeySetServer,
  type KeySetServer,
  type SigningKey,
} from '../support/key-set.ts';
import { exchange } from '../support/wire.ts';

describe('A token', () => {
  let keySet: KeySetServer;
  let rsa: SigningKey;
  let ec: SigningKey;
  let attacker: KeySetServer;
  let theirs: SigningKey;
  let identify: IdentifyByToken;

  before(async () => {
    [keySet, attacker] = await Promise.all([startKeySetServer(), startKeySetServer()]);
    [rsa, ec, theirs] = await Promise.all([
      makeSigningKey('RS256', 'rsa'),
      makeSigningKey('ES256', 'ec'),
      makeSigningKey('ES256', 'theirs'),
    ]);
    keySet.publish(rsa.jwk, ec.jwk);
    attacker.publish(theirs.jwk);
    identify = tokenIdentifier(rulesFor(keySet));
  });

  after(() => Promise.all([keySet.close(), attacker.close()]));

  const assertRefused = (token: string, detail?: RegExp) =>
    assertProblemError(identify(token), 'unauthenticated', detail);

  it('is believed that a key of the set signed', async () => {
    for (const key of [rsa, ec]) {
      const identity = await identify(await signToken(key));
      assert.deepEqual(identity, { actor: 'jwt:anna', role: 'admin', isProven: true });
    }
  });

  describe('is refused that', () => {
    for (const alg of ['none', 'None', 'nOnE', 'NONE', '']) {
      it(`is unsigned (alg ${JSON.stringify(alg)})`, async () => {
        const unsigned = `${encoded({ alg, kid: 'rsa' })}.${encoded(goodClaims())}.`;
        const [, , signature = ''] = (await signToken(rsa)).split('.');
        await assertRefused(unsigned);
        await assertRefused(unsigned + signature);
        await assertRefused(unsigned.slice(0, -1));
      });
    }

    for (const alg of ['HS256', 'HS384', 'HS512']) {
      it(`takes the public key for a shared secret (${alg})`, async () => {
        const publicKey = await importJWK(rsa.jwk, 'RS256', { extractable: true });
        const pem = await exportSPKI(publicKey as never);
        const secrets = [pem, pem.trim(), `${pem}\n`, JSON.stringify(rsa.jwk), String(rsa.jwk.n), ''];
        for (const secret of secrets) {
          const bytes = Buffer.concat([Buffer.from(secret), Buffer.alloc(secret === '' ? 64 : 0)]);
          for (const kid of ['rsa', 'ec']) {
            const token = await new SignJWT(goodClaims()).setProtectedHeader({ alg, kid }).sign(bytes);
            await assertRefused(token, /algorithm that is not allowed/);
          }
        }
      });
    }

    it('somebody else signed under the id of a key of the set', async () => {
      await assertRefused(await signToken({ ...theirs, kid: 'ec' }));
      await assertRefused(await signToken({ ...(await makeSigningKey('RS256')), kid: 'rsa' }));
    });

    it('names the key of one kind for the algorithm of another', async () => {
      await assertRefused(await signToken({ ...ec, kid: 'rsa' }));
      await assertRefused(await signToken({ ...rsa, kid: 'ec' }));
      await assertRefused(await signToken({ ...theirs, kid: 'rsa' }));
    });

    it('is signed by a good key with an algorithm that is not among those allowed', async () => {
      const onlyRsa = tokenIdentifier(rulesFor(keySet, { algorithms: ['RS256'] }));
      await onlyRsa(await signToken(rsa));
      await assertProblemError(onlyRsa(await signToken(ec)), 'unauthenticated', /algorithm that is not allowed/);
      const key = await makeSigningKey('PS256', 'pss');
      await assertRefused(await signToken(key), /algorithm that is not allowed/);
    });

    it('names a key that is nowhere, or in a place of its own', async () => {
      const asked = keySet.asked;
      const kids = [
        ...[
          '../../etc/passwd',
          '/dev/null',
          'file:///dev/null',
          "' OR '1'='1",
          "x' UNION SELECT 'key' --",
          'rsa\0',
          '\0',
        ],
        ...['x'.repeat(10_000), '__proto__', 'constructor', '', attacker.url],
      ];
      for (const kid of kids) await assertRefused(await signToken({ ...theirs, kid }));
      assert.ok(keySet.asked - asked <= 1, 'Made-up ids became requests to the issuer');
    });

    it('brings its own key, or the address of one, which is not asked', async () => {
      const jwk = await exportJWK(await importJWK(theirs.jwk, 'ES256', { extractable: true }));
      const { url } = attacker;
      const headers: readonly Partial<JWTHeaderParameters>[] = [
        ...[{ jku: url }, { x5u: url }, { jwk }, { jku: url, x5u: url, jwk }, { x5c: ['MIIB'], x5t: 'AA' }],
        ...[{ jku: keySet.url, jwk }, { jku: `${keySet.url}@${new URL(url).host}` }],
      ];
      for (const header of headers) {
        for (const kid of ['theirs', 'ec']) await assertRefused(await signToken({ ...theirs, kid }, {}, header));
      }
      await assertRefused(await signToken(theirs, { iss: url }));
      assert.equal(attacker.asked, 0);
    });

    it('demands what is not understood', async () => {
      const crits = [
        { crit: ['exp'], exp: 1 },
        { crit: ['http://x'], 'http://x': true },
        { crit: [] },
        { crit: ['b64'], b64: false },
      ];
      for (const header of crits) {
        const [, payload, signature] = (await signToken(ec)).split('.');
        await assertRefused([encoded({ alg: 'ES256', kid: 'ec', ...header }), payload, signature].join('.'));
      }
      const signed = await new SignJWT(goodClaims())
        .setProtectedHeader({ alg: 'ES256', kid: 'ec', crit: ['urn:x'], 'urn:x': true })
        .sign(ec.privateKey, { crit: { 'urn:x': true } });
      await assertRefused(signed);
    });

    it('is encrypted rather than signed', async () => {
      const key = await importJWK({ ...rsa.jwk, alg: 'RSA-OAEP-256', use: 'enc' });
      const jwe = await new CompactEncrypt(Buffer.from(JSON.stringify(goodClaims())))
        .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'rsa' })
        .encrypt(key);
      await assertRefused(jwe);
    });

    it('was changed in any of its parts', async () => {
      const [header = '', payload = '', signature = ''] = (await signToken(ec, { role: 'viewer' })).split('.');
      const promoted = encoded(goodClaims({ role: 'admin' }));
      const changed = [
        ...[
          `${header}.${promoted}.${signature}`,
          `${header}.${payload}.`,
          `${header}.${payload}`,
          `${header}..${signature}`,
        ],
        ...[
          `.${payload}.${signature}`,
          `${header}.${payload}.${signature}.`,
          `${header}.${payload}.${flipped(signature)}`,
        ],
        ...[
          `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`,
          `${encoded({ alg: 'ES256' })}.${payload}.${signature}`,
        ],
        ...['..', '...', 'a.b.c', `${payload}.${header}.${signature}`, `${header}.${payload}.${signature}${signature}`],
      ];
      for (const token of changed) await assertRefused(token);
      // With the same key, and so the same decision: it is really the change that is refused.
      await identify(`${header}.${payload}.${signature}`);
    });

    it('is no object of claims', async () => {
      for (const claims of ['[]', '"admin"', 'null', '1', 'nonsense', '']) {
        const { CompactSign } = await import('jose');
        const token = await new CompactSign(Buffer.from(claims))
          .setProtectedHeader({ alg: 'ES256', kid: 'ec' })
          .sign(ec.privateKey);
        await assertRefused(token);
      }
    });
  });

  describe('in a request', () => {
    let api: GuardedApi;
    let token: string;

    before(async () => {
      api = await startGuardedApi();
      token = await signToken(api.signingKey);
    });

    after(() => api.stop());

    const statusOf = async (path: string, headers: Readonly<Record<string, string>>) =>
      (await api.get('/api/products/' + path, { headers })).status;

    const raw = async (lines: readonly string[]) => {
      const head = ['GET /api/products/ HTTP/1.1', 'Host: x', 'Connection: close', ...lines, '', ''];
      return exchange(api.url, head.join('\r\n'));
    };

    it('is taken from Authorization, whatever the case of its scheme', async () => {
      for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEARER']) {
        assert.equal(await statusOf('', { Authorization: `${scheme} ${token}` }), 200);
        assert.equal(await statusOf('', { Authorization: `${scheme}   ${token} ` }), 200);
      }
      for (const other of [
        `Token ${token}`,
        `Basic ${token}`,
        `Bearer: ${token}`,
        `Bearer\t${token}`,
        `Bearer ${token}, Bearer ${token}`,
      ]) {
        assert.equal(await statusOf('', { Authorization: other }), 401, other.slice(0, 10));
      }
    });

    it('is taken from nowhere else', async () => {
      assert.ok([400, 401].includes(await statusOf(`?access_token=${token}`, {})));
      assert.equal(await statusOf('', { Cookie: `access_token=${token}; Authorization=Bearer ${token}` }), 401);
      for (const name of ['Proxy-Authorization', 'X-Authorization', 'X-Api-Key', 'X-Access-Token']) {
        assert.equal(await statusOf('', { [name]: bearer(token).Authorization }), 401, name);
      }
    });

    it('is refused beside another one: whoever is in front may have looked at that', async () => {
      const good = `Authorization: Bearer ${token}`;
      for (const lines of [
        [good, good],
        [good, 'Authorization: Bearer no'],
        ['authorization: Bearer no', good],
      ]) {
        const { status, body } = await raw(lines);
        assert.equal(status, 401);
        assert.match(body, /more than once/);
      }
      assert.equal((await raw([good])).status, 200);
    });

    it('is refused when it is larger than all headers may be', async () => {
      const { status } = await raw([`Authorization: Bearer ${'a'.repeat(20_000)}`]);
      assert.equal(status, 431);
      assert.equal(await statusOf('', { Authorization: `Bearer ${'a'.repeat(15_000)}` }), 401);
    });

    it('is never in the log, nor is a key', async () => {
      const key = await api.key('admin');
      await statusOf('', { ...key });
      await statusOf('', { Authorization: key.Authorization.slice(0, -1) });
      await statusOf('', { Authorization: `Bearer ${token}x` });
      const secret = key.Authorization.slice(-43, -1);
      const [, , signature = ''] = token.split('.');
      const log = JSON.stringify(api.lines);
      assert.ok(!log.includes(secret) && !log.includes(signature));
    });
  });
});

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** With one bit changed. */
function flipped(signature: string): string {
  const bytes = Buffer.from(signature, 'base64url');
  bytes.writeUInt8(bytes.readUInt8(10) ^ 1, 10);
  return bytes.toString('base64url');
}
