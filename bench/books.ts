import type { Knex } from 'knex';
import { checkBooks } from '../src/persistence/books/check.ts';
import { WrongResult } from './scenario.ts';

/**
 * Verifies the books of a database, as `earmark verify` does.
 * @param whose as in the message: "bare, behind sell-out"
 * @returns how many orders there are
 * @throws WrongResult when there is a finding
 */
export async function verifyBooks(db: Knex, whose: string): Promise<number> {
  const { findings, orders } = await checkBooks(db);
  if (findings.length === 0) return orders;
  const shown = findings
    .slice(0, 5)
    .map(
      ({ kind, objectType, objectId, expected, found }) =>
        `${kind} of ${objectType} ${objectId}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`,
    );
  throw new WrongResult(`The books of ${whose} are wrong (${findings.length} findings).\n  ${shown.join('\n  ')}`);
}
