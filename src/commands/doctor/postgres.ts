import type { Knex } from 'knex';
import { readClock, readServer } from '../../persistence/server-facts.ts';
import { closeAtOnce, openDatabase } from '../../persistence/database.ts';
import { pendingMigrations } from '../../persistence/migrate.ts';
import { readMissingPrivileges } from '../../persistence/missing-privileges.ts';
import { databaseRoles, type DatabaseRole } from '../../persistence/privileges.ts';
import { judgeClock } from './clocks.ts';
import { diagnose, ok, problem, type Diagnosis, type Verdict } from './diagnosis.ts';
import type { Places } from './places.ts';

/** Looks at the database as each process logs in. What cannot be asked of a server that does not answer is left out. */
export async function examinePostgres({ databaseUrls }: Places): Promise<Diagnosis[]> {
  const pools = databaseRoles.flatMap((role) => {
    const url = databaseUrls[role];
    return url === undefined ? [] : [{ role, url, db: openDatabase({ url, poolMax: 1, name: 'earmark doctor' }) }];
  });
  const [first] = pools;
  if (first === undefined) return [];
  try {
    const reached = await diagnose('Postgres', () => judgeServer(first.db, first.url));
    const roles = await Promise.all(
      pools
        .filter(({ db }) => reached.health === 'ok' || db !== first.db)
        .map(({ role, db }) => diagnose(roleNames[role], () => judgeRole(db, role))),
    );
    if (reached.health !== 'ok') return [reached, ...roles];
    const schema = await diagnose('Schema', () => judgeSchema(first.db));
    return [reached, schema, ...roles, await diagnose('Clock of Postgres', () => judgeTime(first.db))];
  } finally {
    await Promise.all(pools.map(({ db }) => closeAtOnce(db)));
  }
}

const roleNames = { api: 'Role of the API', worker: 'Role of the worker' } as const satisfies Record<
  DatabaseRole,
  string
>;

async function judgeServer(db: Knex, url: string): Promise<Verdict> {
  const { version, user, isEncrypted } = await readServer(db);
  const how = `as ${user}, ${new URL(url).password === '' ? 'without a password' : 'with a password'}`;
  return ok(`${version} at ${new URL(url).host}, ${how}, ${isEncrypted ? 'with TLS' : 'without TLS'}`);
}

async function judgeSchema(db: Knex): Promise<Verdict> {
  const pending = await pendingMigrations(db);
  return pending.length === 0 ? ok('up to date') : problem(`It lacks ${pending.join(', ')}. Run earmark migrate.`);
}

async function judgeRole(db: Knex, role: DatabaseRole): Promise<Verdict> {
  const { user, missing } = await readMissingPrivileges(db, role);
  if (missing.length === 0) return ok(`${user} may do everything that it is to do`);
  const more = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
  return problem(`${user} lacks ${missing[0]}${more}. Run earmark migrate --roles.`);
}

async function judgeTime(db: Knex): Promise<Verdict> {
  const sent = Date.now();
  const now = await readClock(db);
  return judgeClock('Postgres', { sent, received: Date.now(), from: now, to: now });
}
