import path from 'node:path';
import { orderStatuses } from '../../src/domain/order-status.ts';
import { formatMoney } from '../../src/domain/money.ts';
import { openDatabase } from '../../src/persistence/database.ts';
import { orderSorts } from '../../src/persistence/order-lists.ts';
import { embeddedUrls } from '../../src/stack/embedded-roles.ts';
import { startChild } from '../child.ts';
import { makeDatabase } from '../databases.ts';
import { measure } from '../measure.ts';
import { makeOrders, type MadeOrders } from '../million-orders.ts';
import { WrongResult, type BenchContext, type Row, type Scenario } from '../scenario.ts';
import { Shop } from '../shop.ts';

const rate = 50;
const pageSize = 20;
const day = 24 * 60 * 60 * 1000;
/** Making all of them takes minutes. */
const statementMs = 30 * 60_000;

/** A page of orders out of a million, however it is filtered and sorted, and however deep it is. */
export const listOrders: Scenario = {
  name: 'list-orders',
  description: `pages of 1,000,000 orders made by SQL: the first, the 10,000th, each filter with each sort; ${rate} requests a second`,
  systems: ['earmark'],
  async run(context) {
    const { systems, say, quick } = context;
    const { databaseUrl: stackUrl, temporalAddress } = systems.stack.addresses;
    const { databaseUrl } = await makeDatabase(stackUrl, 'bench_lists');
    const count = quick ? 20_000 : 1_000_000;
    say(`making ${count.toLocaleString('en')} orders`);
    const db = openDatabase({ url: databaseUrl, poolMax: 1, statementMs });
    const queries = await makeOrders(db, count)
      .then((made) => everyQuery(made, context))
      .finally(() => db.destroy());
    const settings = { databaseUrl: embeddedUrls(databaseUrl).apiDatabaseUrl, temporalAddress };
    const server = await startChild('list-server.ts', settings, path.join(systems.folder, 'logs', 'list-server.log'));
    const shop = new Shop(server.said);
    try {
      return await measurePages(context, shop, server.pid, queries, quick ? 900 : 10_000);
    } finally {
      shop.close();
      await server.stop();
    }
  },
};

async function measurePages(
  context: BenchContext,
  shop: Shop,
  pid: number,
  queries: Readonly<Record<string, string>>,
  deep: number,
): Promise<Row[]> {
  const { say, scenario, systems } = context;
  const [earmark] = systems.of(['earmark']);
  if (earmark === undefined) return [];
  const system = { ...earmark, parts: { ...earmark.parts, temporal: [], app: [pid] } };
  say(`turning to page ${deep}`);
  const cursor = await cursorAt(shop, deep);
  const rows: Row[] = [];
  for (const [what, query] of Object.entries({ 'first page': '', [`page ${deep}`]: `cursor=${cursor}`, ...queries })) {
    say(what);
    const send = async () => (await shop.get(`/api/orders/?${query}`)).status;
    const { figures } = await measure(context, system, { rate }, send, (status) => status === 200);
    rows.push({ scenario: scenario.name, what, system: 'earmark', figures });
  }
  return rows;
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
