import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';

/** Demands that stock, reservations, orders and the audit log of a whole database agree. */
export async function assertBooksBalance(db: Knex): Promise<void> {
  assert.deepEqual(await findDiscrepancies(db), []);
}
