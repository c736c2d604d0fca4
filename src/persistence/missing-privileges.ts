import type { Knex } from 'knex';
import { grantsOf, type DatabaseRole } from './privileges.ts';
import { rowRules } from './row-rules.ts';

/** What the user of a connection lacks. */
export interface MissingPrivileges {
  readonly user: string;
  /** Such as `UPDATE of stock_levels.total`; none when it may do everything that its role is to do, as an owner may. */
  readonly missing: readonly string[];
}

/** Finds out whether the user of a connection may do everything that a role is to do, to the tables and columns that are there. */
export async function readMissingPrivileges(db: Knex, role: DatabaseRole): Promise<MissingPrivileges> {
  const { rows } = await db.raw<{ rows: [MissingPrivileges] }>(
    `WITH missing AS (
       SELECT 'USAGE of its schema' AS what WHERE current_schema() IS NULL
        UNION ALL
       SELECT g.verb || ' of ' || concat_ws('.', g.object, g."column")
         FROM jsonb_to_recordset(?::jsonb) AS g(object text, verb text, "column" text)
         JOIN pg_class c ON c.relname = g.object AND c.relnamespace = to_regnamespace(quote_ident(current_schema()))
         LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = g."column"
        WHERE NOT CASE WHEN g.verb = 'USAGE' THEN has_sequence_privilege(c.oid, g.verb)
                       WHEN g."column" IS NULL THEN has_table_privilege(c.oid, g.verb)
                       ELSE has_column_privilege(c.oid, a.attnum, g.verb) END
        UNION ALL
       SELECT 'the rules for rows of ' || c.relname
         FROM pg_class c
        WHERE c.relname = ANY (?) AND c.relnamespace = to_regnamespace(quote_ident(current_schema()))
          AND NOT pg_has_role(c.relowner, 'USAGE')
          AND NOT (c.relrowsecurity
                   AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = current_user AND p.polcmd = 'a')))
     SELECT current_user AS "user", (SELECT coalesce(jsonb_agg(what), '[]') FROM missing) AS missing`,
    [JSON.stringify(grantsOf(role)), Object.keys(rowRules)],
  );
  return rows[0];
}
