import type { Knex } from 'knex';
import type { Queryable } from './database.ts';

/** So many seconds after this transaction began, by the database's clock. */
export function secondsFromNow(db: Queryable, seconds: number): Knex.Raw {
  return db.raw(`now() + ? * interval '1 second'`, [seconds]);
}
