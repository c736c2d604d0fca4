import assert from 'node:assert/strict';
import { v4, v7 } from 'uuid';
import { limits } from '../../src/domain/limits.ts';
import { formatMoney, lineTotal } from '../../src/domain/money.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, item, orderToReserve, recording } from '../support/holds.ts';
import { countIn, openWarehouse, stockedProduct, stockOf } from '../support/orders.ts';
import { reserveOrder } from '../support/acting.ts';

const database = testDatabase({ balanced: true });

describe('Reserving an order', () => {
  database.prepare();

  it('takes every line out of available and writes a pending order at the prices of now', async () => {
    const { db } = database;
    const tea = await stockedProduct(db, { stock: 10, priceMinor: 1250n });
    const cup = await stockedProduct(db, { stock: 3, priceMinor: 99n });
    const input = orderToReserve({ items: [item(tea, 4), item(cup, 3)], reference: 'INV-7' });
    const requestId = v4();
    const { order, remainingHoldMs } = await reserveOrder(db, input, cause({ actor: 'bert', requestId }));

    assert.equal(remainingHoldMs, 600_000);
    const { lines, reservations, createdAt, expiresAt, updatedAt, ...fields } = order;
    assert.deepEqual(fields, {
      id: input.orderId,
      status: 'pending',
      reference: 'INV-7',
      quantity: 7,
      total: '52.97',
      allocation: 'priority',
      region: null,
      cancelReason: null,
      placedBy: 'bert',
      onShortage: 'reject',
      waiting: null,
      rescuedFrom: null,
      rescuedBy: null,
    });
    assert.deepEqual(
      lines.map(({ product, quantity, unitPrice, lineTotal }) => [product.sku, quantity, unitPrice, lineTotal]),
      [
        [tea.sku, 4, '12.50', '50.00'],
        [cup.sku, 3, '0.99', '2.97'],
      ],
    );
    assert.deepEqual(
      reservations.map(({ orderId, productId, quantity, isActive, allocations }) => [
        orderId,
        productId,
        quantity,
        isActive,
        allocations,
      ]),
      [
        [order.id, tea.id, 4, true, [{ warehouse: 'MAIN', quantity: 4 }]],
        [order.id, cup.id, 3, true, [{ warehouse: 'MAIN', quantity: 3 }]],
      ],
    );
    assert.equal(updatedAt, createdAt);
    assert.deepEqual(await db('orders').where({ id: order.id }).pluck('request_id'), [requestId]);
    assert.equal(Date.parse(expiresAt ?? '') - Date.parse(createdAt), 600_000);
    assert.ok(reservations.every((reservation) => reservation.expiresAt === expiresAt));
    assert.deepEqual(await stockOf(db, tea), { total: 10, available: 6, reserved: 4 });
    assert.deepEqual(await stockOf(db, cup), { total: 3, available: 0, reserved: 3 });
  });

  it('makes one line of a product that is there twice', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 5 });
    const order = await heldOrder(db, item(product, 2), item(product, 3));
    assert.deepEqual([order.lines.length, order.quantity], [1, 5]);
    assert.equal((await stockOf(db, product)).available, 0);
  });

  it('writes the order and each reservation into the audit log, in the transaction that makes them', async () => {
    const { db } = database;
    const [tea, cup] = [await stockedProduct(db, { priceMinor: 500n }), await stockedProduct(db, { priceMinor: 1n })];
    const by = { actor: 'bert', requestId: v4(), workflowId: 'order-x' };
    const input = orderToReserve({ items: [item(tea, 2), item(cup, 1)], reference: 'INV-8' });
    const { result, entries } = await recording(db, () => reserveOrder(db, input, by));
    const [first, second] = result.order.reservations;
    const reserved = (id: string | undefined, qty: number) => ({
      ...by,
      action: 'RESERVATION_CREATED',
      objectType: 'Reservation',
      objectId: id,
      oldValue: null,
      newValue: { qty },
    });
    assert.deepEqual(entries, [
      {
        ...by,
        action: 'ORDER_CREATED',
        objectType: 'Order',
        objectId: input.orderId,
        oldValue: null,
        newValue: { status: 'pending', quantity: 3, total: '10.01', reference: 'INV-8' },
      },
      reserved(first?.id, 2),
      reserved(second?.id, 1),
    ]);
    const rows = await db('audit_log')
      .where({ workflow_id: 'order-x' })
      .distinct(db.raw('(tx::text::bigint % (2^32)::bigint)::text AS tx'));
    const orders = await db('orders').where({ id: input.orderId }).select(db.raw('xmin::text AS tx'));
    assert.deepEqual(rows, orders);
  });

  it('leaves the reference out of the audit log when there is none', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { priceMinor: 100n });
    const { entries } = await recording(db, () => heldOrder(db, item(product)));
    assert.deepEqual(entries[0]?.newValue, { status: 'pending', quantity: 1, total: '1.00' });
  });

  it('computes fifty lines at the highest price and quantity to the cent', async () => {
    const { db } = database;
    const products = [];
    for (let n = 0; n < limits.linesPerOrder; n++) {
      products.push(await stockedProduct(db, { stock: limits.quantity, priceMinor: limits.priceMinor }));
    }
    const order = await heldOrder(db, ...products.map((product) => item(product, limits.quantity)));
    const line = lineTotal(limits.priceMinor, limits.quantity);
    assert.equal(line, 999_999_999_000_000n);
    assert.equal(order.total, '499999999500000.00');
    assert.equal(order.total, formatMoney(line * 50n));
    assert.equal(order.quantity, 50_000_000);
    assert.deepEqual(
      order.lines.map(({ product }) => product.id),
      products.map(({ id }) => id),
    );
    assert.ok(
      order.lines.every(({ unitPrice, lineTotal }) => unitPrice === '9999999.99' && lineTotal === '9999999990000.00'),
    );
  });
});

