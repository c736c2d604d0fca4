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

/** Milliseconds that a run waits for those before it. */
const patience = 120_000;

/** Milliseconds between two tries to get at tables that are in use. */
const pause = 500;

/** A lock that was not to be had in time, and a deadlock. */
const inUse = new Set(['55P03', '40P01']);

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
      await patiently(() => grantAll(db, accounts));
    } finally {
      await db.destroy();
    }
  });
}

/** Gives way to whoever uses the tables, and tries again: to wait in the queue for them would hold up everybody behind. */
async function patiently(grant: () => Promise<void>): Promise<void> {
  const until = Date.now() + patience;
  for (;;) {
    try {
      return await grant();
    } catch (error) {
      if (!inUse.has(String((error as { readonly code?: unknown }).code))) throw error;
      if (Date.now() > until) {
        throw new RolesRefused(
          `Somebody uses ${Object.keys(rowRules).join(' or ')} without a pause (${messageOf(error as Error)}): a backup, earmark verify or ` +
            'earmark reconcile. Wait for its end, and run earmark migrate --roles again.',
        );
      }
      await setTimeout(pause);
    }
  }
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
    }
    await holdToRowRules(trx, accounts);
    for (const { role, user } of accounts) await assertNothingMore(trx, role, user);
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
