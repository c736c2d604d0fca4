import { databaseRoles } from '../persistence/privileges.ts';
import { StackError } from './stack-error.ts';

/** The URLs of one database as its owner and as the roles of the processes. */
export interface DatabaseUrls {
  readonly databaseUrl: string;
  readonly apiDatabaseUrl?: string;
  readonly workerDatabaseUrl?: string;
}

/** The variables that say who the processes log in as. */
export const roleVariables = { api: 'EARMARK_API_DATABASE_URL', worker: 'EARMARK_WORKER_DATABASE_URL' } as const;

/**
 * Makes sure that the URLs of the processes, those that are told, lead to the database that is migrated.
 *
 * @throws {StackError} in one line
 */
export function assertSameDatabase({ databaseUrl, apiDatabaseUrl, workerDatabaseUrl }: DatabaseUrls): void {
  const urls = { api: apiDatabaseUrl, worker: workerDatabaseUrl };
  const owners = placeOf(databaseUrl);
  for (const role of databaseRoles) {
    const url = urls[role];
    if (url === undefined || placeOf(url) === owners) continue;
    throw new StackError(
      `${roleVariables[role]} leads to ${placeOf(url)}, and DATABASE_URL to ${owners}: correct one of them.`,
    );
  }
}

/** Server and database of a URL, in one spelling. */
function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname === 'localhost' ? '127.0.0.1' : hostname}:${port === '' ? '5432' : port}${pathname}`;
}
