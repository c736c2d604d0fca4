import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import { type ReserveOrderInput } from '../../src/activities/reserve-order.ts';
import { transferStock } from '../../src/api/stock.ts';
import { allocationStrategies } from '../../src/domain/allocation.ts';
import type { Order } from '../../src/domain/order.ts';
import { lockProducts } from '../../src/persistence/stock-levels.ts';
import { testDatabase } from '../support/database.ts';
import { cause, item, orderToReserve, stockToReserve } from '../support/holds.ts';
import { untilWaiting } from '../support/locks.ts';
import { levelsOf, openWarehouses, productIn } from '../support/warehouses.ts';
import { advanceOrder, endOrderHold, endReservationHold, reserveOrder, reserveStock } from '../support/acting.ts';

const database = testDatabase({ balanced: true });

type Rule = Pick<ReserveOrderInput, 'allocation' | 'region'>;

async function place(rule: Rule, ...items: ReserveOrderInput['items']): Promise<Order> {
  return (await reserveOrder(database.db, orderToReserve({ items, ...rule }), cause())).order;
}

/** Where the units of each line come from. */
function sourcesOf({ reservations }: Order) {
  return reservations.map(({ allocations }) =>
    Object.fromEntries(allocations.map(({ warehouse, quantity }) => [warehouse, quantity])),
  );
}

/** HAM is used before MAIN, MUC after it. */
function openShop(): void {
  before(() =>
    openWarehouses(
      database.db,
      { code: 'HAM', priority: 50, region: 'North' },
      { code: 'MUC', priority: 150, region: 'South' },
      { code: 'OLD', priority: 1, region: 'South', active: false },
    ),
  );
}

describe('An order over several warehouses', () => {
  database.prepare();
  openShop();

  const shop = async () => {
    const tea = await productIn(database.db, { HAM: 2, MAIN: 5, MUC: 9, OLD: 50 });
    const cup = await productIn(database.db, { HAM: 1, MAIN: 1, MUC: 4, OLD: 50 });
    return { tea, cup };
  };

  it('by priority takes each line from the first warehouses that have any', async () => {
    const { tea, cup } = await shop();
    const order = await place({ allocation: 'priority', region: 'south' }, item(tea, 4), item(cup, 3));
    assert.deepEqual(sourcesOf(order), [
      { HAM: 2, MAIN: 2 },
      { HAM: 1, MAIN: 1, MUC: 1 },
    ]);
    assert.deepEqual([order.allocation, order.region], ['priority', 'south']);
  });

  it('to the nearest begins in its region, whatever the case', async () => {
    const { tea, cup } = await shop();
    const order = await place({ allocation: 'nearest', region: 'SOUTH' }, item(tea, 10), item(cup, 2));
    assert.deepEqual(sourcesOf(order), [{ HAM: 1, MUC: 9 }, { MUC: 2 }]);
    assert.deepEqual([order.allocation, order.region], ['nearest', 'SOUTH']);
  });

  it('with the fewest splits takes as few warehouses as can be, over all its lines', async () => {
    const { tea, cup } = await shop();
    const order = await place({ allocation: 'fewest-splits' }, item(tea, 10), item(cup, 2));
    assert.deepEqual(sourcesOf(order), [{ HAM: 2, MUC: 8 }, { MUC: 2 }]);
    assert.deepEqual([order.allocation, order.region], ['fewest-splits', null]);
  });

  it('from a single warehouse takes the first that has all of it', async () => {
    const { tea, cup } = await shop();
    assert.deepEqual(sourcesOf(await place({ allocation: 'single' }, item(tea, 2), item(cup, 1))), [
      { HAM: 2 },
      { HAM: 1 },
    ]);
    assert.deepEqual(sourcesOf(await place({ allocation: 'single' }, item(tea, 2), item(cup, 2))), [
      { MUC: 2 },
      { MUC: 2 },
    ]);
  });

  it('from a single warehouse is refused when none has all of it, and says which comes closest', async () => {
    const { tea, cup } = await shop();
    await assert.rejects(place({ allocation: 'single' }, item(tea, 10), item(cup, 5)), {
      code: 'insufficient-stock',
      message:
        'No single warehouse has everything: MUC comes closest and does not have ' +
        `10 of ${tea.sku} (9 available), 5 of ${cup.sku} (4 available).`,
      details: {
        shortages: [
          { productId: tea.id, sku: tea.sku, requested: 10, available: 9 },
          { productId: cup.id, sku: cup.sku, requested: 5, available: 4 },
        ],
      },
    });
    assert.deepEqual(await levelsOf(database.db, tea), { HAM: [2, 0], MAIN: [5, 0], MUC: [9, 0], OLD: [50, 0] });
  });

  it('from a single warehouse is refused when only a closed one has any', async () => {
    const pot = await productIn(database.db, { OLD: 5 });
    await openWarehouses(database.db, { code: 'CLOSED', active: false });
    const only = await productIn(database.db, { CLOSED: 5 });
    await assert.rejects(place({ allocation: 'single' }, item(pot, 1)), { message: /MAIN comes closest/ });
    await database.db('stock_levels').where({ product_id: only.id, total: 0 }).delete();
    await assert.rejects(place({ allocation: 'single' }, item(only, 1)), {
      message: `No single warehouse has everything: no active one holds 1 of ${only.sku} (0 available).`,
    });
  });

  for (const allocation of ['priority', 'nearest', 'fewest-splits'] as const) {
    it(`by ${allocation} is refused for what all active warehouses together lack`, async () => {
      const { tea, cup } = await shop();
      await assert.rejects(place({ allocation, region: 'south' }, item(tea, 17), item(cup, 6)), {
        message: `There is not enough stock for 17 of ${tea.sku} (16 available).`,
        details: { shortages: [{ productId: tea.id, sku: tea.sku, requested: 17, available: 16 }] },
      });
    });
  }
});

