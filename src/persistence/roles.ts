import { setTimeout } from 'node:timers/promises';
import type { Knex } from 'knex';
import { openDatabase, type Transaction } from './database.ts';
import { messageOf } from './error-message.ts';
import { lockMigrations } from './migrate.ts';
import { assertNothingMore, isFit, RolesRefused } from './fit-role.ts';
import { grantsOf, type DatabaseRole } from './privileges.ts';
import { holdToRowRules, rowRules } from './row-rules.ts';
import { scramVerifier } from './scram-verifier.ts';

/** Who a process logs in as. */
export interface RoleAccount {
  readonly role: DatabaseRole;
  readonly user: string;
  /** ASCII. Without one the role has none, or keeps the one it has. */
  readonly password?: string;
}

/** Milliseconds that a run waits for those before it, for migrations, and for who uses the tables, unless told otherwise. */
const usualPatience = 120_000;

/** Milliseconds between two tries to get at tables that are in use. */
const pause = 500;

/** A lock that was not to be had in time, and a deadlock. */
const inUse = new Set(['55P03', '40P01']);

const insufficientPrivilege = '42501';

/** How Postgres says that a statement took too long. */
const outOfTime = '57014';

/** A database that is not there, that takes no connections, or not from this user. */
const closed = new Set(['3D000', '55000', '28000', insufficientPrivilege]);

const again = 'and run earmark migrate --roles again.';

/**
 * Makes the login roles of the processes, or sets their passwords, and gives each exactly what {@link grantsOf} says, on the schema that
 * the owner works in. Several may run at once, on any databases of a cluster: roles belong to the cluster, and they wait for one another.
 * @param url the database's, as its owner
 * @returns the users of those that somebody else looks after: their passwords, and whether they may log in, are as they were
 * @throws RolesRefused
 */
export async function makeRoles(
  url: string,
  accounts: readonly RoleAccount[],
  patience = usualPatience,
): Promise<string[]> {
  return underClusterLock(url, patience, async () => {
    const db = openDatabase({ url, poolMax: 1, name: 'earmark roles', statementMs: patience });
    try {
      const left: string[] = [];
      for (const account of accounts) if (!(await makeRole(db, account))) left.push(account.user);
      await patiently(patience, () => grantAll(db, accounts, patience));
      return left;
    } finally {
      await db.destroy();
    }
  });
}

/** Gives way to whoever uses the tables, and tries again: to wait in the queue for them would hold up everybody behind. */
async function patiently(patience: number, grant: () => Promise<void>): Promise<void> {
  const until = Date.now() + patience;
  for (;;) {
    try {
      return await grant();
    } catch (error) {
      if (!inUse.has(String((error as { readonly code?: unknown }).code))) throw error;
      if (Date.now() > until) {
        throw new RolesRefused(
          `Somebody uses ${Object.keys(rowRules).join(' or ')} without a pause (${messageOf(error as Error)}): a backup, earmark verify or ` +
            `earmark reconcile. Wait for its end, ${again}`,
        );
      }
      await setTimeout(pause);
    }
  }
}

/** In a database that every cluster has: advisory locks are of one database, and would not hold back those who work on another one. */
async function underClusterLock<T>(url: string, patience: number, work: () => Promise<T>): Promise<T> {
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  const db = openDatabase({ url: maintenance.href, poolMax: 1, name: 'earmark roles lock', statementMs: patience });
  let isLocked = false;
  try {
    return await db.transaction(async (trx) => {
      await trx.raw('SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0');
      await trx.raw(`SELECT pg_advisory_xact_lock(hashtextextended('earmark roles', 0))`);
      isLocked = true;
      return work();
    });
  } catch (error) {
    throw isLocked ? error : whyNotLocked(error, patience);
  } finally {
    await db.destroy();
  }
}

function whyNotLocked(error: unknown, patience: number): unknown {
  const { code } = error as { readonly code?: unknown };
  if (code === outOfTime) return stillBusy('Another run that makes roles on this server', patience);
  if (!closed.has(String(code))) return error;
  return new RolesRefused(
    `Roles are made under a lock in the database postgres of the server, which the user of DATABASE_URL cannot get into (${messageOf(error as Error)}). ` +
      `Create that database, or let this user connect to it (GRANT CONNECT ON DATABASE postgres), ${again}`,
  );
}

function stillBusy(what: string, patience: number): RolesRefused {
  return new RolesRefused(`${what} has not ended within ${patience / 1_000} s. Wait for its end, ${again}`);
}

/** @returns false when somebody else looks after the role, so that it was left as it is */
async function makeRole(db: Knex, { user, password }: RoleAccount): Promise<boolean> {
  const exists = await isFit(db, user);
  try {
    // Without the password first: a statement that is refused stands in the server's log.
    await execute(db, exists ? 'ALTER ROLE %I LOGIN' : 'CREATE ROLE %I LOGIN', user);
    if (password !== undefined) await execute(db, 'ALTER ROLE %I PASSWORD %L', user, scramVerifier(password));
    return true;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== insufficientPrivilege) throw error;
    if (exists) return false;
    throw new RolesRefused(
      `The user of DATABASE_URL may not create roles (${messageOf(error as Error)}). Give it CREATEROLE, or let somebody who may do so run ` +
        `CREATE ROLE "${user}" LOGIN PASSWORD '…', ${again}`,
    );
  }
}

/** Written by the server, which quotes: neither names nor passwords can be parameters of such a statement. */
async function execute(db: Knex, template: string, user: string, password = ''): Promise<void> {
  const { rows } = await db.raw<{ rows: [{ statement: string }] }>('SELECT format(?, ?::text, ?::text) AS statement', [
    template,
    user,
    password,
  ]);
  await db.raw(rows[0].statement);
}

/** Takes from the roles whatever they have, and gives them what they are to have, all at once. */
async function grantAll(db: Knex, accounts: readonly RoleAccount[], patience: number): Promise<void> {
  let isLocked = false;
  try {
    await db.transaction(async (trx) => {
      await lockMigrations(trx, patience);
      isLocked = true;
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
      }
      await holdToRowRules(trx, accounts);
      for (const { role, user } of accounts) await assertNothingMore(trx, role, user);
    });
  } catch (error) {
    const isBusy = !isLocked && (error as { readonly code?: unknown }).code === outOfTime;
    throw isBusy ? stillBusy('A migration of this database', patience) : error;
  }
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
