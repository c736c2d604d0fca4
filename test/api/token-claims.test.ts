import assert from 'node:assert/strict';
import { tokenIdentifier, type IdentifyByToken } from '../../src/api/credentials/token.ts';
import { assertProblemError } from '../support/problem-errors.ts';
import {
  makeSigningKey,
  rulesFor,
  signToken,
  startKeySetServer,
  type KeySetServer,
  type SigningKey,
} from '../support/key-set.ts';

describe('The claims of a token', () => {
  let keySet: KeySetServer;
  let key: SigningKey;
  let identify: IdentifyByToken;

  before(async () => {
    keySet = await startKeySetServer();
    key = await makeSigningKey();
    keySet.publish(key.jwk);
    identify = tokenIdentifier(rulesFor(keySet));
  });

  after(() => keySet.close());

  const identityOf = async (claims: Readonly<Record<string, unknown>>) => identify(await signToken(key, claims));

  const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

  const refusals: Readonly<Record<string, () => Readonly<Record<string, unknown>>>> = {
    'another audience': () => ({ aud: 'another' }),
    'an audience that only begins like ours': () => ({ aud: 'earmark-staging' }),
    'no audience': () => ({ aud: undefined }),
    'a list of other audiences': () => ({ aud: ['another', 'EARMARK'] }),
    'another issuer': () => ({ iss: 'https://login.example.evil' }),
    'an issuer with a slash more': () => ({ iss: 'https://login.example/' }),
    'no issuer': () => ({ iss: undefined }),
    'a list of issuers': () => ({ iss: ['https://login.example'] }),
    'no end': () => ({ exp: undefined }),
    'an end that is no number': () => ({ exp: '9999999999' }),
    'an end that is null': () => ({ exp: null }),
    'an end that is over for longer than is tolerated': () => ({ exp: inSeconds(-8) }),
    'a beginning in the future': () => ({ nbf: inSeconds(60) }),
    'a beginning that is no number': () => ({ nbf: 'now' }),
  };
  for (const [what, claims] of Object.entries(refusals)) {
    it(`are refused with ${what}`, async () => {
      await assertProblemError(identityOf(claims()), 'unauthenticated');
    });
  }

  it('are believed a little after their end and before their beginning: clocks differ', async () => {
    await identityOf({ exp: inSeconds(-2) });
    await identityOf({ nbf: inSeconds(3) });
  });

  it('are believed of a token for several audiences', async () => {
    assert.equal((await identityOf({ aud: ['another', 'earmark'] })).actor, 'jwt:anna');
  });

  describe('name its subject', () => {
    const subjects = [
      ...['a', 'anna@example.com', 'auth0|123', 'Anna Smith', '"anna"', "x' OR 1=1 --", '<b>', '{}', 'x'.repeat(96)],
      ...['key:web-shop', 'cli:root', 'jwt:anna', 'system', 'SYSTEM', 'anonymous', '__proto__'],
    ];
    for (const sub of subjects) {
      it(`${sub.slice(0, 20)}, who is nobody else`, async () => {
        assert.equal((await identityOf({ sub })).actor, `jwt:${sub}`);
      });
    }

    const bad: readonly unknown[] = [
      ...[
        undefined,
        null,
        '',
        ' ',
        ' anna',
        'anna ',
        'an\nna',
        'anna\n',
        'anna\r\nX: y',
        'an\tna',
        'an\0na',
        '\u00e4nna',
        '\u202eanna',
      ],
      ...['x'.repeat(97), 'x'.repeat(5_000), 1, true, ['anna'], { sub: 'anna' }, []],
    ];
    for (const sub of bad) {
      it(`unless it is ${JSON.stringify(sub)?.slice(0, 30)}`, async () => {
        await assertProblemError(identityOf({ sub }), 'unauthenticated');
      });
    }
  });

  describe('name its role', () => {
    it('as one, or as the highest of a list', async () => {
      const named: readonly (readonly [unknown, string])[] = [
        ...([
          ['viewer', 'viewer'],
          ['operator', 'operator'],
          ['admin', 'admin'],
        ] as const),
        ...([
          [['viewer', 'admin', 'operator'], 'admin'],
          [['x', 'viewer', 1, null, ['admin']], 'viewer'],
        ] as const),
      ];
      for (const [role, expected] of named) assert.equal((await identityOf({ role })).role, expected);
    });

    const none: readonly unknown[] = [
      ...[undefined, null, '', 'root', 'Admin', 'ADMIN', ' admin', 'admin ', 'admin,viewer', 'viewer admin', 'public'],
      ...[
        '__proto__',
        'constructor',
        'toString',
        true,
        1,
        {},
        { admin: true },
        { role: 'admin' },
        [],
        [['admin']],
        ['Admin'],
      ],
    ];
    for (const role of none) {
      it(`and let nobody in who has ${JSON.stringify(role)}`, async () => {
        const { members } = await assertProblemError(identityOf({ role }), 'forbidden');
        assert.deepEqual(members, { needed: 'viewer', role: null });
      });
    }

    it('inside others, along the dots of the name of the claim', async () => {
      const nested = tokenIdentifier(rulesFor(keySet, { roleClaim: 'realm_access.roles' }));
      const roleOf = async (claims: object) =>
        (await nested(await signToken(key, { role: undefined, ...claims }))).role;
      assert.equal(await roleOf({ realm_access: { roles: ['offline', 'operator'] } }), 'operator');
      assert.equal(await roleOf({ 'realm_access.roles': 'viewer', realm_access: { roles: 'admin' } }), 'viewer');
      for (const realm_access of [
        undefined,
        null,
        'admin',
        ['admin'],
        { roles: { 0: 'admin' } },
        { Roles: ['admin'] },
      ]) {
        await assertProblemError(roleOf({ realm_access, role: 'admin' }), 'forbidden');
      }
    });

    for (const roleClaim of [
      '__proto__',
      'constructor',
      'constructor.name',
      'role.constructor.name',
      'role.0',
      'role.length',
      'toString',
      '.',
      '',
    ]) {
      it(`never in what every object has: ${JSON.stringify(roleClaim)}`, async () => {
        const odd = tokenIdentifier(rulesFor(keySet, { roleClaim }));
        await assertProblemError(odd(await signToken(key)), 'forbidden');
      });
    }
  });
});
