import type { Knex } from 'knex';
import { openDatabase, type Transaction } from './database.ts';
import { messageOf } from './error-message.ts';
import { lockMigrations } from './migrate.ts';
import { grantsOf, type DatabaseRole } from './privileges.ts';
import { scramVerifier } from './scram-verifier.ts';

/** Who a process logs in as. */
export interface RoleAccount {
  readonly role: DatabaseRole;
  readonly user: string;
  /** ASCII. Without one the role has none, or keeps the one it has. */
  readonly password?: string;
}

/** Thrown when roles cannot be made; the message is one line that says what to do. */
export class RolesRefused extends Error {
  override readonly name = 'RolesRefused';
}

/** Milliseconds that a run waits for those before it. */
const patience = 120_000;

const insufficientPrivilege = '42501';

/**
 * Makes the login roles of the processes, or sets their passwords, and gives each exactly what {@link grantsOf} says, on the schema that
 * the owner works in. Several may run at once, on any databases of a cluster: roles belong to the cluster, and they wait for one another.
 * @param url the database's, as its owner
 * @throws RolesRefused
 */
export async function makeRoles(url: string, accounts: readonly RoleAccount[]): Promise<void> {
  await underClusterLock(url, async () => {
    const db = openDatabase({ url, poolMax: 1, name: 'earmark roles', statementMs: patience });
    try {
      for (const account of accounts) await makeRole(db, account);
      await grantAll(db, accounts);
    } finally {
      await db.destroy();
    }
  });
}

/** In a database that every cluster has: advisory locks are of one database, and would not hold back those who work on another one. */
async function underClusterLock(url: string, work: () => Promise<void>): Promise<void> {
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  const db = openDatabase({ url: maintenance.href, poolMax: 1, name: 'earmark roles lock', statementMs: patience });
  try {
    await db.transaction(async (trx) => {
      await trx.raw('SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0');
      await trx.raw(`SELECT pg_advisory_xact_lock(hashtextextended('earmark roles', 0))`);
      await work();
    });
  } finally {
    await db.destroy();
  }
}

async function makeRole(db: Knex, { user, password }: RoleAccount): Promise<void> {
  const exists = await isFit(db, user);
  const verifier = password === undefined ? null : scramVerifier(password);
  // Formatted by the server, which quotes: neither names nor passwords can be parameters of such a statement.
  const { rows } = await db.raw<{ rows: [{ statement: string }] }>(
    `SELECT format(?, ?::text) || coalesce(' PASSWORD ' || quote_literal(?), '') AS statement`,
    [`${exists ? 'ALTER' : 'CREATE'} ROLE %I LOGIN`, user, verifier],
  );
  await db.raw(rows[0].statement).catch((error: unknown) => {
    if ((error as { readonly code?: unknown }).code !== insufficientPrivilege) throw error;
    // Somebody else looks after the role and its password.
    if (exists) return;
    throw new RolesRefused(
      `The user of DATABASE_URL may not create roles (${messageOf(error as Error)}). Give it CREATEROLE, or let somebody who may do so run ` +
        `CREATE ROLE "${user}" LOGIN PASSWORD '…', and run earmark migrate --roles again.`,
    );
  });
}

interface FoundRole {
  readonly isOwner: boolean;
  readonly rights: readonly string[];
}

/**
 * Whether a role is there already.
 * @throws RolesRefused when it is one that nobody should lower to that of a process
 */
async function isFit(db: Knex, user: string): Promise<boolean> {
  const { rows } = await db.raw<{ rows: FoundRole[] }>(
    `SELECT r.oid IN (SELECT oid FROM pg_roles WHERE rolname = current_user)
            OR EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema()))
                                                AND pg_has_role(r.oid, c.relowner, 'MEMBER')) AS "isOwner",
            array_remove(ARRAY[CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
                               CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
                               CASE WHEN rolbypassrls THEN 'BYPASSRLS' END], NULL) AS rights
       FROM pg_roles r WHERE rolname = ?`,
    [user],
  );
  const [found] = rows;
  if (found === undefined) return false;
  if (found.rights.length > 0) {
    throw new RolesRefused(`The role ${user} has ${found.rights.join(', ')}. Name another user for it.`);
  }
  if (found.isOwner) throw new RolesRefused(`The role ${user} owns the tables. Name another user for it.`);
  return true;
}

