import type { Knex } from 'knex';
import { until } from './until.ts';

/** Resolves when so many sessions of a database wait for a lock. */
export async function untilWaiting(db: Knex, sessions = 1): Promise<void> {
  await until(async () => {
    const { rows } = await db.raw<{ rows: { waiting: number }[] }>(
      `SELECT count(*)::int AS waiting FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return (rows[0]?.waiting ?? 0) >= sessions;
  });
}
