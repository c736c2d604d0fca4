import type { Knex } from 'knex';
import type { Freed, WakeWaiting } from '../domain/waiting.ts';
import { readTurns } from '../persistence/waiting-list.ts';

/**
 * Wakes whoever can be served now. Behind the commit: units are freed by this transaction and reserved by that of the order itself, like
 * everybody's. An activity that dies in between is tried again, and finds the same turns.
 */
export async function waking<T>(freeing: Promise<Freed<T>>, wake: WakeWaiting): Promise<T> {
  const { value, turns } = await freeing;
  if (turns.length > 0) await wake(turns);
  return value;
}

/**
 * Wakes every waiting order whose turn has come: whoever was to be told of it and was not, since the process died that had freed the
 * units, or since Temporal did not answer it.
 * @returns how many
 */
export async function wakeWaiting(db: Knex, wake: WakeWaiting): Promise<number> {
  const turns = await readTurns(db);
  if (turns.length > 0) await wake(turns);
  return turns.length;
}
