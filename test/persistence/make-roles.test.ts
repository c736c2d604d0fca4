import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Knex } from 'knex';
import { openDatabase } from '../../src/persistence/database.ts';
import { migrateToLatest } from '../../src/persistence/migrate.ts';
import { readMissingPrivileges } from '../../src/persistence/missing-privileges.ts';
import { makeRoles, type RoleAccount } from '../../src/persistence/roles.ts';
import { startPostgres } from '../../src/stack/postgres.ts';
import type { RunningServer } from '../../src/stack/supervise.ts';
import { onFreePorts } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

/** Only who made the data folder is trusted; everybody else needs a password. */
const access = 'host all earmark 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n';

const accounts: readonly RoleAccount[] = [
  { role: 'api', user: 'shop_api', password: "it's $1 ?secret" },
  { role: 'worker', user: 'shop-worker', password: 'swordfish' },
];
const [api, worker] = accounts as [RoleAccount, RoleAccount];

describe('Making database roles', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: RunningServer & { readonly url: string };
  let owner: Knex;

  const at = (url: string, { user, password = '' }: { user: string; password?: string }, database = 'earmark') => {
    const own = new URL(url);
    [own.username, own.password, own.pathname] = [user, encodeURIComponent(password), `/${database}`];
    return own.href;
  };
  const using = async <T>(url: string, work: (db: Knex) => Promise<T>): Promise<T> => {
    const db = openDatabase({ url, poolMax: 1 });
    try {
      return await work(db);
    } finally {
      await db.destroy();
    }
  };
  const as = <T>(account: { user: string; password?: string }, work: (db: Knex) => Promise<T>, database?: string) =>
    using(at(server.url, account, database), work);
  const userOf = async (db: Knex) => (await db.raw<{ rows: [object] }>('SELECT current_user AS "user"')).rows[0];

  before(async () => {
    folder = await temporaryFolder();
    const rules = path.join(folder.path, 'pg_hba.conf');
    await writeFile(rules, access, { mode: 0o644 });
    server = await onFreePorts(1, (port = 0) =>
      startPostgres({
        dataDir: path.join(folder.path, 'postgres'),
        logFile: path.join(folder.path, 'postgres.log'),
        port,
        durable: false,
        settings: { hba_file: rules, log_statement: 'all' },
      }),
    );
    owner = openDatabase({ url: server.url, poolMax: 2 });
    await migrateToLatest(owner);
  });
  after(async () => {
    await owner?.destroy();
    await server?.stop();
    await folder.remove();
  });
  beforeEach(() => makeRoles(server.url, accounts));

  it('lets them log in by their passwords alone', async () => {
    for (const account of accounts) {
      assert.deepEqual(await as(account, userOf), { user: account.user });
      await assert.rejects(as({ ...account, password: 'guessed' }, userOf), { code: '28P01' });
    }
  });

  it('sends no password that a log of the server could have', async () => {
    const log = await readFile(path.join(folder.path, 'postgres.log'), 'utf8');
    assert.match(log, /ROLE shop_api PASSWORD 'SCRAM-SHA-256\$/);
    assert.doesNotMatch(log, /\?secret|swordfish/);
  });

  it('sets another password when it is run again, and leaves the one of a URL without', async () => {
    const changed = { ...worker, password: 'marlin' };
    await makeRoles(server.url, [api, changed]);
    await assert.rejects(as(worker, userOf), { code: '28P01' });
    await makeRoles(server.url, [api, { role: 'worker', user: worker.user }]);
    assert.deepEqual(await as(changed, userOf), { user: worker.user });
  });

  it('gives each what it lacks: nothing of its role is missing afterwards, and all of it is named before', async () => {
    const missing = async (account: RoleAccount) =>
      as(account, async (db) => (await readMissingPrivileges(db, account.role)).missing);
    for (const account of accounts) assert.deepEqual(await missing(account), []);
    await owner.raw('REVOKE UPDATE (status) ON orders FROM "shop-worker"; REVOKE SELECT ON api_keys FROM shop_api');
    assert.deepEqual(
      [await missing(api), await missing(worker)],
      [['SELECT of api_keys'], ['UPDATE of orders.status']],
    );
    await owner.raw('REVOKE USAGE ON SCHEMA public FROM shop_api, PUBLIC');
    assert.deepEqual(await missing(api), ['USAGE of its schema']);
    await makeRoles(server.url, accounts);
    for (const account of accounts) assert.deepEqual(await missing(account), []);
    assert.deepEqual((await readMissingPrivileges(owner, 'api')).missing, []);
  });

  it('takes away what they are not to have, also what everybody had', async () => {
    await owner.raw(
      'GRANT DELETE, UPDATE ON orders TO shop_api; GRANT ALL ON audit_log TO PUBLIC; GRANT CREATE ON SCHEMA public TO PUBLIC',
    );
    await makeRoles(server.url, accounts);
    for (const sql of [
      'DELETE FROM orders',
      'UPDATE orders SET status = NULL',
      'TRUNCATE audit_log',
      'CREATE TABLE mine ()',
    ]) {
      await assert.rejects(
        as(api, async (db) => db.raw(sql)),
        { code: '42501' },
        sql,
      );
    }
  });

  describe('holds each to the rows that are its business', () => {
    const entry = { actor: 'anna', action: 'PRODUCT_UPDATED', object_type: 'Product', object_id: 'p' };
    const add = (account: RoleAccount, row: object = {}) =>
      as(account, async (db) => db('audit_log').insert({ ...entry, ...row }));
    const repaired = { action: 'REPAIRED', object_type: 'Order' };
    const refused = { code: '42501' };

    it('and another pair of roles beside them, as when roles are renamed', async () => {
      const renamed: readonly [RoleAccount, RoleAccount] = [
        { role: 'api', user: 'new_api', password: 'a' },
        { role: 'worker', user: 'new_worker', password: 'b' },
      ];
      await makeRoles(server.url, renamed);
      for (const account of [...accounts, ...renamed]) await add(account);
      for (const account of [api, renamed[0]]) await assert.rejects(add(account, repaired), refused);
      for (const account of [worker, renamed[1]]) await add(account, repaired);
    });

    it('and changes them with the role that a user has', async () => {
      const [first, second] = ['turncoat', 'other'];
      await makeRoles(server.url, [
        { role: 'worker', user: first, password: 'a' },
        { role: 'api', user: second, password: 'b' },
      ]);
      await add({ role: 'worker', user: first, password: 'a' }, repaired);
      await makeRoles(server.url, [
        { role: 'api', user: first, password: 'a' },
        { role: 'worker', user: second, password: 'b' },
      ]);
      await assert.rejects(add({ role: 'api', user: first, password: 'a' }, repaired), refused);
      await add({ role: 'worker', user: second, password: 'b' }, repaired);
    });

    it('and the owner to none, nor readers', async () => {
      await owner('audit_log').insert({ ...entry, ...repaired, actor: 'system' });
      await owner.raw(
        `CREATE ROLE auditor LOGIN PASSWORD 'a'; GRANT USAGE ON SCHEMA public TO auditor; GRANT SELECT ON audit_log TO auditor`,
      );
      const count = async (db: Knex) => (await db('audit_log').select('id')).length;
      assert.equal(await as({ user: 'auditor', password: 'a' }, count), await count(owner));
    });

    it('which are missing when they are gone', async () => {
      await owner.raw('DROP POLICY shop_api ON stock_movements; ALTER TABLE audit_log DISABLE ROW LEVEL SECURITY');
      const missing = await as(api, async (db) => (await readMissingPrivileges(db, 'api')).missing);
      assert.deepEqual([...missing].toSorted(), [
        'the rules for rows of audit_log',
        'the rules for rows of stock_movements',
      ]);
      assert.deepEqual((await readMissingPrivileges(owner, 'api')).missing, []);
      await makeRoles(server.url, accounts);
      await assert.rejects(add(api, repaired), refused);
    });

    it('and refuses a policy that would let one of them add more', async () => {
      await owner.raw('CREATE POLICY wide ON audit_log FOR INSERT TO PUBLIC WITH CHECK (true)');
      try {
        await assert.rejects(makeRoles(server.url, accounts), {
          message: /^The role shop_api has rows of audit_log by the policy wide from somebody else: /,
        });
      } finally {
        await owner.raw('DROP POLICY wide ON audit_log');
      }
    });

    it('without holding up those who come behind somebody who reads for long', async () => {
      const waiting = async () => {
        const waits = owner('pg_stat_activity').where({ application_name: 'earmark roles', wait_event_type: 'Lock' });
        return (await waits.whereLike('query', 'LOCK TABLE%')).length > 0;
      };
      let making: Promise<unknown> = Promise.resolve();
      await owner.transaction(async (trx) => {
        await trx('audit_log').first();
        making = makeRoles(server.url, accounts);
        await until(waiting);
        await until(async () => !(await waiting()));
        await until(waiting);
      });
      await making;
    });
  });

  it('changes nothing when a role has more from elsewhere, and says what', async () => {
    await owner.raw('CREATE ROLE writers; GRANT DELETE ON orders TO writers; GRANT writers TO shop_api');
    await owner.raw('REVOKE SELECT ON products FROM shop_api');
    try {
      await assert.rejects(makeRoles(server.url, accounts), {
        name: 'RolesRefused',
        message: /^The role shop_api has DELETE of orders from somebody else: .* name another user for it\.$/,
      });
      await assert.rejects(
        as(api, async (db) => db('products')),
        { code: '42501' },
        'It was granted half of it',
      );
    } finally {
      await owner.raw('DROP OWNED BY writers; DROP ROLE writers');
    }
  });

  it('refuses what a role has only when it becomes another one', async () => {
    await owner.raw(
      'CREATE ROLE hidden; GRANT DELETE ON orders TO hidden; GRANT hidden TO shop_api WITH INHERIT FALSE',
    );
    try {
      await assert.rejects(makeRoles(server.url, accounts), {
        message: /^The role shop_api has DELETE of orders from /,
      });
    } finally {
      await owner.raw('DROP OWNED BY hidden; DROP ROLE hidden');
    }
  });

  it('waits for other runs and for migrations so long, and says which it was', async () => {
    for (const [database, lock, message] of [
      ['postgres', 'earmark roles', /^Another run that makes roles on this server has not ended within 0\.3 s\. Wait /],
      ['earmark', 'earmark migrations', /^A migration of this database has not ended within 0\.3 s\. Wait /],
    ] as const) {
      const holding = async (db: Knex) =>
        db.transaction(async (trx) => {
          await trx.raw('SELECT pg_advisory_xact_lock(hashtextextended(?, 0))', [lock]);
          await assert.rejects(makeRoles(server.url, accounts, 300), { name: 'RolesRefused', message });
        });
      await as({ user: 'earmark' }, holding, database);
    }
    await owner.transaction(async (trx) => {
      await trx('audit_log').first();
      await assert.rejects(makeRoles(server.url, accounts, 1_500), {
        name: 'RolesRefused',
        message: /^Somebody uses audit_log or stock_movements without a pause \(.*lock timeout\): /,
      });
    });
  });

  it('lowers no role that may do more, and none that owns the tables', async () => {
    await owner.raw(
      'CREATE ROLE chief SUPERUSER; CREATE ROLE maker CREATEROLE CREATEDB; CREATE ROLE deputy; GRANT earmark TO deputy; ' +
        'CREATE ROLE runners; GRANT pg_execute_server_program, pg_maintain TO runners; CREATE ROLE runner; GRANT runners TO runner; ' +
        'CREATE ROLE clerk; GRANT chief TO clerk WITH INHERIT FALSE',
    );
    for (const [user, why] of [
      ['chief', 'The role chief has SUPERUSER. Name another user for it.'],
      ['maker', 'The role maker has CREATEDB, CREATEROLE. Name another user for it.'],
      ['deputy', 'The role deputy owns the tables. Name another user for it.'],
      ['clerk', 'The role clerk is a member of chief. Name another user for it.'],
      ['runner', 'The role runner is a member of pg_execute_server_program, pg_maintain. Name another user for it.'],
    ] as const) {
      await assert.rejects(makeRoles(server.url, [{ role: 'api', user }, worker]), { message: why });
    }
    assert.deepEqual(await owner('pg_roles').where({ rolname: 'chief' }).pluck('rolsuper'), [true]);
  });

  describe('by an owner who is no superuser', () => {
    const named = { user: 'landlord', password: 'rent' };
    const tenants: readonly RoleAccount[] = [
      { role: 'api', user: 'tenant_api', password: 'a' },
      { role: 'worker', user: 'tenant_worker', password: 'b' },
    ];
    let url: string;
    before(async () => {
      await owner.raw(`CREATE ROLE landlord LOGIN PASSWORD 'rent'`);
      await owner.raw('CREATE DATABASE house OWNER landlord');
      url = at(server.url, named, 'house');
      await using(url, (db) => migrateToLatest(db));
    });

    it('needs the right to create roles, and says what to do without it', async () => {
      await assert.rejects(makeRoles(url, tenants), {
        name: 'RolesRefused',
        message:
          /^The user of DATABASE_URL may not create roles \(permission denied to create role\)\. Give it CREATEROLE, or .* CREATE ROLE "tenant_api" /,
      });
    });

    it('does with it', async () => {
      await owner.raw('ALTER ROLE landlord CREATEROLE');
      assert.deepEqual(await makeRoles(url, tenants), []);
      for (const account of tenants) {
        const { missing } = await as(account, (db) => readMissingPrivileges(db, account.role), 'house');
        assert.deepEqual(missing, []);
      }
    });

    for (const [what, close, open] of [
      ['is not there', 'ALTER DATABASE postgres RENAME TO away', 'ALTER DATABASE away RENAME TO postgres'],
      [
        'is closed to it',
        'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC',
        'GRANT CONNECT ON DATABASE postgres TO PUBLIC',
      ],
      [
        'takes no connections',
        'ALTER DATABASE postgres ALLOW_CONNECTIONS false',
        'ALTER DATABASE postgres ALLOW_CONNECTIONS true',
      ],
    ] as const) {
      it(`says what to do when the database of the lock ${what}`, async () => {
        await owner.raw(close);
        try {
          await assert.rejects(makeRoles(url, tenants), {
            name: 'RolesRefused',
            message:
              /^Roles are made under a lock in the database postgres .* \(.*database "postgres".*\)\. Create that database, or let .* and run earmark migrate --roles again\.$/,
          });
        } finally {
          await owner.raw(open);
        }
      });
    }

    it('grants roles that somebody else made, and leaves their passwords', async () => {
      await owner.raw('ALTER ROLE landlord NOCREATEROLE');
      const others = accounts.map((account) => ({ ...account, password: 'not its own' }));
      const passwordsSent = async () => {
        const log = await readFile(path.join(folder.path, 'postgres.log'), 'utf8');
        return log.split(/ROLE \S+ PASSWORD/).length;
      };
      const before = await passwordsSent();
      assert.deepEqual(await makeRoles(url, others), ['shop_api', 'shop-worker']);
      assert.equal(await passwordsSent(), before, 'A refused statement is in the log, with the verifier');
      for (const account of accounts) {
        const { missing } = await as(account, (db) => readMissingPrivileges(db, account.role), 'house');
        assert.deepEqual(missing, []);
      }
    });
  });

  it('succeeds in every run when many are made at once, on two databases of one cluster', async () => {
    await owner.raw('CREATE DATABASE twin');
    const twin = at(server.url, { user: 'earmark' }, 'twin');
    await using(twin, (db) => migrateToLatest(db));
    const many: readonly RoleAccount[] = [
      { role: 'api', user: 'many_api', password: 'a' },
      { role: 'worker', user: 'many_worker', password: 'b' },
    ];
    await Promise.all(Array.from({ length: 12 }, (_, n) => makeRoles(n % 2 === 0 ? server.url : twin, many)));
    for (const database of ['earmark', 'twin']) {
      for (const account of many) {
        const { missing } = await as(account, (db) => readMissingPrivileges(db, account.role), database);
        assert.deepEqual(missing, []);
      }
    }
  });
});
