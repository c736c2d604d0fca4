import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { v5, v7 } from 'uuid';
import { DomainError, type RefusalCode } from '../../src/domain/errors.ts';
import type { Order } from '../../src/domain/order.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { endOrderHold, reserveOrder } from '../support/acting.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, item, makeOverdue, orderToReserve, recording } from '../support/holds.ts';
import { movementsOf } from '../support/ledger.ts';
import { auditOf, countIn, stockedProduct, stockOf } from '../support/orders.ts';
import { rescueOrder } from '../support/as-worker.ts';

const database = testDatabase({ balanced: true });
const late = 3600;

describe('Rescuing an order that expired before it was confirmed', () => {
  database.prepare();

  it('places the same again at the same prices, reserved and confirmed, and links the two', async () => {
    const { db } = database;
    const [tea, cup] = [await stockedProduct(db, { priceMinor: 1250n }), await stockedProduct(db, { priceMinor: 99n })];
    const old = await expired(db, await heldOrder(db, item(tea, 4), item(cup, 1)));
    await db('products').where({ id: tea.id }).update({ price_minor: 9999 });
    const by = cause({ actor: 'till' });
    const { result, entries } = await recording(db, () =>
      rescueOrder(db, { ...rescueOf(old), reason: 'paid' }, late, by),
    );
    const { order } = result;
    assert.deepEqual(
      [order.status, order.total, order.rescuedFrom, order.rescuedBy, order.placedBy, order.reference],
      ['confirmed', old.total, old.id, null, old.placedBy, old.reference],
    );
    assert.deepEqual(
      order.lines.map(({ product, quantity, unitPrice }) => [product.id, quantity, unitPrice]),
      [
        [tea.id, 4, '12.50'],
        [cup.id, 1, '0.99'],
      ],
    );
    assert.deepEqual(
      order.reservations.map(({ quantity, endedAs }) => [quantity, endedAs]),
      [
        [4, 'confirmed'],
        [1, 'confirmed'],
      ],
    );
    assert.deepEqual(
      entries.map(({ action, objectId, actor }) => [action, objectId, actor]),
      [
        ['ORDER_CREATED', order.id, 'till'],
        ...order.reservations.map(({ id }) => ['RESERVATION_CREATED', id, 'till']),
        ...order.reservations.map(({ id }) => ['RESERVATION_FULFILLED', id, 'till']),
        ['ORDER_STATUS_CHANGED', order.id, 'till'],
        ['RESERVATION_RESCUED', old.id, 'till'],
      ],
    );
    assert.deepEqual(entries.at(-2)?.newValue, { status: 'confirmed', reason: 'paid' });
    assert.deepEqual(entries.at(-1)?.newValue, { rescued_by: order.id, total: old.total });
    const after = await readOrder(db, old.id);
    assert.deepEqual(after, { ...old, rescuedBy: order.id });
    assert.deepEqual(await stockOf(db, tea), { total: 6, available: 6, reserved: 0 });
    const types = (await movementsOf(db, tea)).map((movement) => movement.type);
    assert.deepEqual(types.slice(-2), ['reserved', 'fulfilled']);
  });

  it('places one order, whoever asks and how many at once, and finds it again', async () => {
    const { db } = database;
    const product = await stockedProduct(db);
    const old = await expired(db, await heldOrder(db, item(product, 3)));
    const asking = Array.from({ length: 8 }, (_, n) => rescueOrder(db, rescueOf(old), late, cause({ actor: `a${n}` })));
    const [first, ...others] = await Promise.all(asking);
    for (const other of others) assert.deepEqual(other.order, first?.order);
    assert.deepEqual(await stockOf(db, product), { total: 7, available: 7, reserved: 0 });
    assert.deepEqual((await rescueOrder(db, rescueOf(old), 0, cause())).order, first?.order);
    assert.equal(await countOf(db, old.id, 'RESERVATION_RESCUED'), 1);
  });

  it('places a line of nothing again as a line of nothing', async () => {
    const { db } = database;
    const [some, none] = [await stockedProduct(db, { stock: 2 }), await stockedProduct(db, { stock: 0 })];
    const input = orderToReserve({ items: [item(some, 3), item(none, 1)], onShortage: 'partial' });
    const old = await expired(db, (await reserveOrder(db, input, cause())).order);
    const { order } = await rescueOrder(db, rescueOf(old), late, cause());
    assert.deepEqual(
      order.lines.map(({ quantity, orderedQuantity }) => [quantity, orderedQuantity]),
      [
        [2, 3],
        [0, 1],
      ],
    );
    assert.equal(order.total, old.total);
  });

  it('is refused for good, with the refund audited once, when the units are gone', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 3 });
    const old = await expired(db, await heldOrder(db, item(product, 3)));
    await heldOrder(db, item(product, 1));
    const asking = Array.from({ length: 4 }, () => refusalOf(rescueOrder(db, rescueOf(old), late, cause())));
    const details = {
      orderId: old.id,
      expiredAt: old.updatedAt,
      refund: old.total,
      shortages: [{ productId: product.id, sku: product.sku, requested: 3, available: 2 }],
    };
    for (const refusal of await Promise.all(asking)) assert.deepEqual(refusal, ['reservation-expired', details]);
    await countIn(db, product, 10);
    assert.deepEqual(await refusalOf(rescueOrder(db, rescueOf(old), late, cause())), ['reservation-expired', details]);
    assert.equal(await countOf(db, old.id, 'CONFIRMATION_TOO_LATE'), 1);
    const entry = (await auditOf(db, old.id)).at(-1);
    assert.deepEqual(entry?.newValue, { refund: old.total, reason: 'its units are not to be had' });
  });

  it('is refused when a product is not for sale any more', async () => {
    const { db } = database;
    const product = await stockedProduct(db);
    const old = await expired(db, await heldOrder(db, item(product)));
    await db('products').where({ id: product.id }).update({ active: false });
    const [code] = await refusalOf(rescueOrder(db, rescueOf(old), late, cause()));
    assert.equal(code, 'reservation-expired');
  });

  it('is refused while others wait for the units', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 3 });
    const held = await heldOrder(db, item(product, 3));
    const waiting = orderToReserve({ items: [item(product, 1)], onShortage: 'wait', waitSeconds: 600 });
    await reserveOrder(db, waiting, cause());
    const old = await expired(db, held);
    const [code, details] = await refusalOf(rescueOrder(db, rescueOf(old), late, cause()));
    assert.equal(code, 'reservation-expired');
    assert.deepEqual(details, {
      orderId: old.id,
      expiredAt: old.updatedAt,
      refund: old.total,
      shortages: [{ productId: product.id, sku: product.sku, requested: 3, available: 0, waiting: 1 }],
    });
  });

  it('is refused when the order expired too long ago by the clock of the database', async () => {
    const { db } = database;
    const product = await stockedProduct(db);
    const old = await expired(db, await heldOrder(db, item(product)));
    const [code, details] = await refusalOf(rescueOrder(db, rescueOf(old), 0, cause()));
    assert.equal(code, 'reservation-expired');
    assert.deepEqual('shortages' in details ? details.shortages : undefined, []);
    const entry = (await auditOf(db, old.id)).at(-1);
    assert.deepEqual(entry?.newValue, { refund: old.total, reason: 'that was too long ago' });
  });

  it('is refused for an order that did not expire, or that does not exist', async () => {
    const { db } = database;
    const product = await stockedProduct(db);
    const order = await heldOrder(db, item(product));
    assert.equal((await refusalOf(rescueOrder(db, rescueOf(order), late, cause())))[0], 'invalid-transition');
    const nobody = { orderId: v7(), rescuedFrom: v7(), holdSeconds: 600 };
    assert.equal((await refusalOf(rescueOrder(db, nobody, late, cause())))[0], 'not-found');
  });
});

function rescueOf({ id }: Order) {
  return { orderId: v5('rescue', id), rescuedFrom: id, holdSeconds: 600 };
}

async function expired(db: Knex, { id: orderId }: Order): Promise<Order> {
  await makeOverdue(db, { orderId }, 1);
  return endOrderHold(db, { orderId }, 'expired', cause({ actor: 'system' }));
}

async function refusalOf(work: Promise<unknown>): Promise<[RefusalCode, DomainError['details']]> {
  try {
    await work;
  } catch (error) {
    if (error instanceof DomainError) return [error.code, error.details];
    throw error;
  }
  throw new Error('It was not refused.');
}

async function countOf(db: Knex, orderId: string, action: string): Promise<number> {
  return (await auditOf(db, orderId)).filter((entry) => entry.action === action).length;
}
