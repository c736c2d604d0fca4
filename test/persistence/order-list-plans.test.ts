import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { makeOrders, type MadeOrders } from '../../bench/million-orders.ts';
import { orderStatuses } from '../../src/domain/order-status.ts';
import { openDatabase } from '../../src/persistence/database.ts';
import { listOrders, orderSorts, type OrderFilters, type OrderSort } from '../../src/persistence/order-lists.ts';
import type { Position } from '../../src/persistence/keyset.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';

const orders = 20_000;
const limit = 20;
/**
 * To find a page of twenty among them. A range costs most when it is as wide as the square root of page times orders, 650: narrower it is
 * read and sorted, wider it is met often enough on the way.
 */
const most: Effort = { rows: 700, blocks: 400 };
const day = 24 * 60 * 60 * 1000;

/** A step of a plan, as EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) tells it. */
interface Step {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly Step[];
}

/** How much was read to find a page: rows of tables and indexes, and blocks. */
interface Effort {
  readonly rows: number;
  readonly blocks: number;
}

/** What is filtered by, one thing at a time; of each range a narrow and a wide one. */
function everyFilter(
  { products, references, since }: MadeOrders,
  totals: readonly bigint[],
): Record<string, OrderFilters> {
  const [low, middle, rather, high] = totals as [bigint, bigint, bigint, bigint];
  const after = (days: number) => new Date(since.getTime() + days * day);
  const statuses = orderStatuses.map((status) => [`status ${status}`, { statuses: [status] }]);
  const wanted = Object.entries(products).map(([name, productId]) => [`the ${name} product`, { productId }]);
  return {
    nothing: {},
    ...Object.fromEntries(statuses),
    'two statuses': { statuses: ['pending', 'cancelled'] },
    ...Object.fromEntries(wanted),
    'a reference of one order': { reference: references.own },
    'a reference of many orders': { reference: references.shared },
    'a high least total': { minTotal: high },
    'a rather high least total': { minTotal: rather },
    'a middling least total': { minTotal: middle },
    'a low greatest total': { maxTotal: low },
    'a middling greatest total': { maxTotal: middle },
    'the last days': { start: after(725) },
    'the last month': { start: after(700) },
    'the last year': { start: after(365) },
    'the first days': { end: after(5) },
    'the first year': { end: after(365) },
  };
}

describe('A list of orders, however many there are,', function () {
  this.timeout(120_000);
  let database: FreshDatabase;
  let db: Knex;
  let filters: Record<string, OrderFilters>;

  before(async () => {
    database = await freshDatabase({ poolMax: 1 });
    db = openDatabase({ url: database.url, poolMax: 1, statementMs: 100_000 });
    const made = await makeOrders(db, orders);
    const { rows } = await db.raw<{ rows: [{ totals: string[] }] }>(
      `SELECT percentile_disc(ARRAY[0.005, 0.5, 0.97, 0.995]) WITHIN GROUP (ORDER BY total_minor)::text[] AS totals FROM orders`,
    );
    filters = everyFilter(made, rows[0].totals.map(BigInt));
  });
  after(async () => {
    await db.destroy();
    await database.drop();
  });

  /** What it takes to find a page, without what is then read of its orders, and where the page ends. */
  async function look(of: OrderFilters, sort: OrderSort, after: Position | null) {
    const asked: Knex.QueryBuilder[] = [];
    const note = (query: Knex.QueryBuilder) => void asked.push(query.clone());
    db.on('start', note);
    const { next } = await listOrders(db, of, sort, { limit, after });
    db.removeListener('start', note);
    assert.equal(asked.length, 1);
    const { rows } = await db.raw<{ rows: [{ 'QUERY PLAN': [{ Plan: Step }] }] }>(
      'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ?',
      asked as never,
    );
    const found = firstLimit(rows[0]['QUERY PLAN'][0].Plan);
    assert.ok(found, 'a page is found under a LIMIT');
    return { next, effort: effortOf(found) };
  }

  for (const sort of orderSorts) {
    it(`by ${sort} is found by an index for each filter, on the first page and behind it`, async () => {
      for (const [name, of] of Object.entries(filters)) {
        let after: Position | null = null;
        for (const page of ['first', 'second']) {
          const { next, effort }: { next: Position | null; effort: Effort } = await look(of, sort, after);
          const told = `${name}, ${page} page: ${effort.rows} rows and ${effort.blocks} blocks`;
          assert.ok(effort.rows <= most.rows && effort.blocks <= most.blocks, told);
          if (next === null) break;
          after = next;
        }
      }
    });
  }
});

/** The topmost LIMIT of a plan. */
function firstLimit(step: Step): Step | undefined {
  if (step['Node Type'] === 'Limit') return step;
  return step.Plans?.map(firstLimit).find((found) => found !== undefined);
}

function effortOf(step: Step): Effort {
  return { rows: rowsOf(step), blocks: step['Shared Hit Blocks'] + step['Shared Read Blocks'] };
}

/** The rows that the scans below a step came across, those that they threw away among them. */
function rowsOf(step: Step): number {
  if (step.Plans !== undefined) return step.Plans.reduce((sum, below) => sum + rowsOf(below), 0);
  return (step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0)) * step['Actual Loops'];
}
