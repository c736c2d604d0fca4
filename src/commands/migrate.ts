import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { openDatabase } from '../persistence/database.ts';
import { migrateToLatest } from '../persistence/migrate.ts';
import { resolveServers } from '../stack/addresses.ts';

/** `earmark migrate`: brings the database to the newest schema. */
export function addMigrateCommand(program: Command): void {
  program
    .command('migrate')
    .summary('bring the database to the newest schema')
    .description(
      'Brings the database of DATABASE_URL, or else of the stack that runs in EARMARK_DATA_DIR, to the newest schema. ' +
        'Safe to run at any time and several times at once.',
    )
    .action(async () => {
      const config = loadConfig();
      const url = config.databaseUrl ?? (await resolveServers(config)).databaseUrl;
      const db = openDatabase({ url, poolMax: 1 });
      try {
        const applied = await migrateToLatest(db);
        for (const name of applied) console.log(`Applied ${name}`);
        console.log(applied.length === 0 ? 'The schema is up to date.' : 'The schema is up to date now.');
      } finally {
        await db.destroy();
      }
    });
}
