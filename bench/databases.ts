import { openDatabase } from '../src/persistence/database.ts';
import { migrateToLatest } from '../src/persistence/migrate.ts';
import { makeRoles } from '../src/persistence/roles.ts';
import { embeddedAccounts, embeddedUrls } from '../src/stack/embedded-roles.ts';

/** The URLs of a database that was made: of its owner, and of the role of a worker. */
export interface MadeDatabase {
  readonly databaseUrl: string;
  readonly workerDatabaseUrl: string;
}

/**
 * Makes a database with the schema and the roles of Earmark beside that of the stack, in the same Postgres.
 * @param stackUrl that of the stack's owner
 */
export async function makeDatabase(stackUrl: string, name: string): Promise<MadeDatabase> {
  const owner = openDatabase({ url: stackUrl, poolMax: 1 });
  await owner.raw('CREATE DATABASE ??', [name]).finally(() => owner.destroy());
  const url = new URL(stackUrl);
  url.pathname = `/${name}`;
  const db = openDatabase({ url: url.href, poolMax: 1 });
  await migrateToLatest(db).finally(() => db.destroy());
  await makeRoles(url.href, embeddedAccounts);
  return { databaseUrl: url.href, workerDatabaseUrl: embeddedUrls(url.href).workerDatabaseUrl };
}
