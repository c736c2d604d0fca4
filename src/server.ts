import { Client, Connection } from '@temporalio/client';
import type { Knex } from 'knex';
import type { Logger } from 'pino';
import { createApp } from './api/app.ts';
import { authenticator, type Authenticate } from './api/credentials/authenticator.ts';
import { tokenIdentifier } from './api/credentials/token.ts';
import { connectionOptions } from './api/connection-options.ts';
import { listen, type HttpServer } from './api/http-server.ts';
import { assertPrivileges } from './assert-privileges.ts';
import { assertSchema } from './assert-schema.ts';
import { usualRateLimit, type Config } from './config.ts';
import { armFaults } from './fault-points.ts';
import { LiveEvents } from './api/live-events.ts';
import { ProductCache } from './api/product-cache.ts';
import { presentProduct } from './api/schemas/products.ts';
import { readEntriesBetween } from './persistence/change-entries.ts';
import { ChangeFeed } from './persistence/change-feed.ts';
import { hasGoodKey } from './persistence/api-keys.ts';
import { checkBooks, ruleMs } from './persistence/books/check.ts';
import { closeAtOnce, openDatabase } from './persistence/database.ts';
import { isDatabaseUnavailable } from './persistence/unavailable.ts';
import { assertSearchAttributes } from './search-attributes.ts';
import type { Servers } from './stack/addresses.ts';
import { assertNamespace, temporalRefusal } from './temporal-refusal.ts';
import { wakeOrders } from './wake-orders.ts';

/** Connections of the pool: requests that wait for a workflow hold none. */
const poolMax = 20;

export interface RunningServer {
  readonly url: string;
  /** Takes no more requests, answers those in flight, closes its connections. */
  stop(): Promise<void>;
}

/** Thrown when the server cannot start; the message is one line that says what to do. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
}

/**
 * Runs the HTTP API until it is stopped. Several may run at once, on different ports.
 * @throws ServerError when the port is taken, Temporal cannot be reached, or nobody has credentials that it takes; TemporalRefusal when
 *   Temporal does not take this process's; StackError when its database role lacks privileges; SearchAttributesMissing
 */
