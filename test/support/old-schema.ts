import type { Knex } from 'knex';
import * as core from '../../migrations/0001-core.ts';
import * as idempotencyKeys from '../../migrations/0002-idempotency-keys.ts';
import * as repairs from '../../migrations/0003-repairs.ts';
import * as warehouses from '../../migrations/0004-warehouses.ts';
import * as waitingLists from '../../migrations/0005-waiting-lists.ts';
import * as credentials from '../../migrations/0006-credentials.ts';
import * as fastLists from '../../migrations/0007-fast-lists.ts';

const migrations: Readonly<Record<string, Knex.Migration>> = {
  '0001-core': core,
  '0002-idempotency-keys': idempotencyKeys,
  '0003-repairs': repairs,
  '0004-warehouses': warehouses,
  '0005-waiting-lists': waitingLists,
  '0006-credentials': credentials,
  '0007-fast-lists': fastLists,
};

/** Makes a database one of the version before there was a ledger, with nothing in it. */
export function goBackBeforeLedger(db: Knex): Promise<void> {
  return goBackTo(db, '0003-repairs');
}

/** Makes a database one of the version before there were waiting lists, with nothing in it. */
export function goBackBeforeWaiting(db: Knex): Promise<void> {
  return goBackTo(db, '0004-warehouses');
}

/** Makes a database one of the version before products had thresholds, with nothing in it. */
export function goBackBeforeThresholds(db: Knex): Promise<void> {
  return goBackTo(db, '0007-fast-lists');
}

async function goBackTo(db: Knex, last: string): Promise<void> {
  const names = Object.keys(migrations).filter((name) => name <= last);
  await db.raw('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await db.migrate.latest({
    disableTransactions: true,
    migrationSource: {
      getMigrations: async () => names,
      getMigrationName: (name: string) => name,
      getMigration: async (name: string) => migrations[name] as Knex.Migration,
    },
  });
}
