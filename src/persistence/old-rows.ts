import type { Queryable } from './database.ts';

/** The tables that only remember: a row that is old enough is of no use to anybody. */
export type MemoryTable = 'idempotency_keys' | 'refusals';

/**
 * Deletes rows older than `days`, oldest first, at most so many at once.
 * @returns how many
 */
export async function deleteOldRows(db: Queryable, table: MemoryTable, days: number, atMost: number): Promise<number> {
  const old = db(table)
    .whereRaw(`created_at < now() - ? * interval '1 day'`, [days])
    .orderBy('created_at')
    .limit(atMost)
    .select('id');
  return db(table).whereIn('id', old).delete();
}
