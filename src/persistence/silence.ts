import type pg from 'pg';

type Callback = (error: Error | null | undefined, result: unknown) => void;

/** What node-postgres says, without any code, when `query_timeout` is over. */
const silence = 'Query read timeout';

/**
 * Makes a new connection of a pool close itself when a query gets no answer in time. node-postgres keeps such a connection, with the
 * question still open, and Knex would hand it out again: whoever got it would wait in vain, and again the next.
 */
export function closeWhenSilent(connection: pg.Client): void {
  const query = connection.query.bind(connection) as unknown as (config: pg.QueryConfig, callback: Callback) => void;
  const withCallback = (config: pg.QueryConfig, callback: Callback): void =>
    query(config, (error, result) => {
      if (error?.message === silence) {
        // Its pool hears of it now; that of the closed socket would come when somebody else has been given the connection.
        connection.emit('error', error);
        connection.connection.stream.destroy();
      }
      callback(error, result);
    });
  // Knex gives a callback. Who takes a connection from its pool, as what counts requests does, waits for a promise.
  const withPromise = (config: pg.QueryConfig): Promise<unknown> =>
    new Promise((resolve, reject) =>
      withCallback(config, (error, result) => (error ? reject(error) : resolve(result))),
    );
  const watched = (config: pg.QueryConfig, callback?: Callback): Promise<unknown> | void =>
    callback === undefined ? withPromise(config) : withCallback(config, callback);
  connection.query = watched as unknown as pg.Client['query'];
}
