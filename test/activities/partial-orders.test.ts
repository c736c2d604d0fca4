import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import type { ReserveOrderInput } from '../../src/activities/reserve-order.ts';
import type { Order } from '../../src/domain/order.ts';
import { advanceOrder, endOrderHold, reserveOrder, returnItems } from '../support/acting.ts';
import { testDatabase } from '../support/database.ts';
import { cause, item, orderToReserve, recording } from '../support/holds.ts';
import { auditOf, countIn, openWarehouse, stockedProduct, stockOf } from '../support/orders.ts';
import { levelsOf, openWarehouses, productIn } from '../support/warehouses.ts';

const database = testDatabase({ balanced: true, poolMax: 20 });

/** The input of an order that takes what there is. */
const partly = (items: ReserveOrderInput['items'], more: Partial<ReserveOrderInput> = {}) =>
  orderToReserve({ items, onShortage: 'partial', ...more });

/** Places an order that takes what there is. */
async function partialOrder(...parts: Parameters<typeof partly>): Promise<Order> {
  return (await reserveOrder(database.db, partly(...parts), cause())).order;
}

/** Of each line: its units, those ordered, and those reserved. */
const linesOf = ({ lines }: Order) =>
  lines.map(({ line, quantity, orderedQuantity, reservedQuantity }) => [
    line,
    quantity,
    orderedQuantity,
    reservedQuantity,
  ]);

/** Two units of tea at 12.50, no cup, and enough pots at 0.99; an order wants five, three and four of them. */
async function someAndNone() {
  const { db } = database;
  const [tea, cup, pot] = [
    await stockedProduct(db, { stock: 2, priceMinor: 1250n }),
    await stockedProduct(db, { stock: 0, priceMinor: 700n }),
    await stockedProduct(db, { stock: 10, priceMinor: 99n }),
  ];
  return { tea, cup, pot, items: [item(tea, 5), item(cup, 3), item(pot, 4)] };
}

