import assert from 'node:assert/strict';
import { ConfigError, loadConfig } from '../src/config.ts';

const database = 'postgres://shop:secret@db/shop';
const tokens = {
  EARMARK_JWKS_URL: 'https://login.example/jwks.json',
  EARMARK_JWT_ISSUER: 'https://login.example/',
  EARMARK_JWT_AUDIENCE: 'earmark',
};

describe('Who may use the API, by the configuration', () => {
  for (const host of ['127.0.0.1', 'localhost', '::1']) {
    it(`is everybody on this machine, with the embedded database on ${host}`, () => {
      const { access, rateLimits } = loadConfig({ EARMARK_HOST: host });
      assert.equal(access, 'open');
      assert.deepEqual(rateLimits, { requests: null, failures: 30, store: 'memory' });
    });
  }

  for (const [what, env] of [
    ['an address that others reach', { EARMARK_HOST: '0.0.0.0' }],
    ['every address', { EARMARK_HOST: '::' }],
    ['a name that may be anybody', { EARMARK_HOST: 'shop.example' }],
    ['an external database', { DATABASE_URL: database }],
    ['an external database of the API', { EARMARK_API_DATABASE_URL: database }],
    ['a proxy in front', { EARMARK_TRUST_PROXY: '1' }],
    ['tokens to believe', tokens],
    ['being told so', { EARMARK_AUTH: 'required' }],
  ] as const) {
    it(`is who has credentials, with ${what}`, () => {
      const { access, rateLimits } = loadConfig(env);
      assert.equal(access, 'credentials');
      assert.equal(rateLimits.requests, 6000);
    });
  }

  it('is everybody on this machine on an external database as well, when told so', () => {
    assert.equal(loadConfig({ DATABASE_URL: database, EARMARK_AUTH: 'open' }).access, 'open');
  });

  for (const [what, env, line] of [
    [
      'open to others',
      { EARMARK_AUTH: 'open', EARMARK_HOST: '0.0.0.0' },
      'EARMARK_AUTH is open, but EARMARK_HOST "0.0.0.0" can be reached by others. Set it to 127.0.0.1, or EARMARK_AUTH to required.',
    ],
    [
      'open behind a proxy',
      { EARMARK_AUTH: 'open', EARMARK_TRUST_PROXY: '1' },
      'EARMARK_AUTH is open, but EARMARK_TRUST_PROXY is set: who comes through a proxy needs credentials.',
    ],
    [
      'open with tokens',
      { ...tokens, EARMARK_AUTH: 'open' },
      'EARMARK_AUTH is open, but EARMARK_JWKS_URL is set. Take one of them away.',
    ],
    ['a word that is neither', { EARMARK_AUTH: 'yes' }, 'EARMARK_AUTH must be open or required, but it is "yes".'],
    [
      'tokens of any issuer',
      { ...tokens, EARMARK_JWT_ISSUER: '' },
      'EARMARK_JWT_ISSUER must be set together with EARMARK_JWKS_URL and EARMARK_JWT_AUDIENCE.',
    ],
    [
      'tokens for anybody',
      { ...tokens, EARMARK_JWT_AUDIENCE: '' },
      'EARMARK_JWT_AUDIENCE must be set together with EARMARK_JWKS_URL and EARMARK_JWT_ISSUER.',
    ],
    [
      'keys that come over plain http',
      { ...tokens, EARMARK_JWKS_URL: 'http://login.example/jwks.json' },
      'EARMARK_JWKS_URL must be an https address (http on this machine alone) without a user or a password, but it is "http://login.example/jwks.json".',
    ],
    [
      'tokens without keys to check them',
      { ...tokens, EARMARK_JWKS_URL: '' },
      'EARMARK_JWKS_URL must be set together with EARMARK_JWT_ISSUER and EARMARK_JWT_AUDIENCE.',
    ],
    [
      'a key set that takes a password, which it does not print',
      { ...tokens, EARMARK_JWKS_URL: 'https://anna:se@c/ret@login.example/jwks.json' },
      'EARMARK_JWKS_URL must be an https address (http on this machine alone) without a user or a password, but it is "https://anna:***@login.example/jwks.json".',
    ],
    [
      'a database whose password breaks its address, which it does not print',
      { EARMARK_API_DATABASE_URL: 'postgres://earmark_api:s3c:r/e@t@db:port/shop' },
      'EARMARK_API_DATABASE_URL must look like postgres://user:password@host:5432/database, but it is "postgres://earmark_api:***@db:port/shop".',
    ],
    [
      'an algorithm without signatures',
      { ...tokens, EARMARK_JWT_ALGORITHMS: 'RS256,none' },
      'EARMARK_JWT_ALGORITHMS must be a comma list of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, but it is "RS256,none".',
    ],
    [
      'an algorithm with a shared secret',
      { ...tokens, EARMARK_JWT_ALGORITHMS: 'HS256' },
      'EARMARK_JWT_ALGORITHMS must be a comma list of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, but it is "HS256".',
    ],
    [
      'a store that there is not',
      { EARMARK_RATE_LIMIT_STORE: 'redis' },
      'EARMARK_RATE_LIMIT_STORE must be memory or postgres, but it is "redis".',
    ],
    [
      'a key with a blank, which it does not print',
      { EARMARK_API_KEY: 'earmark_ secret' },
      'EARMARK_API_KEY must be an API key or a token, but it is "***".',
    ],
    [
      'a database that is none, without its password',
      { EARMARK_WORKER_DATABASE_URL: 'mysql://root:secret@db/shop' },
      'EARMARK_WORKER_DATABASE_URL must look like postgres://user:password@host:5432/database, but it is "mysql://root:***@db/shop".',
    ],
  ] as const) {
    it(`cannot be ${what}`, () => {
      assert.throws(
        () => loadConfig(env),
        (error) => error instanceof ConfigError && error.message === line,
      );
    });
  }

  it('takes how tokens are read', () => {
    const { tokens: rules } = loadConfig({
      ...tokens,
      EARMARK_JWT_ALGORITHMS: 'ES256, EdDSA',
      EARMARK_JWT_ROLE_CLAIM: 'realm_access.roles',
      EARMARK_JWT_TOLERANCE_SECONDS: '0',
    });
    assert.deepEqual(rules, {
      jwksUrl: 'https://login.example/jwks.json',
      issuer: 'https://login.example/',
      audience: 'earmark',
      algorithms: ['ES256', 'EdDSA'],
      roleClaim: 'realm_access.roles',
      toleranceSeconds: 0,
    });
  });
});
