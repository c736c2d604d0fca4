import assert from 'node:assert/strict';
import { roleAccounts } from '../../src/commands/role-accounts.ts';

const urls = {
  databaseUrl: 'postgres://owner:o@db.example/shop',
  apiDatabaseUrl: 'postgres://shop_api:a%40b@db.example:5432/shop?sslmode=require',
  workerDatabaseUrl: 'postgres://shop_worker@db.example/shop',
};

describe('Who the processes log in as', () => {
  it('is read from their URLs: user and password', () => {
    assert.deepEqual(roleAccounts(urls), [
      { role: 'api', user: 'shop_api', password: 'a@b' },
      { role: 'worker', user: 'shop_worker' },
    ]);
  });

  it('may be told of this machine by either of its names', () => {
    const at = (host: string, user: string) => `postgres://${user}@${host}/shop`;
    const [databaseUrl, apiDatabaseUrl] = [at('localhost', 'owner'), at('127.0.0.1:5432', 'shop_api')];
    const workerDatabaseUrl = at('localhost:5432', 'shop_worker');
    assert.equal(roleAccounts({ databaseUrl, apiDatabaseUrl, workerDatabaseUrl }).length, 2);
  });

  for (const [what, given, message] of [
    [
      'a URL is missing',
      { databaseUrl: urls.databaseUrl, apiDatabaseUrl: urls.apiDatabaseUrl },
      'Set EARMARK_WORKER_DATABASE_URL: the role that it names is made, with its password.',
    ],
    [
      'both name the same user',
      { ...urls, workerDatabaseUrl: urls.apiDatabaseUrl },
      'EARMARK_API_DATABASE_URL and EARMARK_WORKER_DATABASE_URL name the same user, shop_api. Each needs one of its own.',
    ],
    [
      'one names the owner',
      { ...urls, apiDatabaseUrl: urls.databaseUrl },
      'EARMARK_API_DATABASE_URL names the user of DATABASE_URL, owner, who may do everything. Name another one.',
    ],
    [
      'one leads to another database',
      { ...urls, workerDatabaseUrl: 'postgres://shop_worker@db.example/store' },
      'EARMARK_WORKER_DATABASE_URL leads to db.example:5432/store, and DATABASE_URL to db.example:5432/shop: correct one of them.',
    ],
    [
      'one leads to another server',
      { ...urls, workerDatabaseUrl: 'postgres://shop_worker@db.example:5433/shop' },
      'EARMARK_WORKER_DATABASE_URL leads to db.example:5433/shop, and DATABASE_URL to db.example:5432/shop: correct one of them.',
    ],
    [
      'one names nobody',
      { ...urls, apiDatabaseUrl: 'postgres://db.example/shop' },
      'The user in EARMARK_API_DATABASE_URL must be a letter or _, then up to 62 letters, digits, _ and -.',
    ],
    [
      'a user has letters that would have to be quoted',
      { ...urls, apiDatabaseUrl: 'postgres://shop%22api@db.example/shop' },
      'The user in EARMARK_API_DATABASE_URL must be a letter or _, then up to 62 letters, digits, _ and -.',
    ],
    [
      'a password is not ASCII',
      { ...urls, apiDatabaseUrl: 'postgres://shop_api:gr%C3%BCn@db.example/shop' },
      'The password in EARMARK_API_DATABASE_URL must be of ASCII characters.',
    ],
    [
      'a password is not encoded as URLs are',
      { ...urls, apiDatabaseUrl: 'postgres://shop_api:50%@db.example/shop' },
      'The password in EARMARK_API_DATABASE_URL must be of ASCII characters.',
    ],
  ] as const) {
    it(`is refused in one line when ${what}`, () => {
      assert.throws(() => roleAccounts(given), { name: 'StackError', message });
    });
  }
});
