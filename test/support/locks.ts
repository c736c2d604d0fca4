import type { Knex } from 'knex';
import { lockProducts } from '../../src/persistence/stock-levels.ts';
import { until } from './until.ts';

/** Resolves when so many sessions of a database wait for a lock. */
export async function untilWaiting(db: Knex, sessions = 1): Promise<void> {
  await until(async () => {
    // Within a transaction the view stays as it was first seen.
    await db.raw('SELECT pg_stat_clear_snapshot()');
    const { rows } = await db.raw<{ rows: { waiting: number }[] }>(
      `SELECT count(*)::int AS waiting FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return (rows[0]?.waiting ?? 0) >= sessions;
  });
}

/** Begins work of which so many transactions want the stock of a product, and lets them have it when all of them wait for it. */
export async function allAtOnce<T>(
  db: Knex,
  productId: string,
  transactions: number,
  work: () => Promise<T>,
): Promise<T> {
  const { begun } = await db.transaction(async (trx) => {
    await lockProducts(trx, [productId]);
    const begun = work();
    // By its own connection: the others may have taken the rest of the pool.
    await untilWaiting(trx, transactions);
    return { begun };
  });
  return begun;
}
