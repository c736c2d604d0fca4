import assert from 'node:assert/strict';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Connection } from '@temporalio/client';
import pino from 'pino';
import { createApiKey } from '../src/api/credentials/api-key.ts';
import { listen } from '../src/api/http-server.ts';
import { loadConfig } from '../src/config.ts';
import { assertSearchAttributes, SearchAttributesMissing } from '../src/search-attributes.ts';
import { runServer, ServerError } from '../src/server.ts';
import { cause, heldReservation } from './support/holds.ts';
import { stockedProduct } from './support/orders.ts';
import { urlAsRole, freshDatabase, type FreshDatabase } from './support/postgres.ts';
import { devServer } from './support/temporal.ts';
import { until } from './support/until.ts';
import { endReservationHold } from './support/acting.ts';

const log = pino({ level: 'silent' });

describe('the API process', () => {
  let database: FreshDatabase;

  before(async () => {
    database = await freshDatabase();
  });
  after(() => database.drop());

  const run = async (port = 0) =>
    runServer({
      config: loadConfig({ PORT: String(port) }),
      servers: { databaseUrl: urlAsRole(database.url, 'api'), temporalAddress: (await devServer()).address },
      log,
    });

  it('listens at the address it gives, until it is stopped', async () => {
    const server = await run();
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
    await server.stop();
    await assert.rejects(fetch(`${server.url}/livez`));
  });

  it('links workflows to the Temporal Web UI of its servers', async () => {
    const { id } = await stockedProduct(database.db);
    const { id: reservationId } = await heldReservation(database.db, { productId: id, quantity: 1 });
    const workflowId = `reservation-${reservationId}`;
    await endReservationHold(database.db, { reservationId }, 'released', cause({ workflowId }));
    const server = await runServer({
      config: loadConfig({ PORT: '0' }),
      servers: {
        databaseUrl: urlAsRole(database.url, 'api'),
        temporalAddress: (await devServer()).address,
        temporalUiUrl: 'http://127.0.0.1:8233',
      },
      log,
    });
    try {
      const answer = await fetch(`${server.url}/api/products/${id}/stock/explain/?limit=1`);
      const { data } = (await answer.json()) as { data: { movements: readonly { workflow_url: string }[] } };
      const url = `http://127.0.0.1:8233/namespaces/default/workflows/${workflowId}`;
      assert.equal(data.movements[0]?.workflow_url, url);
    } finally {
      await server.stop();
    }
  });

  it('does not start for callers with credentials while nobody could have any, and does once there is a key', async () => {
    const config = loadConfig({ PORT: '0', EARMARK_HOST: '0.0.0.0' });
    const servers = { databaseUrl: database.url, temporalAddress: (await devServer()).address };
    const start = () => runServer({ config, servers, log });
    await assert.rejects(
      start,
      (error) =>
        error instanceof ServerError &&
        /^The API asks for credentials.*earmark keys create --role admin/.test(error.message),
    );
    const expired = { name: 'old', role: 'admin', expiresAt: new Date(Date.now() - 1000) } as const;
    await createApiKey(database.db, expired, cause());
    await assert.rejects(start, ServerError);

    const { text: key } = await createApiKey(database.db, { ...expired, expiresAt: null }, cause());
    const server = await start();
    try {
      const url = `http://127.0.0.1:${new URL(server.url).port}`;
      const ask = async (headers: Record<string, string>) => (await fetch(`${url}/api/products/`, { headers })).status;
      assert.equal(await ask({}), 401);
      assert.equal(await ask({ Authorization: `Bearer ${key}` }), 200);
      assert.equal((await fetch(`${url}/readyz`)).status, 200);
    } finally {
      await server.stop();
    }
  });

  it('is never more open than the stack that it joins, and then has limits', async () => {
    const servers = { databaseUrl: database.url, temporalAddress: (await devServer()).address };
    await createApiKey(database.db, { name: 'x', role: 'viewer', expiresAt: null }, cause());
    const config = loadConfig({ PORT: '0' });
    for (const [access, status] of [
      ['open', 200],
      ['credentials', 401],
    ] as const) {
      const server = await runServer({ config, servers: { ...servers, access }, log });
      const answer = await fetch(`${server.url}/api/products/`);
      const policy = status === 200 ? null : '"requests";q=6000;w=60';
      assert.deepEqual([answer.status, answer.headers.get('RateLimit-Policy')], [status, policy]);
      await server.stop();
    }
  });

  it('starts for callers with credentials while the database does not answer, and lets nobody in meanwhile', async () => {
    const config = loadConfig({ PORT: '0', EARMARK_AUTH: 'required' });
    const servers = { databaseUrl: 'postgres://nobody@127.0.0.1:1/x', temporalAddress: (await devServer()).address };
    const server = await runServer({ config, servers, log });
    try {
      const headers = { Authorization: `Bearer earmark_aaaaaaaaaaaa_${'a'.repeat(43)}` };
      assert.equal((await fetch(`${server.url}/api/products/`, { headers })).status, 503);
    } finally {
      await server.stop();
    }
  });

  it('says in one line that its port is taken, and which variable moves it', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      const message = `Port ${port} is taken. Set PORT to another one.`;
      await assert.rejects(run(port), (error) => error instanceof ServerError && error.message === message);
    } finally {
      other.close();
    }
  });

  it('does not start without its search attributes, and says which command registers them', async () => {
    const { address, client } = await devServer();
    const namespace = 'without-attributes';
    await client.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    const connection = await Connection.connect({ address });
    try {
      // A new namespace is known everywhere only after a while.
      await until(async () => {
        const error: unknown = await assertSearchAttributes(connection, namespace).catch((thrown: unknown) => thrown);
        if (!(error instanceof SearchAttributesMissing)) return false;
        assert.match(
          error.message,
          /lacks the search attributes OrderStatus, OrderTotal, Skus\. Run: temporal operator/,
        );
        assert.match(
          error.message,
          /--namespace without-attributes --name OrderStatus --type Keyword --name OrderTotal/,
        );
        return true;
      }, 25_000);
      await assertSearchAttributes(connection, 'default');
    } finally {
      await connection.close();
    }
  });
});

describe('an HTTP server that stops', () => {
  /** A server whose requests are answered when the test says so. */
  const start = async () => {
    const waiting: (() => void)[] = [];
    const server = await listen(
      async (_, response) => {
        await new Promise<void>((answer) => waiting.push(answer));
        response.end('done');
      },
      { host: '127.0.0.1', port: 0 },
    );
    return { server, waiting };
  };

  const ask = (port: number): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      request({ port, host: '127.0.0.1', headers: { Connection: 'keep-alive' } }, resolve)
        .on('error', reject)
        .end();
    });

  it('answers the requests in flight, takes no more, and waits for no idle connection', async () => {
    const { server, waiting } = await start();
    const inFlight = ask(server.port);
    await until(() => waiting.length === 1);
    const closed = server.close();
    await assert.rejects(ask(server.port), { code: 'ECONNREFUSED' });
    const began = performance.now();
    for (const answer of waiting) answer();
    assert.equal(await text(await inFlight), 'done');
    await closed;
    assert.ok(performance.now() - began < 2_000);
  });

  it('waits for the work of requests whose callers have hung up', async () => {
    const { server, waiting } = await start();
    const caller = request({ port: server.port, host: '127.0.0.1' }).on('error', () => undefined);
    caller.end();
    await until(() => waiting.length === 1);
    caller.destroy();
    let isClosed = false;
    const closed = server.close().then(() => (isClosed = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isClosed, false);
    for (const answer of waiting) answer();
    await closed;
  });
});
