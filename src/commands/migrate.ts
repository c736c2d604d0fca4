import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { openDatabase } from '../persistence/database.ts';
import { messageOf } from '../persistence/error-message.ts';
import { migrateToLatest } from '../persistence/migrate.ts';
import { makeRoles } from '../persistence/roles.ts';
import { resolveOwner } from '../stack/addresses.ts';
import { StackError } from '../stack/stack-error.ts';
import { roleAccounts } from './role-accounts.ts';

interface Options {
  readonly roles: boolean;
}

/** `earmark migrate`: brings the database to the newest schema, and makes the roles of the processes. */
export function addMigrateCommand(program: Command): void {
  program
    .command('migrate')
    .summary('bring the database to the newest schema, and make its roles with --roles')
    .description(
      'Brings the database of DATABASE_URL, or else of the stack that runs in EARMARK_DATA_DIR, to the newest schema. ' +
        'With --roles it also makes the roles that EARMARK_API_DATABASE_URL and EARMARK_WORKER_DATABASE_URL name, or sets their ' +
        'passwords, and grants each what it needs and nothing else; PUBLIC loses its rights on the tables of the schema. The user of DATABASE_URL must own the tables, and for --roles may ' +
        'create roles (CREATEROLE). Safe to run at any time and several times at once.',
    )
    .option('--roles', 'make the database roles of the API and of the workers', false)
    .action(async ({ roles }: Options) => {
      const urls = await resolveOwner(loadConfig());
      // Before anything is changed: what is wrong with them can be known.
      const accounts = roles ? roleAccounts(urls) : [];
      const db = openDatabase({ url: urls.databaseUrl, poolMax: 1 });
      try {
        const applied = await asOwner(() => migrateToLatest(db));
        for (const name of applied) console.log(`Applied ${name}`);
        console.log(applied.length === 0 ? 'The schema is up to date.' : 'The schema is up to date now.');
      } finally {
        await db.destroy();
      }
      if (accounts.length === 0) return;
      const left = await asOwner(() => makeRoles(urls.databaseUrl, accounts));
      for (const user of left) {
        console.log(
          `Somebody else looks after the role ${user}: its password, and whether it may log in, were left as they are.`,
        );
      }
      console.log(`The roles ${accounts.map(({ user }) => user).join(' and ')} are up to date.`);
    });
}

/** @throws {StackError} when a statement is refused that only the owner of the tables may make */
async function asOwner<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === '42501')) throw error;
    throw new StackError(`${messageOf(error)}. DATABASE_URL must name the user who owns the tables.`, { cause: error });
  }
}
