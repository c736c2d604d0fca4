import assert from 'node:assert/strict';
import { Client, Connection } from '@temporalio/client';
import type { Knex } from 'knex';
import pino, { type Logger } from 'pino';
import { v4 as uuidv4 } from 'uuid';
import type { z } from 'zod';
import { createApp, type AppParts } from '../../src/api/app.ts';
import { connectionOptions } from '../../src/api/connection-options.ts';
import type { Authenticate } from '../../src/api/credentials/authenticator.ts';
import { LiveEvents, type EventLimits } from '../../src/api/live-events.ts';
import { ProductCache } from '../../src/api/product-cache.ts';
import { presentProduct } from '../../src/api/schemas/products.ts';
import type { Product } from '../../src/domain/product.ts';
import { readEntriesBetween } from '../../src/persistence/change-entries.ts';
import { ChangeFeed } from '../../src/persistence/change-feed.ts';
import { until } from './until.ts';
import { listen, type Limits } from '../../src/api/http-server.ts';
import type { order } from '../../src/api/schemas/orders.ts';
import type { product } from '../../src/api/schemas/products.ts';
import type { reservation } from '../../src/api/schemas/reservations.ts';
import type { transfer } from '../../src/api/schemas/stock-transfers.ts';
import type { warehouse } from '../../src/api/schemas/warehouses.ts';
import type { orderReturn } from '../../src/api/schemas/returns.ts';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import { wakeOrders } from '../../src/wake-orders.ts';
import { send, type Reply, type RequestOptions } from './http.ts';
import { asRole, freshDatabase } from './postgres.ts';
import { devServer } from './temporal.ts';
import { startTestWorker, type TestWorker, type TestWorkerOptions } from './worker.ts';

export type ProductWire = z.output<typeof product>;
export type OrderWire = z.output<typeof order>;
export type ReservationWire = z.output<typeof reservation>;
export type WarehouseWire = z.output<typeof warehouse>;
export type TransferWire = z.output<typeof transfer>;
export type ReturnWire = z.output<typeof orderReturn>;

