import assert from 'node:assert/strict';
import { v4, v7 } from 'uuid';
import { type ReturnItemsInput } from '../../src/activities/return-items.ts';
import { DomainError } from '../../src/domain/errors.ts';
import { limits } from '../../src/domain/limits.ts';
import { orderStatuses } from '../../src/domain/order-status.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { testDatabase } from '../support/database.ts';
import { cause, item, orderIn, recording } from '../support/holds.ts';
import { behindTheLedger } from '../support/ledger.ts';
import { openWarehouse, stockedProduct, stockOf } from '../support/orders.ts';
import { returnItems } from '../support/acting.ts';

const database = testDatabase({ balanced: true, poolMax: 15 });

/** The input of `returnItems`; what is left out gets a default. */
function toReturn(of: Partial<ReturnItemsInput> & Pick<ReturnItemsInput, 'orderId'>): ReturnItemsInput {
  return { returnId: v7(), line: 1, quantity: 1, warehouse: 'MAIN', reason: 'wrong colour', ...of };
}

/** A delivered order of four units out of ten. */
async function delivered() {
  const { db } = database;
  const product = await stockedProduct(db, { stock: 10 });
  const order = await orderIn(db, 'delivered', item(product, 4));
  return { product, orderId: order.id };
}

/** What the ledger says of a return. */
const movementsOf = (returnId: string) =>
  database
    .db('stock_movements')
    .where({ return_id: returnId })
    .select('type', 'total', 'available', 'reserved', 'total_after', 'order_id', 'reason');

