import { Client, Connection } from '@temporalio/client';
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { openDatabase, type DatabaseOptions } from '../persistence/database.ts';
import type { Servers } from '../stack/addresses.ts';
import { assertNamespace, temporalRefusal } from '../temporal-refusal.ts';

/** Milliseconds that Temporal gets to answer at first. */
const patience = 3_000;

/**
 * Connects to both servers for the time of some work.
 * @throws before the work begins, when Temporal cannot be reached or lacks the namespace, in which every workflow would look gone;
 *   TemporalRefusal when it does not let this process in
 */
export async function withServers<T>(
  { config, servers }: { readonly config: Config; readonly servers: Servers },
  options: Omit<DatabaseOptions, 'url'>,
  work: (parts: { readonly db: Knex; readonly client: Client }) => Promise<T>,
): Promise<T> {
  const { namespace, connection: settings } = config.temporal;
  const address = servers.temporalAddress;
  const connection = Connection.lazy({ address, connectTimeout: patience, ...settings });
  const db = openDatabase({ url: servers.databaseUrl, ...options });
  try {
    try {
      await connection.ensureConnected();
      await assertNamespace(connection, namespace);
    } catch (error) {
      throw (await temporalRefusal(error, { address, namespace, ...settings })) ?? error;
    }
    return await work({ db, client: new Client({ connection, namespace }) });
  } finally {
    await db.destroy();
    await connection.close();
  }
}
