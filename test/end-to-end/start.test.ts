import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { Knex } from 'knex';
import { openDatabase } from '../../src/persistence/database.ts';
import type { OrderWire, ProductWire } from '../support/api.ts';
import { runCli } from '../support/cli.ts';
import { send } from '../support/http.ts';
import { startStackOnFreePorts, startStackProcess, type StackProcess } from '../support/stack-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

interface AuditWire {
  readonly actor: string;
  readonly action: string;
  readonly new_value: { readonly status?: string } | null;
}

describe('earmark start', function () {
  this.timeout(90_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let env: Record<string, string>;
  let stack: StackProcess;

  before(async () => {
    folder = await temporaryFolder();
    ({ stack, env } = await startStackOnFreePorts(path.join(folder.path, 'data')));
  });
  after(async () => {
    await stack?.end('SIGTERM');
    await folder.remove();
  });

  it('prints a line a step and then the addresses', () => {
    const { api, temporalUiUrl } = stack.addresses;
    const expected = [
      /^Schema: migrated \(0001-core/,
      /^Worker: running as process \d+ /,
      /^API: running$/,
      /^Ready in [\d.]+ s\. /,
      new RegExp(`^ +Console +${api}/$`),
      new RegExp(`^ +API +${api}$`),
      new RegExp(`^ +Docs +${api}/docs$`),
      new RegExp(`^ +Temporal Web UI +${temporalUiUrl}$`),
      /^ +Access +open to everybody on this machine, without credentials$/,
      /^ +Logs +/,
    ];
    const lines = stack.lines();
    const servers = lines.splice(0, lines.length - expected.length).join('\n');
    assert.match(servers, /^Postgres: running on port \d+ /m);
    assert.match(servers, /^Temporal: running on port \d+ /m);
    for (const [index, pattern] of expected.entries()) assert.match(lines[index] ?? '', pattern);
  });

  it('serves the API, its docs and the Temporal Web UI', async () => {
    const { api, temporalUiUrl = '' } = stack.addresses;
    for (const address of [`${api}/readyz`, `${api}/docs`, temporalUiUrl]) {
      assert.equal((await fetch(address)).status, 200, address);
    }
  });

  it('works in the database as a role of its own, and so does its worker', async () => {
    const users = await asOwner(async (db) =>
      db('pg_stat_activity')
        .whereIn('application_name', ['earmark api', 'earmark worker'])
        .distinct('application_name as name', 'usename as user')
        .orderBy('name'),
    );
    assert.deepEqual(users, [
      { name: 'earmark api', user: 'earmark_api' },
      { name: 'earmark worker', user: 'earmark_worker' },
    ]);
  });

  it('lets its database roles be brought up to date while it runs', async () => {
    const { exitCode, stdout, stderr } = await runCli(['migrate', '--roles'], env);
    assert.deepEqual([exitCode, stderr], [0, []]);
    assert.deepEqual(stdout, ['The schema is up to date.', 'The roles earmark_api and earmark_worker are up to date.']);
  });

  it('takes an order all the way to delivered, with every step in the audit log', async () => {
    const product = await createProduct(5);
    const order = await placeOrder(product, 2);
    assert.equal(order.status, 'pending');
    for (const status of ['confirmed', 'processing', 'shipped', 'delivered']) await move(order, status);

    const { total_stock, available_stock, reserved_stock } = await get<ProductWire>(`/api/products/${product.id}/`);
    assert.deepEqual(
      { total_stock, available_stock, reserved_stock },
      { total_stock: 3, available_stock: 3, reserved_stock: 0 },
    );
    const entries = await get<AuditWire[]>(`/api/orders/${order.id}/audit/`);
    const steps = entries.map(({ actor, action, new_value }) => [actor, action, new_value?.status ?? ''].join(' '));
    assert.deepEqual(steps.toSorted(), [
      'anna ORDER_CREATED pending',
      'anna ORDER_STATUS_CHANGED confirmed',
      'anna ORDER_STATUS_CHANGED delivered',
      'anna ORDER_STATUS_CHANGED processing',
      'anna ORDER_STATUS_CHANGED shipped',
      'anna RESERVATION_CREATED ',
      'anna RESERVATION_FULFILLED ',
    ]);
  });

  it('gives the stock back when a hold of one second ends, in the name of the system', async () => {
    const product = await createProduct(5);
    const order = await placeOrder(product, 2, { hold_seconds: 1 });
    const ended = await whenStatus(order, 'cancelled');
    assert.equal(ended.cancel_reason, 'expired');
    assert.equal((await get<ProductWire>(`/api/products/${product.id}/`)).available_stock, 5);
    const entries = await get<AuditWire[]>(`/api/orders/${order.id}/audit/`);
    const bySystem = entries.filter(({ actor }) => actor === 'system').map(({ action }) => action);
    assert.deepEqual(bySystem.toSorted(), ['ORDER_STATUS_CHANGED', 'RESERVATION_EXPIRED']);
  });

  it('serves an order that waits when the hold of another one ends, and places it again when it is confirmed too late', async () => {
    const product = await createProduct(2);
    const first = await placeOrder(product, 2, { hold_seconds: 5 });
    const waiting = await placeOrder(product, 2, { on_shortage: 'wait', hold_seconds: 1 });
    assert.deepEqual([waiting.status, waiting.waiting?.position, waiting.expires_at], ['pending', 1, null]);
    assert.equal((await whenStatus(first, 'cancelled')).cancel_reason, 'expired');
    // Served by that, and in its turn not confirmed in time.
    const expired = await whenStatus(waiting, 'cancelled');
    assert.deepEqual([expired.cancel_reason, expired.lines[0]?.reserved_quantity], ['expired', 2]);

    const address = `/api/orders/${waiting.id}/transition/`;
    const options = { body: { new_status: 'confirmed' }, headers };
    const { status, json, text } = await send<OrderWire>(stack.addresses.api, 'POST', address, options);
    assert.equal(status, 200, text);
    const { id, rescued_from } = json.data;
    assert.deepEqual([json.data.status, rescued_from, id === waiting.id], ['confirmed', waiting.id, false]);
    assert.equal((await get<OrderWire>(`/api/orders/${waiting.id}/`)).rescued_by, id);
    assert.equal((await get<ProductWire>(`/api/products/${product.id}/`)).total_stock, 0);
    await move(json.data, 'processing');
  });

  it('finds orders in Temporal by their state, total and products', async () => {
    const product = await createProduct(5, '19.90');
    const order = await placeOrder(product, 2);
    const query = `OrderStatus = "pending" AND OrderTotal = 39.8 AND Skus = "${product.sku}"`;
    await until(async () => (await workflowIds(query)).includes(order.workflow_id));
    await move(order, 'cancelled');
    await until(async () => (await workflowIds(query)).length === 0);
  });

  it('survives chaos: 50 buyers on 5 units', async () => {
    const { exitCode, stdout, stderr } = await runCli(['chaos'], env);
    assert.equal(exitCode, 0, stderr.join('\n'));
    const results = stdout.filter((line) => /^(---|Succeeded|Failed)/.test(line));
    const each = ['--- Chaos Test Results ---', 'Succeeded: 5', 'Failed: 45'];
    assert.deepEqual(results, [...each, ...each]);
  });

  it('is refused a second time on the same data', async () => {
    const { exitCode, stderr } = await runCli(['start'], env);
    assert.equal(exitCode, 1);
    assert.equal(stderr.length, 1);
    assert.match(stderr[0] ?? '', /^earmark: A stack is already running in .*\. Stop it, or set EARMARK_DATA_DIR to /);
  });

  it('is refused with a role of a database that nobody migrates', async () => {
    const { exitCode, stderr } = await runCli(['start'], {
      ...env,
      EARMARK_API_DATABASE_URL: 'postgres://api@db/shop',
    });
    assert.equal(exitCode, 1);
    assert.deepEqual(stderr, [
      'earmark: EARMARK_API_DATABASE_URL or EARMARK_WORKER_DATABASE_URL is set, but DATABASE_URL is not. Set it too, or none of them.',
    ]);
  });

  it('goes on after its worker is killed, and says so', async () => {
    const order = await placeOrder(await createProduct(1), 1);
    process.kill(stack.workerPid(), 'SIGKILL');
    await until(() => stack.lines().includes('Worker runs again.'), 30_000);
    assert.ok(stack.lines().includes('Worker ended by itself (SIGKILL); starting it again.'));
    await move(order, 'confirmed');
  });

  it('goes on with pending orders after a kill -9 of everything, and makes the database roles where there are none', async () => {
    const product = await createProduct(10);
    const expiring = await placeOrder(product, 1, { hold_seconds: 4 });
    const confirmed = await placeOrder(product, 2);
    const keyed = {
      body: { product_id: product.id, quantity: 3 },
      headers: { ...headers, 'Idempotency-Key': randomUUID() },
    };
    const first = await send<OrderWire>(stack.addresses.api, 'POST', '/api/create-order/', keyed);
    // As a data folder of a version before the roles is.
    await asOwner(async (db) =>
      db.raw('DROP OWNED BY earmark_api, earmark_worker; DROP ROLE earmark_api, earmark_worker'),
    );
    await stack.killEverything();

    stack = await startStackProcess(env);
    const again = await send<OrderWire>(stack.addresses.api, 'POST', '/api/create-order/', keyed);
    assert.equal(again.headers.get('Idempotent-Replayed'), 'true', again.text);
    assert.equal(again.json.data.id, first.json.data.id);
    await move(again.json.data, 'cancelled');
    assert.equal((await whenStatus(expiring, 'cancelled')).cancel_reason, 'expired');
    await move(confirmed, 'confirmed');
    const { total_stock, available_stock, reserved_stock } = await get<ProductWire>(`/api/products/${product.id}/`);
    assert.deepEqual(
      { total_stock, available_stock, reserved_stock },
      { total_stock: 8, available_stock: 8, reserved_stock: 0 },
    );
  });

  it('leaves nothing running after SIGTERM and exits with 0; a later start goes on', async () => {
    const order = await placeOrder(await createProduct(1), 1);
    assert.equal(await stack.end('SIGTERM'), 0);
    assert.deepEqual(stack.survivors(), []);
    assert.equal(existsSync(path.join(folder.path, 'data', 'stack.json')), false);
    const { exitCode, stderr } = await runCli(['worker'], env);
    assert.equal(exitCode, 1);
    assert.deepEqual(stderr, [
      'earmark: No stack is running here. Run earmark start, or set DATABASE_URL and TEMPORAL_ADDRESS.',
    ]);

    stack = await startStackProcess(env);
    await move(order, 'confirmed');
  });

  it('takes its worker and servers along when it is killed (Linux only: elsewhere the next start ends them)', async function () {
    if (process.platform !== 'linux') this.skip();
    await stack.end('SIGKILL');
    await until(() => stack.survivors().length === 0, 20_000);
  });

  const headers = { 'X-Actor': 'anna' };

  async function get<Data>(address: string): Promise<Data> {
    const reply = await send<Data>(stack.addresses.api, 'GET', address);
    assert.equal(reply.status, 200, reply.text);
    return reply.json.data;
  }

  async function createProduct(total_stock: number, price = '10.00'): Promise<ProductWire> {
    const body = { name: 'Lamp', price, total_stock };
    const reply = await send<ProductWire>(stack.addresses.api, 'POST', '/api/products/', { body, headers });
    assert.equal(reply.status, 201, reply.text);
    return reply.json.data;
  }

  /** Places an order and waits for it: on a busy machine the first answer may be that it is accepted. */
  async function placeOrder(product: ProductWire, quantity: number, more: object = {}): Promise<OrderWire> {
    const body = { product_id: product.id, quantity, ...more };
    const reply = await send<OrderWire>(stack.addresses.api, 'POST', '/api/create-order/', { body, headers });
    assert.ok(reply.status === 201 || reply.status === 202, reply.text);
    const address = reply.headers.get('Location') ?? '';
    await until(async () => (await send(stack.addresses.api, 'GET', address)).status === 200);
    return get<OrderWire>(address);
  }

  /** Moves an order; while its worker is away the API answers 503, and the client repeats with the same key. */
  async function move(order: OrderWire, new_status: string): Promise<void> {
    const address = `/api/orders/${order.id}/transition/`;
    const options = { body: { new_status }, headers: { ...headers, 'Idempotency-Key': randomUUID() } };
    await until(async () => {
      const reply = await send(stack.addresses.api, 'POST', address, options);
      if (reply.status === 503) return false;
      assert.equal(reply.status, 200, reply.text);
      return true;
    }, 40_000);
  }

  async function whenStatus(order: OrderWire, status: string): Promise<OrderWire> {
    const look = () => get<OrderWire>(`/api/orders/${order.id}/`);
    await until(async () => (await look()).status === status, 30_000);
    return look();
  }

  async function asOwner<T>(work: (db: Knex) => Promise<T>): Promise<T> {
    const db = openDatabase({ url: stack.addresses.databaseUrl, poolMax: 1 });
    try {
      return await work(db);
    } finally {
      await db.destroy();
    }
  }

  async function workflowIds(query: string): Promise<string[]> {
    const connection = await Connection.connect({ address: stack.addresses.temporalAddress });
    try {
      const ids: string[] = [];
      for await (const { workflowId } of new Client({ connection }).workflow.list({ query })) ids.push(workflowId);
      return ids;
    } finally {
      await connection.close();
    }
  }
});