describe('Returning items', () => {
  database.prepare();

  it('makes them available again, and says so in the ledger and the audit log', async () => {
    const { db } = database;
    const { product, orderId } = await delivered();
    const by = { actor: 'bert', requestId: v4(), workflowId: 'return-x' };
    const input = toReturn({ orderId, quantity: 3 });
    const { result, entries } = await recording(db, () => returnItems(db, input, by));

    const { createdAt, ...fields } = result;
    assert.deepEqual(fields, {
      id: input.returnId,
      orderId,
      line: 1,
      productId: product.id,
      quantity: 3,
      restock: true,
      warehouse: 'MAIN',
      reason: 'wrong colour',
      returnedBy: 'bert',
    });
    assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000);
    assert.deepEqual(await stockOf(db, product), { total: 9, available: 9, reserved: 0 });
    assert.deepEqual(entries, [
      {
        ...by,
        action: 'ITEMS_RETURNED',
        objectType: 'Order',
        objectId: orderId,
        oldValue: null,
        newValue: {
          return: input.returnId,
          line: 1,
          qty: 3,
          restock: true,
          warehouse: 'MAIN',
          reason: 'wrong colour',
        },
      },
      {
        ...by,
        action: 'STOCK_ADJUSTED',
        objectType: 'StockLevel',
        objectId: `${product.id}/MAIN`,
        oldValue: { total: 6, available: 6, reserved: 0 },
        newValue: { total: 9, available: 9, reserved: 0, reason: 'returned' },
      },
    ]);
    assert.deepEqual(await movementsOf(input.returnId), [
      {
        type: 'returned',
        total: 3,
        available: 3,
        reserved: 0,
        total_after: 9,
        order_id: orderId,
        reason: 'wrong colour',
      },
    ]);
  });

  it('leaves the stock alone when they cannot be sold again', async () => {
    const { db } = database;
    const { product, orderId } = await delivered();
    const input = toReturn({ orderId, warehouse: null });
    const { result, entries } = await recording(db, () => returnItems(db, input, cause()));
    assert.deepEqual([result.restock, result.warehouse], [false, null]);
    assert.deepEqual(
      entries.map(({ action, newValue }) => [action, newValue]),
      [
        [
          'ITEMS_RETURNED',
          { return: input.returnId, line: 1, qty: 1, restock: false, warehouse: null, reason: 'wrong colour' },
        ],
      ],
    );
    assert.deepEqual(await movementsOf(input.returnId), []);
    assert.equal((await stockOf(db, product)).total, 6);
  });

  it('counts on the order, line by line', async () => {
    const { db } = database;
    const [tea, cup] = [await stockedProduct(db), await stockedProduct(db)];
    const { id: orderId } = await orderIn(db, 'delivered', item(tea, 4), item(cup, 2));
    await returnItems(db, toReturn({ orderId, line: 2, quantity: 1 }), cause());
    await returnItems(db, toReturn({ orderId, line: 1, quantity: 1, warehouse: null }), cause());
    await returnItems(db, toReturn({ orderId, line: 1, quantity: 2 }), cause());
    const { status, lines = [] } = (await readOrder(db, orderId)) ?? {};
    assert.equal(status, 'delivered');
    assert.deepEqual(
      lines.map(({ line, quantity, returned }) => ({ line, quantity, returned })),
      [
        { line: 1, quantity: 4, returned: 3 },
        { line: 2, quantity: 2, returned: 1 },
      ],
    );
    assert.equal((await stockOf(db, cup)).available, 9);
  });

  it('goes into a warehouse that never had the product, and one that takes no reservations', async () => {
    const { db } = database;
    const { product, orderId } = await delivered();
    const elsewhere = await stockedProduct(db);
    const codes = [true, false].map((active) => ({ active, code: `W-${v4().slice(0, 8).toUpperCase()}` }));
    for (const { active, code } of codes) {
      await openWarehouse(db, elsewhere, { code, units: 1, priority: 200, active });
      await returnItems(db, toReturn({ orderId, warehouse: code }), cause());
      const level: unknown = await db('stock_levels as s')
        .join('warehouses as w', 'w.id', 's.warehouse_id')
        .where({ 'w.code': code, 's.product_id': product.id })
        .first('s.total', 's.available', 's.reserved');
      assert.deepEqual(level, { total: 1, available: 1, reserved: 0 });
    }
  });

  it('has one effect when it runs twice, also at once, and gives the same answer', async () => {
    const { db } = database;
    const { product, orderId } = await delivered();
    const input = toReturn({ orderId, quantity: 4 });
    const { result, entries } = await recording(db, () =>
      Promise.all([1, 2, 3].map(() => returnItems(db, input, cause({ actor: 'anna' })))),
    );
    const again = await returnItems(db, input, cause({ actor: 'anna' }));
    for (const one of result) assert.deepEqual(one, again);
    assert.equal(entries.length, 2);
    assert.equal((await movementsOf(input.returnId)).length, 1);
    assert.deepEqual(await stockOf(db, product), { total: 10, available: 10, reserved: 0 });
  });

  it('is refused for what there is not: the order, the line, the warehouse', async () => {
    const { db } = database;
    const { orderId } = await delivered();
    const nowhere = v7();
    const cases = [
      [{ orderId: nowhere }, { objectType: 'Order', id: nowhere }],
      [
        { orderId, line: 2 },
        { objectType: 'Line', id: `2 of order ${orderId}` },
      ],
      [
        { orderId, warehouse: 'NOWHERE' },
        { objectType: 'Warehouse', id: 'NOWHERE' },
      ],
    ] as const;
    const { entries } = await recording(db, async () => {
      for (const [fields, details] of cases) {
        await assert.rejects(returnItems(db, toReturn(fields), cause()), { code: 'not-found', details });
      }
    });
    assert.deepEqual(entries, []);
  });

  for (const status of orderStatuses.filter((status) => status !== 'delivered')) {
    it(`is refused of an order that is ${status}`, async () => {
      const { db } = database;
      const { id: orderId } = await orderIn(db, status, item(await stockedProduct(db), 2));
      const message = `Order ${orderId} is ${status}: only what was delivered can be returned.`;
      const refusal = { code: 'not-delivered', message, details: { orderId, status } };
      await assert.rejects(returnItems(db, toReturn({ orderId }), cause()), refusal);
    });
  }

  it('is refused when more of the line would come back than was delivered, over all returns', async () => {
    const { db } = database;
    const { product, orderId } = await delivered();
    await returnItems(db, toReturn({ orderId, quantity: 3 }), cause());
    const before = await stockOf(db, product);
    await assert.rejects(returnItems(db, toReturn({ orderId, quantity: 2, warehouse: null }), cause()), {
      code: 'return-exceeds-delivery',
      message: `Line 1 of order ${orderId} was delivered with 4 units, of which 3 have come back: 2 more cannot.`,
      details: { line: 1, delivered: 4, returned: 3, requested: 2 },
    });
    assert.deepEqual(await stockOf(db, product), before);
    await returnItems(db, toReturn({ orderId, quantity: 1 }), cause());
    await assert.rejects(returnItems(db, toReturn({ orderId }), cause()), { code: 'return-exceeds-delivery' });
  });

  it('leaves no empty stock level behind when it is refused', async () => {
    const { db } = database;
    const { product, orderId } = await delivered();
    const code = `W-${v4().slice(0, 8).toUpperCase()}`;
    await openWarehouse(db, await stockedProduct(db), { code, units: 1, priority: 200 });
    await assert.rejects(returnItems(db, toReturn({ orderId, quantity: 5, warehouse: code }), cause()), DomainError);
    assert.equal((await db('stock_levels').where({ product_id: product.id })).length, 1);
  });

  it('is refused for good: asked for again it is refused alike, although it could be done by then', async () => {
    const { db } = database;
    const { id: orderId } = await orderIn(db, 'delivered', item(await stockedProduct(db), 2));
    // As an attempt that slept while a later one was refused, and woke when the reason was gone.
    await db('orders').where({ id: orderId }).update({ status: 'shipped' });
    const input = toReturn({ orderId });
    const refusal = { code: 'not-delivered', details: { orderId, status: 'shipped' } };
    await assert.rejects(returnItems(db, input, cause()), refusal);
    await db('orders').where({ id: orderId }).update({ status: 'delivered' });
    await assert.rejects(returnItems(db, input, cause()), refusal);
    await returnItems(db, toReturn({ orderId }), cause());
    assert.equal((await db('returns').where({ order_id: orderId })).length, 1);
  });
});

