import type { Knex } from 'knex';

/** What a database server says of itself and of the connection. */
export interface ServerFacts {
  /** Such as `18.4`. */
  readonly version: string;
  readonly user: string;
  /** Whether the connection is by TLS. */
  readonly isEncrypted: boolean;
}

/** Asks a server which one it is. */
export async function readServer(db: Knex): Promise<ServerFacts> {
  const { rows } = await db.raw<{ rows: [ServerFacts] }>(
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS version, current_user AS "user",
            coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS "isEncrypted"`,
  );
  return rows[0];
}

/** The time of the database's clock at this moment, in milliseconds of the epoch. */
export async function readClock(db: Knex): Promise<number> {
  const { rows } = await db.raw<{ rows: [{ now: number }] }>(
    `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`,
  );
  return Math.round(rows[0].now);
}