describe('Many orders at once over several warehouses', () => {
  database.prepare();
  openShop();

  for (const [allocation, placed, left] of [
    ['priority', 7, 1],
    ['fewest-splits', 7, 1],
    // Two orders a warehouse: its fifth unit is of no use to one that may not be split.
    ['single', 6, 3],
  ] as const) {
    it(`by ${allocation} get what there is, and no unit twice`, async () => {
      const tea = await productIn(database.db, { HAM: 5, MAIN: 5, MUC: 5 });
      const orders = await Promise.allSettled(Array.from({ length: 12 }, () => place({ allocation }, item(tea, 2))));
      assert.equal(orders.filter(({ status }) => status === 'fulfilled').length, placed);
      const levels = Object.values(await levelsOf(database.db, tea));
      assert.equal(
        levels.reduce((sum, [total, reserved]) => sum + total - reserved, 0),
        left,
      );
    });
  }
});

describe('An order that waits while its units are moved', () => {
  database.prepare();
  openShop();

  for (const allocation of allocationStrategies) {
    it(`finds them where they are by then, by ${allocation}`, async () => {
      const { db } = database;
      const tea = await productIn(db, { MAIN: 10 });
      const { placing } = await db.transaction(async (trx) => {
        await lockProducts(trx, [tea.id]);
        const placing = place({ allocation, region: 'north' }, item(tea, 10));
        await untilWaiting(trx);
        const transfer = { id: v7(), productId: tea.id, from: 'MAIN', to: 'HAM', quantity: 10, reason: 'moved' };
        await transferStock(trx, transfer, cause());
        return { placing };
      });
      assert.deepEqual(sourcesOf(await placing), [{ HAM: 10 }]);
    });
  }
});

