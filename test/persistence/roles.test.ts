import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { v7 } from 'uuid';
import { createApiKey, revokeApiKey } from '../../src/api/credentials/api-key.ts';
import { auditActions, auditObjectTypes } from '../../src/domain/audit.ts';
import { movementTypes } from '../../src/domain/movement.ts';
import {
  databaseRoles,
  grantsOf,
  sequencePrivileges,
  tablePrivileges,
  type DatabaseRole,
} from '../../src/persistence/privileges.ts';
import { asRole, freshDatabase, type FreshDatabase } from '../support/postgres.ts';

interface Column {
  readonly table: string;
  readonly column: string;
  readonly isGenerated: boolean;
}

/** One thing that somebody may try, in a statement that touches no row. */
interface Attempt {
  readonly what: string;
  readonly sql: string;
  readonly bindings: readonly string[];
  readonly isGranted: boolean;
}

const refused = { code: '42501' };

describe('The database roles of the API and of the workers', () => {
  let database: FreshDatabase;
  let columns: readonly Column[];

  before(async () => {
    database = await freshDatabase();
    const { rows } = await database.db.raw<{ rows: Column[] }>(
      `SELECT c.relname AS "table", a.attname AS "column", a.attgenerated <> '' AS "isGenerated"
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1, a.attnum`,
    );
    columns = rows;
  });
  after(() => database.drop());

  const tables = () => Array.from(new Set(columns.map(({ table }) => table)));

  it('are told what they may do to every table that there is, and to no other column or sequence', async () => {
    assert.deepEqual(tables(), Object.keys(tablePrivileges).toSorted());
    const known = new Set(columns.map(({ table, column }) => `${table}.${column}`));
    const granted = databaseRoles.flatMap(grantsOf).filter(({ column }) => column !== null);
    const unknown = granted.map(({ object, column }) => `${object}.${column}`).filter((name) => !known.has(name));
    assert.deepEqual(unknown, []);
    const sequences = (await database.db('pg_class').where({ relkind: 'S' }).pluck('relname')) as string[];
    for (const sequence of Object.keys(sequencePrivileges)) assert.ok(sequences.includes(sequence), sequence);
  });

  for (const role of databaseRoles) {
    const grants = grantsOf(role);
    const has = (object: string, verb: string, column?: string) =>
      grants.some((grant) => grant.object === object && grant.verb === verb && [null, column].includes(grant.column));

    /** Of one table, every verb, by column where it can be granted by column. */
    const attemptsOn = (table: string): Attempt[] => {
      const own = columns.filter((column) => column.table === table && !column.isGenerated);
      return [
        ...own.flatMap(({ column }) => [
          {
            what: `SELECT ${table}.${column}`,
            sql: 'SELECT ?? FROM ?? LIMIT 0',
            bindings: [column, table],
            isGranted: has(table, 'SELECT'),
          },
          {
            what: `INSERT ${table}.${column}`,
            sql: 'INSERT INTO ?? (??) OVERRIDING SYSTEM VALUE SELECT NULL WHERE false',
            bindings: [table, column],
            isGranted: has(table, 'INSERT', column),
          },
          {
            what: `UPDATE ${table}.${column}`,
            sql: 'UPDATE ?? SET ?? = DEFAULT WHERE false',
            bindings: [table, column],
            isGranted: has(table, 'UPDATE', column),
          },
        ]),
        {
          what: `DELETE ${table}`,
          sql: 'DELETE FROM ?? WHERE false',
          bindings: [table],
          isGranted: has(table, 'DELETE'),
        },
        { what: `TRUNCATE ${table}`, sql: 'TRUNCATE ??', bindings: [table], isGranted: false },
      ];
    };

    /** What came of an attempt: null, or the code of its refusal. Whatever it did is undone. */
    const outcome = async (db: Knex, { sql, bindings }: Pick<Attempt, 'sql' | 'bindings'>): Promise<string | null> => {
      const undone = new Error('undone');
      const trying = db.transaction(async (trx) => {
        await trx.raw(sql, [...bindings]);
        throw undone;
      });
      const error: unknown = await trying.catch((thrown: unknown) => thrown);
      return error === undone ? null : String((error as { readonly code?: unknown }).code);
    };

    describe(`${role}:`, () => {
      for (const table of Object.keys(tablePrivileges)) {
        it(`may do to ${table} what it was granted, and nothing else`, async () => {
          const attempts = attemptsOn(table);
          const outcomes: [string, string | null][] = [];
          for (const one of attempts) outcomes.push([one.what, await outcome(asRole(database.db, role), one)]);
          const expected = attempts.map(({ what, isGranted }) => [what, isGranted ? null : refused.code]);
          assert.deepEqual(outcomes, expected);
        });
      }

      it('may take numbers by name from the sequences that it was granted alone', async () => {
        const sequences = (await database.db('pg_class').where({ relkind: 'S' }).pluck('relname')) as string[];
        for (const sequence of sequences) {
          const came = await outcome(asRole(database.db, role), { sql: 'SELECT nextval(?)', bindings: [sequence] });
          assert.equal(came, has(sequence, 'USAGE') ? null : refused.code, sequence);
        }
      });

      for (const [what, sql] of [
        ['make a table', 'CREATE TABLE public.mine (id integer)'],
        ['make a function', 'CREATE FUNCTION public.mine() RETURNS integer LANGUAGE sql RETURN 1'],
        ['drop a table', 'DROP TABLE rate_limits'],
        ['change a table', 'ALTER TABLE orders ADD COLUMN mine integer'],
        [
          'disable the trigger that guards the audit log',
          'ALTER TABLE audit_log DISABLE TRIGGER audit_log_append_only',
        ],
        ['disable the trigger that guards the ledger', 'ALTER TABLE stock_movements DISABLE TRIGGER ALL'],
        ['replace the function behind them', 'DROP FUNCTION refuse_change() CASCADE'],
        [
          'hang a trigger of its own on the audit log',
          'CREATE TRIGGER mine BEFORE INSERT ON audit_log EXECUTE FUNCTION refuse_change()',
        ],
        ['skip triggers', 'SET session_replication_role = replica'],
        ['become the owner', 'SET ROLE earmark'],
        ['become the other role', role === 'api' ? 'SET ROLE earmark_worker' : 'SET ROLE earmark_api'],
        ['lock everybody out of a table that it reads', 'LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE'],
        ['make a role', 'CREATE ROLE mine'],
        ['make a database', 'CREATE DATABASE mine'],
        ['make a schema', 'CREATE SCHEMA mine'],
      ] as const) {
        it(`may not ${what}`, async () => {
          const db = asRole(database.db, role);
          // A database cannot be made in a transaction, where the rest is undone.
          const trying = sql.startsWith('CREATE DATABASE')
            ? db.raw(sql).then(
                () => null,
                (error: unknown) => String((error as { readonly code?: unknown }).code),
              )
            : outcome(db, { sql, bindings: [] });
          assert.equal(await trying, refused.code);
        });
      }
    });
  }

  it('may both add to the audit log and to the ledger, and neither may date an entry back', async () => {
    for (const role of databaseRoles) {
      const db = asRole(database.db, role);
      const entry = { actor: 'anna', action: 'PRODUCT_UPDATED', object_type: 'Product', object_id: role };
      await db('audit_log').insert(entry);
      await assert.rejects(Promise.resolve(db('audit_log').insert({ ...entry, at: new Date(0) })), refused);
      await assert.rejects(Promise.resolve(db('audit_log').where({ object_id: role }).update({ actor: 'x' })), refused);
      await assert.rejects(Promise.resolve(db('audit_log').where({ object_id: role }).delete()), refused);
    }
    assert.equal((await database.db('audit_log').whereIn('object_id', [...databaseRoles])).length, 2);
  });

  it('are granted what the contract says, whatever else changes: the API reads what workers write, and nobody rewrites the past', () => {
    const verbs = (role: DatabaseRole, table: string) =>
      Array.from(new Set(grantsOf(role).flatMap(({ object, verb }) => (object === table ? [verb] : []))));
    for (const table of ['audit_log', 'stock_movements']) {
      for (const role of databaseRoles) assert.deepEqual(verbs(role, table), ['SELECT', 'INSERT'], table);
    }
    for (const table of [
      'orders',
      'order_lines',
      'reservations',
      'reservation_allocations',
      'waiting_list',
      'returns',
      'refusals',
    ]) {
      assert.deepEqual(verbs('api', table), ['SELECT'], table);
    }
    assert.deepEqual(verbs('worker', 'api_keys'), []);
    const reserved = grantsOf('api').filter(({ object, column }) => object === 'stock_levels' && column === 'reserved');
    assert.deepEqual(reserved, []);
    assert.deepEqual(verbs('api', 'stock_levels'), ['SELECT', 'INSERT', 'UPDATE']);
  });

  describe('hold each to rows that are its business:', () => {
    const entry = { actor: 'anna', action: 'PRODUCT_UPDATED', object_type: 'Product', object_id: 'p' };
    const movement = () => ({
      ...{ product_id: v7(), warehouse_id: v7(), type: 'adjusted', actor: 'anna' },
      ...{ total: 1, available: 1, reserved: 0, total_after: 1, available_after: 1, reserved_after: 0 },
    });
    /** Whether a row can be added: null, or the code of its refusal. */
    const adding = async (role: DatabaseRole, table: string, row: object): Promise<string | null> => {
      const adding = Promise.resolve(asRole(database.db, role)(table).insert(row));
      return adding.then(
        () => null,
        (error: unknown) => String((error as { readonly code?: unknown }).code),
      );
    };
    const entriesTaken = async (role: DatabaseRole): Promise<string[]> => {
      const taken: string[] = [];
      for (const object_type of auditObjectTypes) {
        for (const action of auditActions) {
          const came = await adding(role, 'audit_log', { ...entry, action, object_type });
          if (came === null) taken.push(`${action} ${object_type}`);
          else assert.equal(came, refused.code);
        }
      }
      return taken;
    };

    it('the API tells of the catalogue and of keys, and of no order, reservation or repair', async () => {
      assert.deepEqual(await entriesTaken('api'), [
        ...['PRODUCT_CREATED Product', 'PRODUCT_UPDATED Product', 'LOW_STOCK Product'],
        ...['STOCK_ADJUSTED StockLevel', 'STOCK_TRANSFERRED StockLevel'],
        ...['WAREHOUSE_CREATED Warehouse', 'WAREHOUSE_UPDATED Warehouse'],
        ...['KEY_CREATED ApiKey', 'KEY_REVOKED ApiKey'],
      ]);
    });

    it('the API speaks neither as the system nor for a workflow', async () => {
      for (const [table, row] of [
        ['audit_log', entry],
        ['stock_movements', movement()],
      ] as const) {
        assert.equal(await adding('api', table, row), null);
        assert.equal(await adding('api', table, { ...row, actor: 'system' }), refused.code, table);
        assert.equal(await adding('api', table, { ...row, workflow_id: 'order-1' }), refused.code, table);
      }
    });

    it('the API counts and moves units, and earmarks, sells and takes back none', async () => {
      const taken: string[] = [];
      for (const type of movementTypes) {
        const came = await adding('api', 'stock_movements', { ...movement(), type });
        if (came === null) taken.push(type);
        else assert.equal(came, refused.code, type);
      }
      assert.deepEqual(taken, ['received', 'adjusted', 'transferred-out', 'transferred-in']);
      const earmarked = { ...movement(), available: 0, reserved: 1, available_after: 0, reserved_after: 1 };
      assert.equal(await adding('api', 'stock_movements', earmarked), refused.code);
      for (const column of ['order_id', 'reservation_id', 'return_id']) {
        assert.equal(await adding('api', 'stock_movements', { ...movement(), [column]: v7() }), refused.code, column);
      }
      assert.equal(await adding('api', 'stock_movements', { ...movement(), transfer_id: v7() }), null);
    });

    it('a worker tells of everything but keys', async () => {
      const all = auditObjectTypes.flatMap((type) => auditActions.map((action) => `${action} ${type}`));
      assert.deepEqual(
        await entriesTaken('worker'),
        all.filter((one) => !one.startsWith('KEY_')),
      );
      const row = { ...movement(), actor: 'system', workflow_id: 'order-1', order_id: v7() };
      for (const type of movementTypes) assert.equal(await adding('worker', 'stock_movements', { ...row, type }), null);
    });

    it('both read what the other wrote', async () => {
      for (const table of ['audit_log', 'stock_movements']) {
        const all = (await database.db(table)).length;
        for (const role of databaseRoles) assert.equal((await asRole(database.db, role)(table)).length, all, table);
      }
    });
  });

  it('let the API make and revoke keys, and count requests', async () => {
    const db = asRole(database.db, 'api');
    const cause = { actor: 'anna', requestId: null, workflowId: null };
    const { key } = await createApiKey(db, { name: 'shop', role: 'viewer', expiresAt: null }, cause);
    assert.notEqual((await revokeApiKey(db, key.id, cause)).revokedAt, null);
    const count = () => db('rate_limits').insert({ key: 'shop', points: 1, expire: 1 });
    await count();
    await count()
      .onConflict('key')
      .merge({ points: db.raw('rate_limits.points + 1') });
    assert.deepEqual(await db('rate_limits').pluck('points'), [2]);
    await db('rate_limits').where('expire', '>', 0).delete();
  });

  it('pass nothing on: Postgres says so with a warning alone', async () => {
    const grants = () => database.db('pg_class').where({ relname: 'products' }).select('relacl');
    const before = await grants();
    for (const role of databaseRoles) await asRole(database.db, role).raw('GRANT SELECT ON products TO PUBLIC');
    assert.deepEqual(await grants(), before);
  });

  it('let the API count units in, and not earmark them', async () => {
    const db = asRole(database.db, 'api');
    await db('stock_levels').update({ total: db.ref('total'), available: db.ref('available') });
    await assert.rejects(Promise.resolve(db('stock_levels').update({ reserved: 1 })), refused);
  });
});