export async function runServer({
  config,
  servers,
  log,
}: {
  readonly config: Config;
  readonly servers: Servers;
  readonly log: Logger;
}): Promise<RunningServer> {
  const { namespace } = config.temporal;
  const connection = await connectTemporal(config, servers.temporalAddress);
  const db = openDatabase({ url: servers.databaseUrl, poolMax, name: 'earmark api' });
  // What reads whole tables takes longer than a request may, and none of the requests' connections.
  const wholeTables = openDatabase({
    url: servers.databaseUrl,
    poolMax: 1,
    name: 'earmark api verify',
    statementMs: ruleMs,
  });
  const disconnect = async (): Promise<void> => {
    await connection.close();
    await db.destroy();
    await closeAtOnce(wholeTables);
  };
  try {
    await assertPrivileges(db, 'api', log);
    await assertSearchAttributes(connection, namespace);
    const client = new Client({ connection, namespace, identity: `earmark api ${process.pid}` });
    const { corsOrigins, currency, holdSeconds, rateLimits, trustedProxies } = config;
    const { maxFactor: holdMaxFactor } = config.holdRules;
    const url = servers.temporalUiUrl;
    const access = await accessOf(config, servers, db, log);
    const { products, events, feed } = followChanges({ db, databaseUrl: servers.databaseUrl, config, log });
    const app = createApp({
      db,
      client,
      config: {
        currency,
        holdSeconds,
        holdMaxFactor,
        ...(url === undefined ? {} : { temporalUi: { url, namespace } }),
      },
      wake: wakeOrders(client, log),
      verify: () => checkBooks(wholeTables),
      products,
      events,
      access,
      // Of an API that asks for credentials since the stack that it joins does, its own settings say nothing of limits.
      rateLimits: access === 'open' ? rateLimits : { ...rateLimits, requests: rateLimits.requests ?? usualRateLimit },
      trustedProxies,
      corsOrigins,
      log,
      reach: armFaults(config.faults, log),
    });
    const server = await listenOn(config, app.callback(), log);
    feed.start();
    products.start();
    return {
      url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${server.port}`,
      async stop() {
        events.stop();
        await server.close();
        products.stop();
        await feed.stop();
        await disconnect();
      },
    };
  } catch (error) {
    await disconnect();
    throw error;
  }
}

/** What this process knows of products and tells of changes, and the feed that tells it what changes. */
function followChanges({
  db,
  databaseUrl,
  config: { currency, holdRules },
  log,
}: {
  readonly db: Knex;
  readonly databaseUrl: string;
  readonly config: Config;
  readonly log: Logger;
}): { readonly products: ProductCache; readonly events: LiveEvents; readonly feed: ChangeFeed } {
  const events = new LiveEvents({
    feed: { catchUp: () => feed.catchUp() },
    readBetween: (since, upto) => readEntriesBetween(db, since, upto),
    log,
  });
  const feed: ChangeFeed = new ChangeFeed(
    { url: databaseUrl, name: 'earmark api changes' },
    {
      changed: (changed) => products.forget(changed),
      lost: () => products.clear(),
      entries: events.listener,
    },
  );
  const products = new ProductCache({
    db,
    changes: feed,
    render: (product) => presentProduct(product, currency),
    lineUnits: holdRules.limits.lineUnits,
    log,
  });
  return { products, events, feed };
}

/**
 * Who gets in. An API that joins a stack is never more open than the stack.
 * @throws ServerError when nobody could
 */
async function accessOf(
  { access, tokens }: Config,
  servers: Servers,
  db: Knex,
  log: Logger,
): Promise<'open' | Authenticate> {
  if (access === 'open' && servers.access !== 'credentials') {
    log.warn('The API is open to everybody on this machine: it asks for no credentials');
    return 'open';
  }
  if (tokens === undefined && !(await mayHaveKeys(db, log))) {
    throw new ServerError(
      'The API asks for credentials, since others can reach it or EARMARK_AUTH says so (docs/security.md), and there are none that it would ' +
        'take. Make a key with earmark keys create --role admin --name …, for the embedded database while earmark start runs on ' +
        '127.0.0.1; or set EARMARK_JWKS_URL.',
    );
  }
  return authenticator(db, tokens && tokenIdentifier(tokens));
}

/**
 * False when there is no good key. A database that does not answer is no reason not to start: it may come back.
 * @throws StackError when its schema is older than keys
 */
async function mayHaveKeys(db: Knex, log: Logger): Promise<boolean> {
  try {
    return await hasGoodKey(db);
  } catch (error) {
    // There is no table of keys yet.
    if (error instanceof Error && 'code' in error && error.code === '42P01') await assertSchema(db);
    if (!isDatabaseUnavailable(error)) throw error;
    log.warn({ err: error }, 'whether there are API keys is not known');
    return true;
  }
}

async function connectTemporal(config: Config, address: string): Promise<Connection> {
  const { namespace, connection: settings } = config.temporal;
  const connection = Connection.lazy({ address, ...settings, ...connectionOptions });
  try {
    await connection.ensureConnected();
    await assertNamespace(connection, namespace);
    return connection;
  } catch (error) {
    await connection.close();
    const refusal = await temporalRefusal(error, { address, namespace, ...settings });
    if (refusal) throw refusal;
    throw new ServerError(`Temporal does not answer at ${address}. Start it, or correct TEMPORAL_ADDRESS.`, {
      cause: error,
    });
  }
}

async function listenOn(
  { host, port }: Config,
  handle: Parameters<typeof listen>[0],
  log: Logger,
): Promise<HttpServer> {
  try {
    return await listen(handle, { host, port, log });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') throw new ServerError(`Port ${port} is taken. Set PORT to another one.`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new ServerError(`Nothing can listen on ${host} here. Correct EARMARK_HOST.`);
    }
    if (code === 'EACCES') throw new ServerError(`Port ${port} needs more rights. Set PORT to one above 1023.`);
    throw error;
  }
}
