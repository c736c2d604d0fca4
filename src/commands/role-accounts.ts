import { databaseRoles, type DatabaseRole } from '../persistence/privileges.ts';
import type { RoleAccount } from '../persistence/roles.ts';
import { assertSameDatabase, roleVariables, type DatabaseUrls } from '../stack/same-database.ts';
import { StackError } from '../stack/stack-error.ts';

/**
 * Reads from the URLs of the processes who they log in as.
 *
 * @throws {StackError} in one line when one is missing, belongs to another database, or is somebody else's
 */
export function roleAccounts(given: DatabaseUrls): RoleAccount[] {
  const { databaseUrl, apiDatabaseUrl, workerDatabaseUrl } = given;
  const urls = { api: apiDatabaseUrl, worker: workerDatabaseUrl };
  const accounts = databaseRoles.map((role) => accountOf(role, urls[role], databaseUrl));
  const [first, second] = accounts;
  if (first?.user === second?.user) {
    throw new StackError(
      `${roleVariables.api} and ${roleVariables.worker} name the same user, ${first?.user}. Each needs one of its own.`,
    );
  }
  assertSameDatabase(given);
  return accounts;
}

function accountOf(role: DatabaseRole, url: string | undefined, ownerUrl: string): RoleAccount {
  const name = roleVariables[role];
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
  return { role, user, ...(password === '' ? {} : { password }) };
}

/** Undefined when it is not encoded as a part of a URL is. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