/** The API over HTTP on a database of its own; its workflows run on the dev server, on a task queue of their own. */
export interface TestApi {
  readonly url: string;
  /** As the owner; the API works as its own role. */
  readonly db: Knex;
  readonly client: Client;
  readonly taskQueue: string;
  /** Every line the API logged, oldest first. */
  readonly lines: readonly Record<string, unknown>[];
  request<Data = unknown>(method: string, path: string, options?: RequestOptions): Promise<Reply<Data>>;
  get<Data = unknown>(path: string, options?: RequestOptions): Promise<Reply<Data>>;
  put<Data = unknown>(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply<Data>>;
  post<Data = unknown>(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply<Data>>;
  /** How many connections to it are open. */
  connections(): Promise<number>;
  /** Starts a worker for the API's workflows; it stops with the API, if not before. */
  startWorker(options?: Pick<TestWorkerOptions, 'wrap' | 'holdRules'>): Promise<TestWorker>;
  stop(): Promise<void>;
}

/** What a test may put in the place of what {@link startApi} makes: the database and queue of another API make a second process. */
export interface TestApiParts extends Partial<AppParts> {
  readonly limits?: Partial<Limits>;
  /**
   * Whether it keeps products, as a running server does. `by looking`: it hears no notices and looks once a second, as behind a pooler; so
   * what others change is not there at once by luck.
   */
  readonly keeps?: 'by notices' | 'by looking';
  /** Of the streams of events, which there are when it keeps products. */
  readonly eventLimits?: Partial<EventLimits>;
  /** Who gets in, where that is to be found in the database that is made; everybody unless given. */
  readonly accessTo?: (db: Knex) => Authenticate;
}

/** Starts the API, without a worker. */
export async function startApi({
  limits = {},
  accessTo,
  keeps,
  eventLimits = {},
  ...parts
}: TestApiParts = {}): Promise<TestApi> {
  const server = await devServer();
  const database = await freshDatabase();
  const { lines, log } = recordingLog();
  const { client } = server;
  const { db, taskQueue } = { db: database.db, taskQueue: `api-${uuidv4()}`, ...parts };
  const config = { currency: 'EUR', holdSeconds: 600, holdMaxFactor: 3 };
  const wake = wakeOrders(client, { warn: () => undefined });
  const ownDb = asRole(db, 'api');
  const access = accessTo?.(ownDb) ?? 'open';
  const kept = keeps && (await keepProducts(ownDb, { keeps, currency: config.currency, log, eventLimits }));
  const products = kept && { products: kept.products, events: kept.events };
  const app = createApp({ client, taskQueue, config, wake, log, access, ...products, ...parts, db: ownDb });
  const http = await listen(app.callback(), { host: '127.0.0.1', port: 0, limits: { farewell: 0, ...limits }, log });
  const url = `http://127.0.0.1:${http.port}`;
  const workers: TestWorker[] = [];
  return {
    url,
    db,
    client,
    taskQueue,
    lines,
    request: (method, path, options) => send(url, method, path, options),
    get: (path, options) => send(url, 'GET', path, options),
    post: (path, body, headers = {}) => send(url, 'POST', path, { body, headers }),
    put: (path, body, headers = {}) => send(url, 'PUT', path, { body, headers }),
    connections: () => http.connections(),
    async startWorker(options = {}) {
      const worker = await startTestWorker({ server, db, taskQueue, ...options });
      workers.push(worker);
      return worker;
    },
    async stop() {
      kept?.events.stop();
      await http.close();
      await kept?.stop();
      await Promise.all(workers.map((worker) => worker.stop()));
      await database.drop();
    },
  };
}

/** What a running server keeps of products, once it hears of changes. */
async function keepProducts(
  db: Knex,
  {
    keeps,
    currency,
    log,
    eventLimits,
  }: { keeps: 'by notices' | 'by looking'; currency: string; log: Logger; eventLimits: object },
) {
  const { connection } = db.client.config as { connection: { connectionString: string } };
  const channel = keeps === 'by looking' ? { channel: 'nobody_speaks_here' } : {};
  const events = new LiveEvents({
    feed: { catchUp: () => feed.catchUp() },
    readBetween: (since, upto) => readEntriesBetween(db, since, upto),
    log,
    limits: eventLimits,
  });
  const feed: ChangeFeed = new ChangeFeed(
    { url: connection.connectionString, name: 'earmark api changes', ...channel },
    { changed: (changed) => products.forget(changed), lost: () => products.clear(), entries: events.listener },
  );
  const render = (product: Product) => presentProduct(product, currency);
  const products = new ProductCache({ db, changes: feed, render, log });
  feed.start();
  await until(() => feed.isFresh());
  const stop = async (): Promise<void> => {
    products.stop();
    await feed.stop();
  };
  return { products, events, stop };
}

/** Creates a product over HTTP; what is left out gets a default. */
export async function createProduct(api: TestApi, fields: object = {}): Promise<ProductWire> {
  const body = { name: 'Lamp', price: '12.50', total_stock: 100, ...fields };
  return expectStatus(201, await api.post<ProductWire>('/api/products/', body));
}

/** Creates a warehouse over HTTP; what is left out gets a default. */
export async function createWarehouse(
  api: TestApi,
  fields: { readonly code: string; readonly [field: string]: unknown },
): Promise<WarehouseWire> {
  return expectStatus(201, await api.post<WarehouseWire>('/api/warehouses/', { name: fields.code, ...fields }));
}

/** Moves units of a product over HTTP; what is left out gets a default. */
export async function transferStock(
  api: TestApi,
  fields: { readonly product_id: string; readonly to: string; readonly [field: string]: unknown },
): Promise<TransferWire> {
  const body = { from: 'MAIN', quantity: 1, reason: 'moved', ...fields };
  return expectStatus(201, await api.post<TransferWire>('/api/stock-transfers/', body));
}

/** Places an order over HTTP; it must be placed at once. */
export async function createOrder(api: TestApi, fields: object): Promise<OrderWire> {
  return expectStatus(201, await api.post<OrderWire>('/api/create-order/', fields));
}

/** Makes a standalone reservation over HTTP; it must be made at once. */
export async function createReservation(api: TestApi, fields: object): Promise<ReservationWire> {
  return expectStatus(201, await api.post<ReservationWire>('/api/reservations/', fields));
}

/** Moves an order through several statuses, one after the other. */
export async function moveThrough(api: TestApi, id: string, statuses: readonly OrderStatus[]): Promise<void> {
  for (const new_status of statuses) {
    expectStatus(200, await api.post(`/api/orders/${id}/transition/`, { new_status }));
  }
}

/** The data of a reply that must have a status. */
export function expectStatus<Data>(status: number, reply: Reply<Data>): Data {
  assert.equal(reply.status, status, reply.text);
  return reply.json.data;
}

/** A Temporal client whose server is not there: nothing ever listens on port 1. */
export function clientOfNobody(): Client {
  return new Client({ connection: Connection.lazy({ address: '127.0.0.1:1', ...connectionOptions }) });
}

function recordingLog() {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => void lines.push(JSON.parse(line) as never) });
  return { lines, log };
}
