import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { identifyByKey } from '../../src/api/credentials/api-key.ts';
import { runCli } from '../support/cli.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';

describe('earmark keys', function () {
  // Each run starts a process.
  this.timeout(90_000);
  let database: FreshDatabase;

  beforeEach(async () => {
    database = await freshDatabase();
  });
  afterEach(() => database.drop());

  const keys = (...args: string[]) => runCli(['keys', ...args], { DATABASE_URL: database.url });

  it('makes a key, prints it alone, lists it without its secret, and revokes it', async () => {
    const created = await keys('create', '--role', 'operator', '--name', 'web-shop', '--expires', '90d');
    assert.equal(created.exitCode, 0, created.stderr.join());
    const [text = '', ...more] = created.stdout;
    assert.deepEqual(more, []);
    const [, id = ''] = /^earmark_([a-z0-9]{12})_/.exec(text) ?? [];
    assert.match(
      created.stderr.join(),
      new RegExp(`^This is the key ${id} of web-shop, operator, until .*It is not shown again`),
    );
    assert.deepEqual(await identifyByKey(database.db, text), {
      actor: 'key:web-shop',
      role: 'operator',
      isProven: true,
      keyId: id,
    });

    const actor = `cli:${userInfo().username}`;
    const listed = await keys('list');
    assert.match(listed.stdout.join(), new RegExp(`^${id}  web-shop  operator  made .* by ${actor}, until `));
    const json = await keys('list', '--json');
    assert.equal((JSON.parse(json.stdout.join()) as { id: string }[])[0]?.id, id);
    const secret = text.slice(-43);
    assert.ok(![...listed.stdout, ...json.stdout].join().includes(secret));

    const revoked = await keys('revoke', id);
    assert.match(revoked.stdout.join(), new RegExp(`^The key ${id} of web-shop is revoked since `));
    await assert.rejects(identifyByKey(database.db, text), /revoked/);
    assert.match((await keys('list')).stdout.join(), /revoked/);

    const entries = await database
      .db('audit_log')
      .where({ object_type: 'ApiKey' })
      .orderBy('id')
      .select('action', 'actor');
    assert.deepEqual(entries, [
      { action: 'KEY_CREATED', actor },
      { action: 'KEY_REVOKED', actor },
    ]);
  });

  it('says that there are none, and how to make one', async () => {
    assert.deepEqual((await keys('list')).stdout, ['There are no keys. Make one with earmark keys create.']);
  });

  for (const [args, says] of [
    [['create', '--name', 'x'], /--role/],
    [['create', '--role', 'root', '--name', 'x'], /must be one of viewer, operator, admin/],
    [['create', '--role', 'viewer', '--name', 'a b'], /letters, digits, dots/],
    [['create', '--role', 'viewer', '--name', 'x', '--expires', 'soon'], /in the future: a date/],
    [['create', '--role', 'viewer', '--name', 'x', '--expires', '2020-01-01'], /in the future: a date/],
    [['revoke', 'aaaaaaaaaaaa'], /There is no key aaaaaaaaaaaa\./],
  ] as const) {
    it(`refuses ${args.join(' ')} in one line, and makes nothing`, async () => {
      const { exitCode, stdout, stderr } = await keys(...args);
      assert.notEqual(exitCode, 0);
      assert.deepEqual(stdout, []);
      assert.equal(stderr.length, 1);
      assert.match(stderr.join(), says);
      assert.deepEqual(await database.db('api_keys').select(), []);
    });
  }
});