describe('An order that takes what there is', () => {
  database.prepare();

  it('has of each line what there is, keeps what was ordered, and comes to what it got', async () => {
    const { db } = database;
    const { tea, cup, pot, items } = await someAndNone();
    const input = partly(items, { reference: 'INV-8' });
    const { result, entries } = await recording(db, () => reserveOrder(db, input, cause()));

    const { order, remainingHoldMs } = result;
    assert.equal(remainingHoldMs, 600_000);
    assert.deepEqual(linesOf(order), [
      [1, 2, 5, 2],
      [2, 0, 3, 0],
      [3, 4, 4, 4],
    ]);
    assert.deepEqual(
      order.lines.map(({ lineTotal }) => lineTotal),
      ['25.00', '0.00', '3.96'],
    );
    assert.deepEqual([order.status, order.onShortage, order.quantity, order.total], ['pending', 'partial', 6, '28.96']);
    assert.deepEqual(
      order.reservations.map(({ productId, quantity, isActive }) => [productId, quantity, isActive]),
      [
        [tea.id, 2, true],
        [pot.id, 4, true],
      ],
    );
    const rows = await db('order_lines').where({ order_id: order.id }).orderBy('line').select('quantity', 'missing');
    assert.deepEqual(rows, [
      { quantity: 2, missing: 3 },
      { quantity: 0, missing: 3 },
      { quantity: 4, missing: 0 },
    ]);
    assert.deepEqual(
      entries.map(({ action, newValue }) => [action, newValue]),
      [
        ['ORDER_CREATED', { status: 'pending', quantity: 6, total: '28.96', reference: 'INV-8' }],
        ['RESERVATION_CREATED', { qty: 2 }],
        ['RESERVATION_CREATED', { qty: 4 }],
      ],
    );
    assert.deepEqual(await stockOf(db, tea), { total: 2, available: 0, reserved: 2 });
    assert.deepEqual(await stockOf(db, cup), { total: 0, available: 0, reserved: 0 });
    assert.deepEqual(await stockOf(db, pot), { total: 10, available: 6, reserved: 4 });
  });

  it('is an order like any other when there is enough of everything', async () => {
    const product = await stockedProduct(database.db);
    const order = await partialOrder([item(product, 4), item(product, 2)]);
    assert.deepEqual(linesOf(order), [[1, 6, 6, 6]]);
    assert.deepEqual([order.onShortage, order.quantity], ['partial', 6]);
  });

  it('is refused when there is nothing of anything, naming all of it', async () => {
    const { db } = database;
    const [tea, cup] = [await stockedProduct(db, { stock: 0 }), await stockedProduct(db, { stock: 0 })];
    const shortages = [
      { productId: tea.id, sku: tea.sku, requested: 2, available: 0 },
      { productId: cup.id, sku: cup.sku, requested: 1, available: 0 },
    ];
    const input = partly([item(tea, 2), item(cup)]);
    const refusal = { code: 'insufficient-stock', details: { shortages } };
    await assert.rejects(reserveOrder(db, input, cause()), refusal);
    await countIn(db, tea, 5);
    await assert.rejects(reserveOrder(db, input, cause()), refusal, 'for good');
  });

  it('is refused, and takes nothing of the rest, for an unknown product and for one that is not for sale', async () => {
    const { db } = database;
    const [tea, withdrawn] = [await stockedProduct(db), await stockedProduct(db, { active: false })];
    await assert.rejects(partialOrder([item(tea), item(withdrawn)]), { code: 'product-inactive' });
    await assert.rejects(partialOrder([item(tea), { productId: v7(), quantity: 1 }]), { code: 'not-found' });
    assert.equal((await stockOf(db, tea)).reserved, 0);
  });

  it('gets nothing of what others wait for, even if some of it is there', async () => {
    const { db } = database;
    const [tea, cup] = [await stockedProduct(db, { stock: 3 }), await stockedProduct(db)];
    await reserveOrder(db, orderToReserve({ items: [item(tea, 9)], onShortage: 'wait' }), cause());
    const order = await partialOrder([item(tea), item(cup)]);
    assert.deepEqual(linesOf(order), [
      [1, 0, 1, 0],
      [2, 1, 1, 1],
    ]);
    await assert.rejects(partialOrder([item(tea)]), { code: 'insufficient-stock' });
    assert.equal((await stockOf(db, tea)).reserved, 0);
  });

  it('is placed once, however often that is tried, and is then as it was placed', async () => {
    const { db } = database;
    const { tea, items } = await someAndNone();
    const input = partly(items);
    const { result, entries } = await recording(db, () =>
      Promise.all([1, 2, 3].map(() => reserveOrder(db, input, cause()))),
    );
    assert.equal(entries.length, 3);
    await countIn(db, tea, 10);
    const again = await reserveOrder(db, input, cause());
    for (const { order } of result) assert.deepEqual(order, again.order);
    assert.deepEqual(linesOf(again.order)[0], [1, 2, 5, 2]);
  });

  it('takes every unit and no more when many want them at once', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 20 });
    const placed = await Promise.allSettled(Array.from({ length: 12 }, () => partialOrder([item(product, 3)])));
    const orders = placed.flatMap((one) => (one.status === 'fulfilled' ? [one.value.quantity] : []));
    assert.deepEqual(
      orders.toSorted((a, b) => a - b),
      [2, 3, 3, 3, 3, 3, 3],
    );
    for (const one of placed) if (one.status === 'rejected') assert.equal(one.reason.code, 'insufficient-stock');
    assert.deepEqual(await stockOf(db, product), { total: 20, available: 0, reserved: 20 });
  });
});

describe('A partial order from several warehouses', () => {
  database.prepare();
  before(() => openWarehouses(database.db, { code: 'NORTH', priority: 50 }, { code: 'SOUTH', priority: 200 }));

  it('empties all of them, or of single the one that has the most units in all', async () => {
    const { db } = database;
    const tea = await productIn(db, { MAIN: 1, NORTH: 2, SOUTH: 3 });
    const cup = await productIn(db, { MAIN: 4, NORTH: 0, SOUTH: 1 });
    const single = await partialOrder([item(tea, 9), item(cup, 9)], { allocation: 'single' });
    assert.deepEqual(linesOf(single), [
      [1, 1, 9, 1],
      [2, 4, 9, 4],
    ]);
    assert.deepEqual(await levelsOf(db, tea), { MAIN: [1, 1], NORTH: [2, 0], SOUTH: [3, 0] });
    const rest = await partialOrder([item(tea, 9), item(cup, 9)]);
    assert.deepEqual(linesOf(rest), [
      [1, 5, 9, 5],
      [2, 1, 9, 1],
    ]);
    assert.deepEqual(await levelsOf(db, tea), { MAIN: [1, 1], NORTH: [2, 2], SOUTH: [3, 3] });
  });

  it('takes nothing from a closed one', async () => {
    const { db } = database;
    const tea = await productIn(db, { MAIN: 1 });
    await openWarehouse(db, tea, { code: 'SHUT', units: 5, priority: 1, active: false });
    assert.deepEqual(linesOf(await partialOrder([item(tea, 3)])), [[1, 1, 3, 1]]);
  });
});

