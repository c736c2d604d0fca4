import path from 'node:path';
import { orderStatuses } from '../../src/domain/order-status.ts';
import { formatMoney } from '../../src/domain/money.ts';
import { openDatabase } from '../../src/persistence/database.ts';
import { orderSorts } from '../../src/persistence/order-lists.ts';
import { embeddedUrls } from '../../src/stack/embedded-roles.ts';
import { startChild } from '../child.ts';
import { makeDatabase, type MadeDatabase } from '../databases.ts';
import { measureReads } from '../measure-reads.ts';
import { makeOrders, type MadeOrders } from '../million-orders.ts';
import { WrongResult, type BenchContext, type Row, type Scenario } from '../scenario.ts';
import { Shop } from '../shop.ts';
import { systemNames, type System } from '../system.ts';

const rate = 50;
const pageSize = 20;
const day = 24 * 60 * 60 * 1000;
/** Making all of them takes minutes. */
const statementMs = 30 * 60_000;

/** A page of orders out of a million, however it is filtered and sorted, and however deep it is. */
export const listOrders: Scenario = {
  name: 'list-orders',
  description:
    `pages of 1,000,000 orders made by SQL, ${rate} requests a second: the first and the 10,000th; and each filter with each sort, of Earmark ` +
    'alone, since it would take three times as long to see the same queries again',
  systems: systemNames,
  async run(context) {
    const { systems, say, quick } = context;
    const made = await makeDatabase(systems.stack.addresses.databaseUrl, 'bench_lists');
    const count = quick ? 10_000 : 1_000_000;
    say(`making ${count.toLocaleString('en')} orders`);
    const db = openDatabase({ url: made.databaseUrl, poolMax: 1, statementMs });
    const queries = await makeOrders(db, count)
      .then((orders) => everyQuery(orders, context))
      .finally(() => db.destroy());
    const servers: System[] = [];
    const stopping: (() => Promise<void>)[] = [];
    try {
      for (const system of systems.of(context.scenario.systems)) {
        const { over, stop } = await serverOver(made, system, context);
        servers.push(over);
        stopping.push(stop);
      }
      return await measurePages(context, servers, queries, quick ? 400 : 10_000);
    } finally {
      for (const stop of stopping) await stop();
    }
  },
};

/** The script that serves a system's lists over a database of its own. */
const scripts = { earmark: 'list-server.ts', bare: 'bare/server.ts', plain: 'plain/server.ts' } as const;

/** Starts the API of a system over the orders that were made, which its workflows know nothing of. */
async function serverOver(
  { databaseUrl, workerDatabaseUrl }: MadeDatabase,
  system: System,
  { systems }: BenchContext,
): Promise<{ readonly over: System; readonly stop: () => Promise<void> }> {
  const settings = {
    databaseUrl: system.name === 'earmark' ? embeddedUrls(databaseUrl).apiDatabaseUrl : workerDatabaseUrl,
    // A list asks nothing of it.
    temporalAddress: systems.stack.addresses.temporalAddress,
  };
  const logFile = path.join(systems.folder, 'logs', `lists-${system.name}.log`);
  const server = await startChild(scripts[system.name], settings, logFile);
  const shop = new Shop(server.said);
  const parts = { ...system.parts, temporal: [], app: [server.pid] };
  const stop = async () => {
    shop.close();
    await server.stop();
  };
  return { over: { ...system, url: server.said, shop, parts }, stop };
}

async function measurePages(
  context: BenchContext,
  servers: readonly System[],
  queries: Readonly<Record<string, string>>,
  deep: number,
): Promise<Row[]> {
  const earmark = servers.filter(({ name }) => name === 'earmark');
  const [shop] = earmark.map(({ shop }) => shop);
  if (shop === undefined) return [];
  context.say(`turning to page ${deep}`);
  const cursor = await cursorAt(shop, deep);
  const pages = { 'first page': '', [`page ${deep}`]: `cursor=${cursor}` };
  return [
    ...(await measureReads(context, servers, { rate }, pathsOf(pages))),
    ...(await measureReads(context, earmark, { rate }, pathsOf(queries))),
  ];
}

function pathsOf(queries: Readonly<Record<string, string>>): Record<string, () => string> {
  return Object.fromEntries(Object.entries(queries).map(([what, query]) => [what, () => `/api/orders/?${query}`]));
}

/** The cursor of a page, found as a caller would, by the largest pages. */
async function cursorAt(shop: Shop, page: number): Promise<string> {
  let cursor: string | null = null;
  for (let read = 0; read < (page - 1) * pageSize; read += 100) {
    const { status, body } = await shop.get(`/api/orders/?limit=100${cursor === null ? '' : `&cursor=${cursor}`}`);
    if (status !== 200) throw new WrongResult(`A page of orders was answered with ${status}: ${body}`);
    cursor = (JSON.parse(body) as { next_cursor: string | null }).next_cursor;
    if (cursor === null) throw new WrongResult('There are fewer orders than were made.');
  }
  return cursor ?? '';
}

/** Each filter alone with each sort; with `--quick` each filter with one of them. */
function everyQuery(
  { products, references, since, totals }: MadeOrders,
  { quick }: BenchContext,
): Record<string, string> {
  const after = (days: number) => new Date(since.getTime() + days * day).toISOString();
  const money = (minor: bigint) => formatMoney(minor);
  const filters = [
    '',
    ...orderStatuses.map((status) => `status=${status}`),
    'status=pending,confirmed',
    ...Object.values(products).map((id) => `product_id=${id}`),
    ...Object.values(references).map((reference) => `reference=${reference}`),
    ...[`min_total=${money(totals.middle)}`, `min_total=${money(totals.high)}`],
    ...[`max_total=${money(totals.middle)}`, `max_total=${money(totals.low)}`],
    ...[`start_date=${after(365)}`, `start_date=${after(729)}`, `end_date=${after(365)}`, `end_date=${after(1)}`],
  ];
  const pairs = filters.flatMap((filter, n) => {
    const sorts = quick ? [orderSorts[n % orderSorts.length]] : orderSorts;
    return sorts.map((sort) => [`${filter} sort=${sort}`.trim(), `${filter}&sort=${sort}`] as const);
  });
  return Object.fromEntries(pairs);
}
