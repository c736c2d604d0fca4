import type { Knex } from 'knex';
import { pendingMigrations } from './persistence/migrate.ts';
import { StackError } from './stack/stack-error.ts';

/**
 * Makes sure that what reads the tables finds those it knows.
 * @throws StackError when the schema is older; DatabaseAhead when it is newer
 */
export async function assertSchema(db: Knex): Promise<void> {
  if ((await pendingMigrations(db)).length === 0) return;
  throw new StackError('The schema of the database is older than this version of Earmark. Run earmark migrate first.');
}
