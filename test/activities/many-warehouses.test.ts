import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Knex } from 'knex';
import { v4 } from 'uuid';
import { adjustStock } from '../../src/api/stock.ts';
import { DomainError } from '../../src/domain/errors.ts';
import type { Order } from '../../src/domain/order.ts';
import type { ReservationEnding } from '../../src/domain/reservation.ts';
import { inParallel } from '../../src/in-parallel.ts';
import { testDatabase } from '../support/database.ts';
import { cause, orderToReserve } from '../support/holds.ts';
import { stockedProduct } from '../support/orders.ts';
import { patiently } from '../support/patience.ts';
import { advanceOrder, endOrderHold, reserveOrder } from '../support/acting.ts';

const warehouses = ['MAIN', 'EAST', 'WEST'] as const;
const unitsPerLevel = 16;

/** Somebody wants three products, in an order of their own, and does something with what they get. */
const shoppers = fc.record({
  lines: fc.uniqueArray(fc.record({ product: fc.nat({ max: 7 }), quantity: fc.integer({ min: 1, max: 5 }) }), {
    minLength: 3,
    maxLength: 3,
    selector: ({ product }) => product,
  }),
  afterwards: fc.constantFrom('keep', 'confirm', 'release', 'expire', 'restock'),
});

/** Somebody counts units in or out. */
const keepers = fc.record({
  product: fc.nat({ max: 7 }),
  warehouse: fc.constantFrom(...warehouses),
  delta: fc.constantFrom(-3, -2, -1, 1, 2),
});

type Shopper = typeof shoppers extends fc.Arbitrary<infer T> ? T : never;
type Keeper = typeof keepers extends fc.Arbitrary<infer T> ? T : never;

interface RefusedOrder {
  readonly refused: string;
  readonly orderId: string;
  readonly requestId: string;
}

/** The total of each level, `<product id>/<warehouse code>`. */
type Units = Map<string, number>;

// Every connection that work may be under way on at once.
const database = testDatabase({ balanced: true, poolMax: 32 });

describe('Two hundred orders of three lines over three warehouses, while holds end and stock is counted', function () {
  this.timeout(120_000);
  database.prepare();

  it('do not deadlock, sell nothing twice, and leave nothing behind where they are refused', async () => {
    const { db } = database;
    const units = await openShop(db);
    const products = [...new Set(Array.from(units.keys(), (level) => level.split('/')[0] as string))];
    const seed = 20_261_125;
    const crowd: (Shopper | Keeper)[] = fc.sample(shoppers, { numRuns: 200, seed });
    // In between, so that they are at it all the time.
    for (const [n, keeper] of fc.sample(keepers, { numRuns: 66, seed }).entries()) crowd.splice(n * 4, 0, keeper);
    const outcomes = await inParallel(crowd, (somebody) =>
      'lines' in somebody ? shop(db, products, units, somebody) : keep(db, products, units, somebody),
    );

    const placed = outcomes.flatMap((outcome) => (outcome && 'order' in outcome ? [outcome.order] : []));
    const refused = outcomes.flatMap((outcome) => (outcome && 'refused' in outcome ? [outcome] : []));
    assert.equal(placed.length + refused.length, 200);
    assert.deepEqual(new Set(refused.map(({ refused }) => refused)), new Set(['insufficient-stock']));
    const split = placed
      .flatMap(({ reservations }) => reservations)
      .filter(({ allocations }) => allocations.length > 1);

    assert.ok(split.length > 10, `${split.length} lines came out of several warehouses`);

    assert.deepEqual(await readUnits(db), units, 'what is there is what was counted in and not sold');
    assert.deepEqual(await readReserved(db), await readHeld(db));
    assert.deepEqual(await tracesOf(db, refused), []);
  });
});

/** Opens eight products in three warehouses. @returns the units of each level */
async function openShop(db: Knex): Promise<Units> {
  await db('warehouses').insert(['EAST', 'WEST'].map((code) => ({ id: v4(), code, name: code })));
  const units: Units = new Map();
  for (let n = 0; n < 8; n++) {
    const { id } = await stockedProduct(db, { stock: unitsPerLevel });
    units.set(`${id}/MAIN`, unitsPerLevel);
    for (const warehouse of ['EAST', 'WEST']) {
      await adjustStock(db, id, { warehouse, delta: unitsPerLevel, reason: 'counted' }, cause());
      units.set(`${id}/${warehouse}`, unitsPerLevel);
    }
  }
  return units;
}

