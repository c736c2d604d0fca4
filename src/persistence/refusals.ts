import type { Knex } from 'knex';
import { DomainError, type Refusal } from '../domain/errors.ts';
import type { Transaction } from './database.ts';

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
  const row: { refusal: Refusal } | undefined = await trx('refusals').where({ id }).first('refusal');
  return row && new DomainError(row.refusal.code, row.refusal.message, row.refusal.details);
}