describe('Ten returns of one unit at once, of a line of four', () => {
  database.prepare();

  it('are exactly four', async () => {
    const { db } = database;
    const { product, orderId } = await delivered();
    const settled = await Promise.allSettled(
      Array.from({ length: 10 }, () => returnItems(db, toReturn({ orderId }), cause())),
    );
    const refused = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as DomainError] : []));
    assert.deepEqual(
      refused.map(({ code }) => code),
      Array.from({ length: 6 }, () => 'return-exceeds-delivery'),
    );
    assert.deepEqual(await stockOf(db, product), { total: 10, available: 10, reserved: 0 });
    assert.equal((await db('returns').where({ order_id: orderId })).length, 4);
  });
});

describe('Returning items into a level that is full', () => {
  // Not balanced: no entry tells how it filled up.
  const full = testDatabase();
  full.prepare();

  it('is refused', async () => {
    const { db } = full;
    const product = await stockedProduct(db);
    const { id: orderId } = await orderIn(db, 'delivered', item(product, 2));
    await behindTheLedger(db, (trx) =>
      trx('stock_levels').where({ product_id: product.id }).update({ total: limits.stock, available: limits.stock }),
    );
    await assert.rejects(returnItems(db, toReturn({ orderId }), cause()), {
      code: 'stock-conflict',
      details: { total: limits.stock, reserved: 0, delta: 1, warehouse: 'MAIN' },
    });
    assert.deepEqual(await db('returns').where({ order_id: orderId }), []);
  });
});
