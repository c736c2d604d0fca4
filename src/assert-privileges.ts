import type { Knex } from 'knex';
import type { Logger } from 'pino';
import { readMissingPrivileges } from './persistence/missing-privileges.ts';
import type { DatabaseRole } from './persistence/privileges.ts';
import { isDatabaseUnavailable } from './persistence/unavailable.ts';
import { StackError } from './stack/stack-error.ts';

/**
 * Makes sure at the start of a process that its role in the database may do what it will be asked to do, and not only when it is. A
 * database that does not answer is no reason not to start: it may come back.
 * @throws StackError in one line
 */
export async function assertPrivileges(db: Knex, role: DatabaseRole, log: Pick<Logger, 'warn'>): Promise<void> {
  const found = await readMissingPrivileges(db, role).catch((error: unknown) => {
    if (!isDatabaseUnavailable(error)) throw error;
    log.warn({ err: error }, 'whether the database role has its privileges is not known');
    return undefined;
  });
  if (found === undefined || found.missing.length === 0) return;
  const { user, missing } = found;
  const more = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
  throw new StackError(`The database role ${user} lacks ${missing[0]}${more}. Run earmark migrate --roles.`);
}
