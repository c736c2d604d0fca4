import type { Knex } from 'knex';
import { deleteOldKeys } from '../persistence/idempotency-keys.ts';
import { deleteOldRefusals } from '../persistence/refusals.ts';

/** Days for which answers and refusals are remembered; closed workflows are kept as long. */
const rememberedDays = 30;

/** Rows deleted by one statement, so that none runs long. */
const batchSize = 1_000;

/**
 * Deletes idempotency keys and refusals that nobody will ask for any more.
 * @returns how many keys
 */
export async function forgetKeys(db: Knex): Promise<number> {
  await inBatches((atMost) => deleteOldRefusals(db, rememberedDays, atMost));
  return inBatches((atMost) => deleteOldKeys(db, rememberedDays, atMost));
}

async function inBatches(deleteSome: (atMost: number) => Promise<number>): Promise<number> {
  let deleted = 0;
  for (;;) {
    const rows = await deleteSome(batchSize);
    deleted += rows;
    if (rows < batchSize) return deleted;
  }
}
