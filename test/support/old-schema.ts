import type { Knex } from 'knex';
import * as core from '../../migrations/0001-core.ts';
import * as idempotencyKeys from '../../migrations/0002-idempotency-keys.ts';
import * as repairs from '../../migrations/0003-repairs.ts';

const migrations: Readonly<Record<string, Knex.Migration>> = {
  '0001-core': core,
  '0002-idempotency-keys': idempotencyKeys,
  '0003-repairs': repairs,
};

/** Makes a database one of the version before there was a ledger, with nothing in it. */
export async function goBackBeforeLedger(db: Knex): Promise<void> {
  await db.raw('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await db.migrate.latest({
    disableTransactions: true,
    migrationSource: {
      getMigrations: async () => Object.keys(migrations),
      getMigrationName: (name: string) => name,
      getMigration: async (name: string) => migrations[name] as Knex.Migration,
    },
  });
}
