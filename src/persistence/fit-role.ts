import type { Knex } from 'knex';
import type { Transaction } from './database.ts';
import { grantsOf, type DatabaseRole } from './privileges.ts';
import { rowRules } from './row-rules.ts';

/** Thrown when roles cannot be made; the message is one line that says what to do. */
export class RolesRefused extends Error {
  override readonly name = 'RolesRefused';
}

interface FoundRole {
  readonly isOwner: boolean;
  readonly rights: readonly string[];
  /** Roles it is a member of, directly or not, that may do what no process is to do. */
  readonly memberOf: readonly string[];
}

/** Whoever is a member of one of these can run programs or write files as the server does, or owns or locks everything. */
const powerfulRoles = [
  ...['pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files'],
  ...['pg_maintain', 'pg_database_owner'],
];

/**
 * Whether a role is there already.
 * @throws RolesRefused when it is one that nobody should lower to that of a process
 */
export async function isFit(db: Knex, user: string): Promise<boolean> {
  const { rows } = await db.raw<{ rows: FoundRole[] }>(
    `SELECT r.oid IN (SELECT oid FROM pg_roles WHERE rolname = current_user)
            OR EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema()))
                                                AND pg_has_role(r.oid, c.relowner, 'MEMBER')) AS "isOwner",
            array_remove(ARRAY[CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
                               CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
                               CASE WHEN rolbypassrls THEN 'BYPASSRLS' END], NULL) AS rights,
            ARRAY(SELECT s.rolname::text FROM pg_roles s
                   WHERE s.oid <> r.oid AND pg_has_role(r.oid, s.oid, 'MEMBER')
                     AND (s.rolsuper OR s.rolcreatedb OR s.rolcreaterole OR s.rolreplication OR s.rolbypassrls OR s.rolname = ANY (?))
                   ORDER BY 1) AS "memberOf"
       FROM pg_roles r WHERE rolname = ?`,
    [powerfulRoles, user],
  );
  const [found] = rows;
  if (found === undefined) return false;
  if (found.rights.length > 0) {
    throw new RolesRefused(`The role ${user} has ${found.rights.join(', ')}. Name another user for it.`);
  }
  if (found.isOwner) throw new RolesRefused(`The role ${user} owns the tables. Name another user for it.`);
  if (found.memberOf.length > 0) {
    throw new RolesRefused(`The role ${user} is a member of ${found.memberOf.join(', ')}. Name another user for it.`);
  }
  return true;
}

/** What a role has beyond that it has from others: as a member of their roles, or by a grant that is not the owner's. */
export async function assertNothingMore(trx: Transaction, role: DatabaseRole, user: string): Promise<void> {
  const { rows } = await trx.raw<{ rows: { what: string }[] }>(
    `WITH given AS (SELECT * FROM jsonb_to_recordset(?::jsonb) AS g(object text, verb text, "column" text)),
          relations AS (SELECT oid, relname FROM pg_class
                         WHERE relnamespace = to_regnamespace(quote_ident(current_schema())) AND relkind IN ('r', 'p', 'v', 'm', 'f')),
          -- And whoever it could become with SET ROLE.
          who AS (SELECT r.oid FROM pg_roles u JOIN pg_roles r ON pg_has_role(u.oid, r.oid, 'MEMBER') WHERE u.rolname = ?)
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
      UNION ALL
     SELECT 'rows of ' || c.relname || ' by the policy ' || p.polname
       FROM pg_roles u, relations c JOIN pg_policy p ON p.polrelid = c.oid, unnest(p.polroles) AS of(role)
      WHERE u.rolname = ? AND c.relname = ANY (?) AND p.polpermissive AND p.polcmd IN ('*', 'a')
        AND p.polname <> u.rolname AND (of.role = 0 OR pg_has_role(u.oid, of.role, 'MEMBER'))
      LIMIT 1`,
    [JSON.stringify(grantsOf(role)), user, user, Object.keys(rowRules)],
  );
  if (rows[0] === undefined) return;
  throw new RolesRefused(
    `The role ${user} has ${rows[0].what} from somebody else: as a member of another role, or by a grant that is not the owner's. ` +
      'Take that away, or name another user for it.',
  );
}
