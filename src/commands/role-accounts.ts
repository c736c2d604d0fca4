import { databaseRoles, type DatabaseRole } from '../persistence/privileges.ts';
import type { RoleAccount } from '../persistence/roles.ts';
import { StackError } from '../stack/stack-error.ts';

/** The URLs of one database as its owner and as the roles of the processes. */
export interface DatabaseUrls {
  readonly databaseUrl: string;
  readonly apiDatabaseUrl?: string;
  readonly workerDatabaseUrl?: string;
}

const variables = { api: 'EARMARK_API_DATABASE_URL', worker: 'EARMARK_WORKER_DATABASE_URL' } as const;

/**
 * Reads from the URLs of the processes who they log in as.
 *
 * @throws {StackError} in one line when one is missing, belongs to another database, or is somebody else's
 */
export function roleAccounts({ databaseUrl, apiDatabaseUrl, workerDatabaseUrl }: DatabaseUrls): RoleAccount[] {
  const urls = { api: apiDatabaseUrl, worker: workerDatabaseUrl };
  const accounts = databaseRoles.map((role) => accountOf(role, urls[role], databaseUrl));
  const [first, second] = accounts;
  if (first?.user === second?.user) {
    throw new StackError(
      `${variables.api} and ${variables.worker} name the same user, ${first?.user}. Each needs one of its own.`,
    );
  }
  return accounts;
}

function accountOf(role: DatabaseRole, url: string | undefined, ownerUrl: string): RoleAccount {
  const name = variables[role];
  if (url === undefined) {
    throw new StackError(`Set ${name}: the role that it names is made, with its password.`);
  }
  const [own, owners] = [new URL(url), new URL(ownerUrl)];
  const user = decoded(own.username);
  if (user === undefined || !/^[A-Za-z_][\w-]{0,62}$/.test(user)) {
    throw new StackError(`The user in ${name} must be a letter or _, then up to 62 letters, digits, _ and -.`);
  }
  const password = decoded(own.password);
  if (password === undefined || !/^[\x20-\x7e]*$/.test(password)) {
    throw new StackError(`The password in ${name} must be of ASCII characters.`);
  }
  if (user === decoded(owners.username)) {
    throw new StackError(`${name} names the user of DATABASE_URL, ${user}, who may do everything. Name another one.`);
  }
  if (placeOf(own) !== placeOf(owners)) {
    throw new StackError(
      `${name} leads to ${placeOf(own)}, and DATABASE_URL to ${placeOf(owners)}: correct one of them.`,
    );
  }
  return { role, user, ...(password === '' ? {} : { password }) };
}

/** Server and database of a URL, in one spelling. */
function placeOf({ hostname, port, pathname }: URL): string {
  return `${hostname === 'localhost' ? '127.0.0.1' : hostname}:${port === '' ? '5432' : port}${pathname}`;
}

/** Undefined when it is not encoded as a part of a URL is. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