describe('An order that is split', () => {
  database.prepare();
  openShop();

  const split = async () => {
    const tea = await productIn(database.db, { HAM: 2, MAIN: 1, MUC: 9 });
    const order = await place({ allocation: 'priority' }, item(tea, 5));
    assert.deepEqual(sourcesOf(order), [{ HAM: 2, MAIN: 1, MUC: 2 }]);
    assert.deepEqual(await levelsOf(database.db, tea), { HAM: [2, 2], MAIN: [1, 1], MUC: [9, 2] });
    return { tea, orderId: order.id };
  };
  const before = { HAM: [2, 0], MAIN: [1, 0], MUC: [9, 0] };

  for (const endedAs of ['released', 'expired'] as const) {
    it(`and ${endedAs} gives back exactly its units to exactly their warehouses`, async () => {
      const { tea, orderId } = await split();
      await endOrderHold(database.db, { orderId }, endedAs, cause());
      assert.deepEqual(await levelsOf(database.db, tea), before);
    });
  }

  it('and confirmed takes exactly its units out of exactly their warehouses, and restocked puts them back', async () => {
    const { tea, orderId } = await split();
    await endOrderHold(database.db, { orderId }, 'confirmed', cause());
    assert.deepEqual(await levelsOf(database.db, tea), { MUC: [7, 0] });
    await advanceOrder(database.db, { orderId, newStatus: 'cancelled' }, cause());
    assert.deepEqual(await levelsOf(database.db, tea), before);
  });

  it('has each of these as movements of its warehouses in the ledger', async () => {
    const { tea, orderId } = await split();
    await endOrderHold(database.db, { orderId }, 'confirmed', cause());
    await advanceOrder(database.db, { orderId, newStatus: 'cancelled' }, cause());
    const rows: { code: string; type: string; total: number }[] = await database
      .db('stock_movements as m')
      .join('warehouses as w', 'w.id', 'm.warehouse_id')
      .where({ product_id: tea.id, order_id: orderId })
      .orderBy('m.id')
      .select('code', 'type', 'total');
    assert.deepEqual(
      new Set(rows.map(({ type, code, total }) => `${type} ${code} ${total}`)),
      new Set([
        ...['reserved HAM 0', 'reserved MAIN 0', 'reserved MUC 0'],
        ...['fulfilled HAM -2', 'fulfilled MAIN -1', 'fulfilled MUC -2'],
        ...['restocked HAM 2', 'restocked MAIN 1', 'restocked MUC 2'],
      ]),
    );
    assert.equal(rows.length, 9);
  });
});

describe('A warehouse that is closed', () => {
  database.prepare();
  openShop();

  const close = (active: boolean) => database.db('warehouses').where({ code: 'HAM' }).update({ active });
  afterEach(() => close(true));

  it('takes no new reservations, of orders or alone', async () => {
    const tea = await productIn(database.db, { HAM: 9, MAIN: 3 });
    await close(false);
    for (const allocation of ['priority', 'nearest', 'fewest-splits', 'single'] as const) {
      await assert.rejects(place({ allocation, region: 'north' }, item(tea, 4)), {
        details: { shortages: [{ productId: tea.id, sku: tea.sku, requested: 4, available: 3 }] },
      });
    }
    await assert.rejects(
      reserveStock(database.db, stockToReserve({ productId: tea.id, quantity: 4, allocation: 'single' }), cause()),
      { code: 'insufficient-stock' },
    );
    assert.deepEqual(sourcesOf(await place({}, item(tea, 3))), [{ MAIN: 3 }]);
  });

  const held = async () => {
    const tea = await productIn(database.db, { HAM: 9 });
    const order = await place({ allocation: 'single' }, item(tea, 4));
    await close(false);
    return { tea, orderId: order.id };
  };

  it('keeps those it has: they can be released, and the units are back', async () => {
    const { tea, orderId } = await held();
    await endOrderHold(database.db, { orderId }, 'released', cause());
    assert.deepEqual(await levelsOf(database.db, tea), { HAM: [9, 0] });
  });

  it('keeps those it has: they can be confirmed and restocked', async () => {
    const { tea, orderId } = await held();
    await endOrderHold(database.db, { orderId }, 'confirmed', cause());
    assert.deepEqual(await levelsOf(database.db, tea), { HAM: [5, 0] });
    await advanceOrder(database.db, { orderId, newStatus: 'cancelled' }, cause());
    assert.deepEqual(await levelsOf(database.db, tea), { HAM: [9, 0] });
  });
});

describe('A reservation that stands alone', () => {
  database.prepare();
  openShop();

  it('is allocated as it asks, and ends where its units are', async () => {
    const { db } = database;
    const tea = await productIn(db, { HAM: 2, MAIN: 3, MUC: 9 });
    const reserve = async (rule: Rule) =>
      (await reserveStock(db, stockToReserve({ productId: tea.id, quantity: 3, ...rule }), cause())).reservation;
    const alone = await reserve({ allocation: 'single' });
    assert.deepEqual(alone.allocations, [{ warehouse: 'MAIN', quantity: 3 }]);
    const near = await reserve({ allocation: 'nearest', region: 'north' });
    assert.deepEqual(near.allocations, [
      { warehouse: 'HAM', quantity: 2 },
      { warehouse: 'MUC', quantity: 1 },
    ]);
    await endReservationHold(db, { reservationId: near.id }, 'expired', cause());
    await endReservationHold(db, { reservationId: alone.id }, 'confirmed', cause());
    assert.deepEqual(await levelsOf(db, tea), { HAM: [2, 0], MUC: [9, 0] });
  });
});