function count(units: Units, level: string, delta: number): void {
  units.set(level, (units.get(level) ?? 0) + delta);
}

async function shop(
  db: Knex,
  products: readonly string[],
  units: Units,
  { lines, afterwards }: Shopper,
): Promise<{ readonly order: Order } | RefusedOrder> {
  const items = lines.map(({ product, quantity }) => ({ productId: products[product] ?? '', quantity }));
  const input = orderToReserve({ items });
  const by = cause();
  const placed = await unlessRefused(() => reserveOrder(db, input, by));
  if (placed instanceof DomainError) {
    return { refused: placed.code, orderId: input.orderId, requestId: by.requestId ?? '' };
  }
  const { order } = placed;
  await goOn(db, order.id, afterwards);
  if (afterwards === 'confirm') {
    for (const { productId, allocations } of order.reservations) {
      for (const { warehouse, quantity } of allocations) count(units, `${productId}/${warehouse}`, -quantity);
    }
  }
  return { order };
}

async function keep(
  db: Knex,
  products: readonly string[],
  units: Units,
  { product, warehouse, delta }: Keeper,
): Promise<undefined> {
  const id = products[product] ?? '';
  const counted = await unlessRefused(() => adjustStock(db, id, { warehouse, delta, reason: 'counted' }, cause()));
  if (!(counted instanceof DomainError)) count(units, `${id}/${warehouse}`, delta);
  return undefined;
}

/** Rows that refused orders have left, beside that they were refused. */
async function tracesOf(db: Knex, refused: readonly RefusedOrder[]): Promise<unknown[]> {
  const orders = refused.map(({ orderId }) => orderId);
  const requests = refused.map(({ requestId }) => requestId);
  const traces: unknown[][] = await Promise.all([
    db('orders').whereIn('id', orders).select('*'),
    db('reservations').whereIn('order_id', orders).select('*'),
    db('stock_movements').whereIn('request_id', requests).select('*'),
    db('audit_log').whereIn('request_id', requests).select('*'),
  ]);
  return traces.flat();
}

/** What came of something, or its refusal; any other error is thrown. */
async function unlessRefused<T>(work: () => Promise<T>): Promise<T | DomainError> {
  return patiently(work).catch((error: unknown) => {
    if (error instanceof DomainError) return error;
    throw error;
  });
}

async function goOn(db: Knex, orderId: string, afterwards: string): Promise<void> {
  const end = (as: ReservationEnding) => patiently(() => endOrderHold(db, { orderId }, as, cause()));
  if (afterwards === 'release') await end('released');
  if (afterwards === 'expire') await end('expired');
  if (afterwards === 'confirm' || afterwards === 'restock') await end('confirmed');
  if (afterwards === 'restock') {
    await patiently(() => advanceOrder(db, { orderId, newStatus: 'cancelled' }, cause()));
  }
}

/** The total of every stock level. */
async function readUnits(db: Knex): Promise<Units> {
  const rows: { level: string; total: number }[] = await db('stock_levels as s')
    .join('warehouses as w', 'w.id', 's.warehouse_id')
    .select(db.raw(`s.product_id || '/' || w.code AS level`), 's.total');
  return new Map(rows.map(({ level, total }) => [level, total]));
}

interface Held {
  readonly product_id: string;
  readonly warehouse_id: string;
  readonly units: string;
}

/** What is reserved in each stock level that has anything reserved. */
async function readReserved(db: Knex): Promise<Held[]> {
  return (await db('stock_levels')
    .where('reserved', '>', 0)
    .orderBy(['product_id', 'warehouse_id'])
    .select('product_id', 'warehouse_id', db.raw('reserved::bigint AS units'))) as Held[];
}

/** The units of active reservations, by where they are. */
async function readHeld(db: Knex): Promise<Held[]> {
  return (await db('reservations as r')
    .join('reservation_allocations as a', 'a.reservation_id', 'r.id')
    .whereNull('r.ended_as')
    .groupBy('r.product_id', 'a.warehouse_id')
    .orderBy(['r.product_id', 'a.warehouse_id'])
    .select('r.product_id', 'a.warehouse_id', db.raw('sum(a.quantity) AS units'))) as Held[];
}