describe('What becomes of a partial order', () => {
  database.prepare();

  it('is confirmed with the units it got', async () => {
    const { db } = database;
    const { tea, cup, pot, items } = await someAndNone();
    const { id: orderId } = await partialOrder(items);
    for (const _ of ['once', 'again']) {
      const order = await endOrderHold(db, { orderId }, 'confirmed', cause());
      assert.deepEqual([order.status, order.quantity, order.total], ['confirmed', 6, '28.96']);
      assert.deepEqual(linesOf(order).slice(0, 2), [
        [1, 2, 5, 2],
        [2, 0, 3, 0],
      ]);
    }
    assert.deepEqual(await stockOf(db, tea), { total: 0, available: 0, reserved: 0 });
    assert.deepEqual(await stockOf(db, cup), { total: 0, available: 0, reserved: 0 });
    assert.deepEqual(await stockOf(db, pot), { total: 6, available: 6, reserved: 0 });
    const fulfilled = (await auditOf(db, orderId)).filter(({ action }) => action === 'RESERVATION_FULFILLED');
    assert.equal(fulfilled.length, 2);
  });

  for (const ending of ['released', 'expired'] as const) {
    it(`gives back what it got, and no more, when it is ${ending}`, async () => {
      const { db } = database;
      const { tea, cup, pot, items } = await someAndNone();
      const { id: orderId } = await partialOrder(items);
      const order = await endOrderHold(db, { orderId }, ending, cause());
      assert.equal(order.status, 'cancelled');
      assert.deepEqual(await stockOf(db, tea), { total: 2, available: 2, reserved: 0 });
      assert.deepEqual(await stockOf(db, cup), { total: 0, available: 0, reserved: 0 });
      assert.deepEqual(await stockOf(db, pot), { total: 10, available: 10, reserved: 0 });
    });
  }

  it('is restocked with what it got when it is cancelled after its confirmation', async () => {
    const { db } = database;
    const { tea, cup, pot, items } = await someAndNone();
    const { id: orderId } = await partialOrder(items);
    await endOrderHold(db, { orderId }, 'confirmed', cause());
    const order = await advanceOrder(db, { orderId, newStatus: 'cancelled' }, cause());
    assert.equal(order.status, 'cancelled');
    assert.deepEqual(await stockOf(db, tea), { total: 2, available: 2, reserved: 0 });
    assert.deepEqual(await stockOf(db, cup), { total: 0, available: 0, reserved: 0 });
    assert.deepEqual(await stockOf(db, pot), { total: 10, available: 10, reserved: 0 });
  });

  it('comes back as far as it was delivered: of a line that got nothing nothing can', async () => {
    const { db } = database;
    const { tea, cup, items } = await someAndNone();
    const { id: orderId } = await partialOrder(items);
    await endOrderHold(db, { orderId }, 'confirmed', cause());
    for (const newStatus of ['processing', 'shipped', 'delivered'] as const) {
      await advanceOrder(db, { orderId, newStatus }, cause());
    }
    const back = (line: number, quantity: number) =>
      returnItems(db, { returnId: v7(), orderId, line, quantity, warehouse: 'MAIN', reason: 'broken' }, cause());
    await assert.rejects(back(2, 1), {
      code: 'return-exceeds-delivery',
      message: `Line 2 of order ${orderId} was delivered with 0 units, of which 0 have come back: 1 more cannot.`,
      details: { line: 2, delivered: 0, returned: 0, requested: 1 },
    });
    await assert.rejects(back(1, 3), { code: 'return-exceeds-delivery' });
    await back(1, 2);
    await assert.rejects(back(1, 1), { details: { line: 1, delivered: 2, returned: 2, requested: 1 } });
    assert.deepEqual(await stockOf(db, tea), { total: 2, available: 2, reserved: 0 });
    assert.deepEqual(await stockOf(db, cup), { total: 0, available: 0, reserved: 0 });
  });
});
