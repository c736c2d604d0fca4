import type { Knex } from 'knex';
import { DomainError, type Refusal } from '../domain/errors.ts';
import type { Queryable, Transaction } from './database.ts';

/**
 * The write that makes a refusal final: whatever was refused under this id is never placed, not even by an attempt that was asleep
 * when a later one was refused.
 */
export function insertRefusal(trx: Transaction, id: string, { code, message, details }: Refusal): Knex.QueryBuilder {
  return trx('refusals')
    .insert({ id, refusal: JSON.stringify({ code, message, details }) })
    .onConflict('id')
    .ignore();
}

/** The refusal of an order or a standalone reservation, or undefined. The caller holds the locks of its products. */
export async function readRefusal(trx: Transaction, id: string): Promise<DomainError | undefined> {
  const row = (await trx('refusals').where({ id }).first('refusal')) as { refusal: Refusal } | undefined;
  return row && new DomainError(row.refusal.code, row.refusal.message, row.refusal.details);
}

/**
 * Deletes refusals older than `days`, oldest first; no attempt sleeps that long.
 * @returns how many
 */
export async function deleteOldRefusals(db: Queryable, days: number, atMost: number): Promise<number> {
  const old = db('refusals')
    .whereRaw(`created_at < now() - ? * interval '1 day'`, [days])
    .orderBy('created_at')
    .limit(atMost)
    .select('id');
  return db('refusals').whereIn('id', old).delete();
}
