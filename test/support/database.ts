import type { Knex } from 'knex';
import { assertBooksBalance } from './books.ts';
import { freshDatabase, type FreshDatabase } from './postgres.ts';

/** A database for the tests of a file: each `describe` that prepares it gets a fresh one. */
export interface TestDatabase {
  readonly db: Knex;
  readonly url: string;
  /** To be called in the body of a `describe`. Hooks outside of one would run around every test of the whole run. */
  prepare(): void;
}

/** @param balanced checks after each test that stock, reservations, orders and audit log agree */
export function testDatabase({ balanced = false, poolMax = 10 } = {}): TestDatabase {
  let current: FreshDatabase | undefined;
  const prepared = (): FreshDatabase => {
    if (!current) throw new Error('prepare() belongs in the body of the describe.');
    return current;
  };
  return {
    get db() {
      return prepared().db;
    },
    get url() {
      return prepared().url;
    },
    prepare() {
      before(async () => {
        current = await freshDatabase({ poolMax });
      });
      after(async () => {
        await prepared().drop();
        current = undefined;
      });
      if (balanced) afterEach(() => assertBooksBalance(prepared().db));
    },
  };
}
