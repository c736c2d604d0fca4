import type { Knex } from 'knex';
import { summarise, type FindingsSummary } from '../domain/finding.ts';
import type { BooksReport } from '../persistence/books/check.ts';
import { DatabaseAhead, pendingMigrations } from '../persistence/migrate.ts';
import { ProblemError } from './problems.ts';

/** Whether the books of the database agreed. */
export interface Verification extends FindingsSummary {
  /** When the look began: what happened later is not in it. */
  readonly startedAt: string;
}

/**
 * Looks whether the books agree.
 * @throws ProblemError unavailable when the database is of another version, whose rules are not known here
 */
export async function verification(db: Knex, look: () => Promise<BooksReport>): Promise<Verification> {
  const startedAt = new Date().toISOString();
  await assertKnown(db);
  return { startedAt, ...summarise(await look()) };
}

async function assertKnown(db: Knex): Promise<void> {
  let pending: readonly string[];
  try {
    pending = await pendingMigrations(db);
  } catch (error) {
    if (error instanceof DatabaseAhead) throw new ProblemError('unavailable', error.message);
    throw error;
  }
  if (pending.length === 0) return;
  throw new ProblemError('unavailable', `The database misses ${pending.join(', ')}: run earmark migrate.`);
}