describe('Reserving an order from several warehouses', () => {
  database.prepare();

  it('empties the preferred warehouse first, remembers what came from where, and skips closed ones', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 10 });
    await openWarehouse(db, product, { code: 'NEAR', units: 4, priority: 1 });
    await openWarehouse(db, product, { code: 'SHUT', units: 100, priority: 0, active: false });

    const order = await heldOrder(db, item(product, 6));
    assert.deepEqual(order.reservations[0]?.allocations, [
      { warehouse: 'NEAR', quantity: 4 },
      { warehouse: 'MAIN', quantity: 2 },
    ]);
    await assert.rejects(heldOrder(db, item(product, 9)), {
      details: { shortages: [{ productId: product.id, sku: product.sku, requested: 9, available: 8 }] },
    });
  });
});

describe('An order is refused', () => {
  database.prepare();

  /** Demands that a refusal leaves no trace. */
  async function refused(items: Parameters<typeof orderToReserve>[0]['items'], expected: object): Promise<void> {
    const { db } = database;
    const input = orderToReserve({ items });
    const { entries } = await recording(db, () => assert.rejects(reserveOrder(db, input, cause()), expected));
    assert.deepEqual(entries, []);
    assert.deepEqual(await db('orders').where({ id: input.orderId }), []);
  }

  it('when a product does not exist', async () => {
    const [known, unknown] = [await stockedProduct(database.db), v7()];
    await refused([item(known), { productId: unknown, quantity: 1 }], {
      code: 'not-found',
      details: { objectType: 'Product', id: unknown },
    });
    assert.equal((await stockOf(database.db, known)).reserved, 0);
  });

  it('when a product is not for sale', async () => {
    const [sold, withdrawn] = [await stockedProduct(database.db), await stockedProduct(database.db, { active: false })];
    const details = { productId: withdrawn.id, sku: withdrawn.sku };
    await refused([item(sold), item(withdrawn)], { code: 'product-inactive', details });
    assert.equal((await stockOf(database.db, sold)).reserved, 0);
  });

  it('with every shortage named, and nothing of the other lines reserved', async () => {
    const { db } = database;
    const [plenty, short, empty] = [
      await stockedProduct(db, { stock: 100 }),
      await stockedProduct(db, { stock: 2 }),
      await stockedProduct(db, { stock: 0 }),
    ];
    await refused([item(short, 1), item(plenty, 1), item(empty, 1), item(short, 2)], {
      code: 'insufficient-stock',
      message: `There is not enough stock for 3 of ${short.sku} (2 available), 1 of ${empty.sku} (0 available).`,
      details: {
        shortages: [
          { productId: short.id, sku: short.sku, requested: 3, available: 2 },
          { productId: empty.id, sku: empty.sku, requested: 1, available: 0 },
        ],
      },
    });
    for (const product of [plenty, short, empty]) assert.equal((await stockOf(db, product)).reserved, 0);
  });

  it('for good: asked for again it is refused alike, although there is stock by then', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 1 });
    const input = orderToReserve({ items: [item(product, 2)] });
    const shortages = [{ productId: product.id, sku: product.sku, requested: 2, available: 1 }];
    const refusal = { code: 'insufficient-stock', details: { shortages } };
    await assert.rejects(reserveOrder(db, input, cause()), refusal);

    await countIn(db, product, 1);
    const { entries } = await recording(db, () =>
      Promise.all([1, 2, 3].map(() => assert.rejects(reserveOrder(db, input, cause()), refusal))),
    );
    assert.deepEqual(entries, []);
    assert.equal((await stockOf(db, product)).reserved, 0);
    assert.equal((await heldOrder(db, item(product, 2))).status, 'pending', 'another order can have it');
  });
});
