import { databaseRoles, type DatabaseRole } from '../persistence/privileges.ts';
import type { RoleAccount } from '../persistence/roles.ts';

const users: Readonly<Record<DatabaseRole, string>> = { api: 'earmark_api', worker: 'earmark_worker' };

/** Without passwords: the embedded Postgres trusts whoever reaches it, which is this machine alone. */
export const embeddedAccounts: readonly RoleAccount[] = databaseRoles.map((role) => ({ role, user: users[role] }));

/** The URLs of an embedded database as the roles of the processes. */
export function embeddedUrls(ownerUrl: string): {
  readonly apiDatabaseUrl: string;
  readonly workerDatabaseUrl: string;
} {
  const as = (role: DatabaseRole): string => {
    const url = new URL(ownerUrl);
    url.username = users[role];
    return url.href;
  };
  return { apiDatabaseUrl: as('api'), workerDatabaseUrl: as('worker') };
}