/** Takes from the roles whatever they have, and gives them what they are to have, all at once. */
async function grantAll(db: Knex, accounts: readonly RoleAccount[]): Promise<void> {
  await db.transaction(async (trx) => {
    await lockMigrations(trx);
    const { rows } = await trx.raw<{ rows: [{ schema: string; database: string }] }>(
      `SELECT current_schema() AS schema, current_database() AS database`,
    );
    const [{ schema, database }] = rows;
    await trx.raw('REVOKE CREATE ON SCHEMA ?? FROM PUBLIC', [schema]);
    await trx.raw('REVOKE ALL ON ALL TABLES IN SCHEMA ?? FROM PUBLIC', [schema]);
    await trx.raw('REVOKE ALL ON ALL SEQUENCES IN SCHEMA ?? FROM PUBLIC', [schema]);
    for (const { role, user } of accounts) {
      await trx.raw('REVOKE ALL ON SCHEMA ?? FROM ??', [schema, user]);
      await trx.raw('REVOKE ALL ON ALL TABLES IN SCHEMA ?? FROM ??', [schema, user]);
      await trx.raw('REVOKE ALL ON ALL SEQUENCES IN SCHEMA ?? FROM ??', [schema, user]);
      await trx.raw('GRANT CONNECT ON DATABASE ?? TO ??', [database, user]);
      await trx.raw('GRANT USAGE ON SCHEMA ?? TO ??', [schema, user]);
      await giveEach(trx, role, user);
      await assertNothingMore(trx, role, user);
    }
  });
}

async function giveEach(trx: Transaction, role: DatabaseRole, user: string): Promise<void> {
  const { rows } = await trx.raw<{ rows: [{ statements: string }] }>(
    `SELECT string_agg(format('GRANT %s %s ON %s %I TO %I', g.verb, '(' || quote_ident(g."column") || ')',
                              CASE g.verb WHEN 'USAGE' THEN 'SEQUENCE' ELSE 'TABLE' END, g.object, ?::text), '; ') AS statements
       FROM jsonb_to_recordset(?::jsonb) AS g(object text, verb text, "column" text)`,
    [user, JSON.stringify(grantsOf(role))],
  );
  await trx.raw(rows[0].statements);
}

/** What a role has beyond that it has from others: as a member of their roles, or by a grant that is not the owner's. */
async function assertNothingMore(trx: Transaction, role: DatabaseRole, user: string): Promise<void> {
  const { rows } = await trx.raw<{ rows: { what: string }[] }>(
    `WITH given AS (SELECT * FROM jsonb_to_recordset(?::jsonb) AS g(object text, verb text, "column" text)),
          relations AS (SELECT oid, relname FROM pg_class
                         WHERE relnamespace = to_regnamespace(quote_ident(current_schema())) AND relkind IN ('r', 'p', 'v', 'm', 'f')),
          who AS (SELECT oid FROM pg_roles WHERE rolname = ?)
     SELECT 'CREATE in the schema' AS what FROM who
      WHERE has_schema_privilege(who.oid, to_regnamespace(quote_ident(current_schema())), 'CREATE')
      UNION ALL
     SELECT p.verb || ' of ' || c.relname
       FROM who, relations c, unnest(ARRAY['DELETE', 'TRUNCATE', 'TRIGGER']) AS p(verb)
      WHERE has_table_privilege(who.oid, c.oid, p.verb)
        AND NOT EXISTS (SELECT FROM given g WHERE g.object = c.relname AND g.verb = p.verb)
      UNION ALL
     SELECT p.verb || ' of ' || c.relname || '.' || a.attname
       FROM who, relations c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped,
            unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS p(verb)
      WHERE has_column_privilege(who.oid, c.oid, a.attnum, p.verb)
        AND NOT EXISTS (SELECT FROM given g WHERE g.object = c.relname AND g.verb = p.verb
                                              AND (g."column" IS NULL OR g."column" = a.attname))
      LIMIT 1`,
    [JSON.stringify(grantsOf(role)), user],
  );
  if (rows[0] === undefined) return;
  throw new RolesRefused(
    `The role ${user} has ${rows[0].what} from somebody else: as a member of another role, or by a grant that is not the owner's. ` +
      'Take that away, or name another user for it.',
  );
}
