import type { Knex } from 'knex';
import type { KeyNote } from '../domain/key-note.ts';
import type { Queryable, Transaction } from './database.ts';

/** What was answered to the first request with a key. */
export interface RememberedAnswer {
  /** Of what was asked: a repeat that asks something else is a mistake of the caller. */
  readonly fingerprint: string;
  /** Null when the answer is remembered elsewhere: by the workflow that gave it. */
  readonly answer: unknown;
}

/**
 * Takes a key for the transaction that will carry the request out. A request with the same key that is being carried out at this
 * moment is waited for.
 * @param id derived from caller, route and key
 * @returns undefined when the key was free, else what was answered to it
 */
export async function takeKey(
  trx: Transaction,
  id: string,
  fingerprint: string,
): Promise<RememberedAnswer | undefined> {
  const taken: unknown[] = await trx('idempotency_keys')
    .insert({ id, fingerprint })
    .onConflict('id')
    .ignore()
    .returning('id');
  return taken.length > 0 ? undefined : readKey(trx, id);
}

/** The write that notes a key whose answer is remembered elsewhere. */
export function noteKey(trx: Transaction, { id, fingerprint }: KeyNote): Knex.QueryBuilder {
  return trx('idempotency_keys').insert({ id, fingerprint }).onConflict('id').ignore();
}

/** What was answered to a key, or undefined. */
export async function readKey(db: Queryable, id: string): Promise<RememberedAnswer | undefined> {
  const row: RememberedAnswer | undefined = await db('idempotency_keys').where({ id }).first('fingerprint', 'answer');
  return row;
}

/** The write that stores the answer with its key; the first one stays. It tells how many it stored: one or none. */
export function storeAnswer(db: Queryable, id: string, answer: object): Knex.QueryBuilder<object, number> {
  return db('idempotency_keys')
    .where({ id, answer: null })
    .update({ answer: JSON.stringify(answer) });
}
