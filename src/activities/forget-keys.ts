import type { Knex } from 'knex';
import { deleteOldRows, type MemoryTable } from '../persistence/old-rows.ts';

/** Days for which answers and refusals are remembered; closed workflows are kept as long. */
const rememberedDays = 30;

/** Rows deleted by one statement, so that none runs long. */
const batchSize = 1_000;

/**
 * Deletes idempotency keys and refusals that nobody will ask for any more.
 * @returns how many keys
 */
export async function forgetKeys(db: Knex): Promise<number> {
  await forget(db, 'refusals');
  return forget(db, 'idempotency_keys');
}

async function forget(db: Knex, table: MemoryTable): Promise<number> {
  let deleted = 0;
  for (;;) {
    const rows = await deleteOldRows(db, table, rememberedDays, batchSize);
    deleted += rows;
    if (rows < batchSize) return deleted;
  }
}
