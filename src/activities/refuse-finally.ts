import type { Knex } from 'knex';
import { DomainError } from '../domain/errors.ts';
import type { Transaction } from '../persistence/database.ts';
import { insertRefusal } from '../persistence/refusals.ts';

/**
 * Runs the transaction that places something, and makes its refusal final. An attempt that slept through its timeout may wake after
 * a later one was refused and the stock came back: it finds the refusal under the products' locks and places nothing.
 * @param id of the order, the standalone reservation or the return
 * @throws DomainError the refusal, of this attempt or of an earlier one; by then it is committed
 */
export async function refusingFinally<T>(db: Knex, id: string, place: (trx: Transaction) => Promise<T>): Promise<T> {
  const outcome = await db.transaction(async (trx) => {
    try {
      return { placed: await place(trx) };
    } catch (error) {
      // Only ever thrown by the domain, before anything was written that must not be: no SQL error is swallowed here.
      if (!(error instanceof DomainError)) throw error;
      await insertRefusal(trx, id, error);
      return { refused: error };
    }
  });
  if ('refused' in outcome) throw outcome.refused;
  return outcome.placed;
}
