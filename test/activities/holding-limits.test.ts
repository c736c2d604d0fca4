import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import { type ReserveOrderInput } from '../../src/activities/reserve-order.ts';
import { DomainError, type RefusalDetails } from '../../src/domain/errors.ts';
import { defaultHoldRules, type HoldingLimits } from '../../src/domain/holding-limits.ts';
import { lockHoldings } from '../../src/persistence/holdings.ts';
import { endReservationHold } from '../support/acting.ts';
import { testDatabase } from '../support/database.ts';
import { cause, item, orderToReserve, recording, stockToReserve } from '../support/holds.ts';
import { countIn, stockedProduct, stockOf, type StockedProduct } from '../support/orders.ts';
import { endOrderHold, leaveWaitingList, reserveOrder, reserveStock } from '../support/as-worker.ts';

const database = testDatabase({ balanced: true, poolMax: 20 });

const limited = (limits: Partial<HoldingLimits>): HoldingLimits => ({ ...defaultHoldRules.limits, ...limits });

/** Somebody whom nobody has met. */
const anybody = () => `actor ${v7()}`;

/** Places an order under limits. */
async function order(
  limits: Partial<HoldingLimits>,
  actor: string,
  items: ReserveOrderInput['items'],
  more: Partial<ReserveOrderInput> = {},
) {
  const input = orderToReserve({ items, ...more });
  return (await reserveOrder(database.db, input, limited(limits), cause({ actor }))).value.order;
}

/** Reserves units under limits. */
async function reservation(limits: Partial<HoldingLimits>, actor: string, { id }: StockedProduct, quantity = 1) {
  const input = stockToReserve({ productId: id, quantity });
  return (await reserveStock(database.db, input, limited(limits), cause({ actor }))).reservation;
}

/** What a refusal says that names a limit. */
const exceeded = (limit: RefusalDetails['limit-exceeded']['limit'], allowed: number, left: number) => ({
  code: 'limit-exceeded',
  details: { limit, allowed, left },
});

/** Runs everything at once; what is refused gives the code of its refusal, any other error is thrown. */
async function atOnce(
  count: number,
  work: (n: number) => Promise<unknown>,
): Promise<{ done: number; refused: string[] }> {
  const settled = await Promise.allSettled(Array.from({ length: count }, (_, n) => work(n)));
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  const refused = errors.map((error) => {
    if (error instanceof DomainError) return error.code;
    throw error;
  });
  return { done: count - errors.length, refused };
}

const times = (count: number) => Array.from({ length: count }, () => 'limit-exceeded');

describe('The limit of units per line', () => {
  database.prepare();

  it('is for all that an order has of a product together, and for each product alone', async () => {
    const { db } = database;
    const [tea, cup] = [await stockedProduct(db), await stockedProduct(db)];
    const five = { lineUnits: 5 };
    assert.equal((await order(five, anybody(), [item(tea, 5), item(cup, 5)])).quantity, 10);
    await assert.rejects(
      order(five, anybody(), [item(tea, 3), item(cup, 1), item(tea, 3)]),
      exceeded('units-per-line', 5, 5),
    );
    assert.deepEqual(await stockOf(db, tea), { total: 10, available: 5, reserved: 5 });
  });

  it('is for a reservation as well, and for an order that would wait or take what there is', async () => {
    const product = await stockedProduct(database.db, { stock: 2 });
    const refused = exceeded('units-per-line', 5, 5);
    await assert.rejects(reservation({ lineUnits: 5 }, anybody(), product, 6), refused);
    for (const onShortage of ['wait', 'partial'] as const) {
      await assert.rejects(order({ lineUnits: 5 }, anybody(), [item(product, 6)], { onShortage }), refused);
    }
  });

  it('comes before a shortage of stock, and behind an unknown product and one that is not for sale', async () => {
    const { db } = database;
    const [few, withdrawn] = [await stockedProduct(db, { stock: 1 }), await stockedProduct(db, { active: false })];
    const unknown = { id: v7(), sku: 'none' };
    for (const place of [
      (product: StockedProduct) => order({ lineUnits: 5 }, anybody(), [item(product, 6)]),
      (product: StockedProduct) => reservation({ lineUnits: 5 }, anybody(), product, 6),
    ]) {
      await assert.rejects(place(few), exceeded('units-per-line', 5, 5));
      await assert.rejects(place(withdrawn), { code: 'product-inactive' });
      await assert.rejects(place(unknown), { code: 'not-found' });
    }
  });
});

describe('The limit of units that an actor holds', () => {
  database.prepare();
  const five = { heldUnits: 5 };

  it('is for orders and reservations together, of one product, and says what is left', async () => {
    const { db } = database;
    const [tea, cup, anna] = [await stockedProduct(db), await stockedProduct(db), anybody()];
    await order(five, anna, [item(tea, 2)]);
    await reservation(five, anna, tea, 2);
    await assert.rejects(order(five, anna, [item(tea, 2)]), exceeded('held-units', 5, 1));
    await assert.rejects(reservation(five, anna, tea, 2), exceeded('held-units', 5, 1));
    await order(five, anna, [item(cup, 5), item(tea, 1)]);
    await assert.rejects(reservation(five, anna, tea), exceeded('held-units', 5, 0));
    assert.deepEqual(await stockOf(db, tea), { total: 10, available: 5, reserved: 5 });
  });

  it('is for each actor alone', async () => {
    const product = await stockedProduct(database.db);
    for (const actor of [anybody(), anybody()]) await order(five, actor, [item(product, 5)]);
  });

  it('counts the lines of an order once: one that is exactly within the limit is placed', async () => {
    const { db } = database;
    const [tea, cup] = [await stockedProduct(db, { stock: 20 }), await stockedProduct(db)];
    assert.equal((await order(five, anybody(), [item(tea, 3), item(cup, 5), item(tea, 2)])).quantity, 10);
    await assert.rejects(order(five, anybody(), [item(tea, 3), item(tea, 3)]), exceeded('held-units', 5, 5));
  });

  it('counts no more what was given up, what expired and what was confirmed', async () => {
    const product = await stockedProduct(database.db, { stock: 100 });
    const anna = anybody();
    for (const ending of ['released', 'expired', 'confirmed'] as const) {
      const { id: orderId } = await order(five, anna, [item(product, 5)]);
      await assert.rejects(reservation(five, anna, product), exceeded('held-units', 5, 0));
      await endOrderHold(database.db, { orderId }, ending, cause());
      const { id: reservationId } = await reservation(five, anna, product, 5);
      await assert.rejects(order(five, anna, [item(product)]), exceeded('held-units', 5, 0));
      await endReservationHold(database.db, { reservationId }, ending, cause());
    }
  });

  it('counts what an order waits for, until it gives up', async () => {
    const { db } = database;
    const [product, anna] = [await stockedProduct(db, { stock: 0 }), anybody()];
    const { id: orderId, waiting } = await order(five, anna, [item(product, 4)], { onShortage: 'wait' });
    assert.equal(waiting?.position, 1);
    await assert.rejects(order(five, anna, [item(product, 2)], { onShortage: 'wait' }), exceeded('held-units', 5, 1));
    await leaveWaitingList(db, { orderId, endedAs: 'cancelled' }, cause());
    assert.equal((await order(five, anna, [item(product, 5)], { onShortage: 'wait' })).waiting?.position, 1);
  });

  it('neither refuses a waiting order when its turn has come, nor counts it twice', async () => {
    const { db } = database;
    const [product, anna] = [await stockedProduct(db, { stock: 0 }), anybody()];
    const waiting = { orderId: v7(), onShortage: 'wait' } as const;
    await order(five, anna, [item(product, 5)], waiting);
    await countIn(db, product, 10);
    const served = await order(five, anna, [item(product, 5)], waiting);
    assert.deepEqual([served.waiting, served.reservations.length], [null, 1]);
    await assert.rejects(reservation(five, anna, product), exceeded('held-units', 5, 0));
    // Also where the limit has been lowered since it came.
    const bert = anybody();
    await order({}, bert, [item(product, 9)], { ...waiting, orderId: v7() });
    const late = { ...waiting, orderId: v7() };
    const cup = await stockedProduct(db, { stock: 0 });
    await order({}, bert, [item(cup, 9)], late);
    await countIn(db, cup, 9);
    assert.equal((await order({ heldUnits: 1, openHolds: 1, lineUnits: 1 }, bert, [item(cup, 9)], late)).waiting, null);
  });

  it('counts of a partial order what it got', async () => {
    const { db } = database;
    const [product, anna] = [await stockedProduct(db, { stock: 3 }), anybody()];
    const { quantity } = await order(five, anna, [item(product, 9)], { onShortage: 'partial' });
    assert.equal(quantity, 3);
    await countIn(db, product, 10);
    await assert.rejects(order(five, anna, [item(product, 3)]), exceeded('held-units', 5, 2));
    await order(five, anna, [item(product, 2)]);
  });

  it('is no matter of a partial order that gets nothing of the product', async () => {
    const { db } = database;
    const [tea, cup, anna] = [await stockedProduct(db, { stock: 5 }), await stockedProduct(db), anybody()];
    await order(five, anna, [item(tea, 5)]);
    // The limit was lowered since.
    const placed = await order({ heldUnits: 2 }, anna, [item(tea), item(cup)], { onShortage: 'partial' });
    assert.equal(placed.quantity, 1);
  });

  it('comes behind a shortage of stock: what is not there is not there for anybody', async () => {
    const [product, anna] = [await stockedProduct(database.db, { stock: 5 }), anybody()];
    await order(five, anna, [item(product, 5)]);
    await assert.rejects(order(five, anna, [item(product)]), { code: 'insufficient-stock' });
    await assert.rejects(reservation(five, anna, product), { code: 'insufficient-stock' });
  });
});

describe('The limit of open holds', () => {
  database.prepare();
  const two = { openHolds: 2 };

  it('counts orders once, however many lines they have, beside reservations and orders that wait', async () => {
    const { db } = database;
    const products = await Promise.all(Array.from({ length: 3 }, () => stockedProduct(db)));
    const [none, [first]] = [await stockedProduct(db, { stock: 0 }), products as [StockedProduct]];
    const many = products.map((product) => item(product));
    const [anna, bert] = [anybody(), anybody()];
    await order(two, anna, many);
    await order(two, anna, [item(none)], { onShortage: 'wait' });
    await assert.rejects(order(two, anna, many), exceeded('open-holds', 2, 0));
    await assert.rejects(order(two, anna, [item(none)], { onShortage: 'wait' }), exceeded('open-holds', 2, 0));
    await assert.rejects(reservation(two, anna, first), exceeded('open-holds', 2, 0));
    await order(two, bert, many);
    await reservation(two, bert, first);
    await assert.rejects(order(two, bert, many), exceeded('open-holds', 2, 0));
  });

  it('lets an actor on who has confirmed or given up one', async () => {
    const [product, anna] = [await stockedProduct(database.db, { stock: 50 }), anybody()];
    const first = await order(two, anna, [item(product)]);
    const second = await reservation(two, anna, product);
    await endOrderHold(database.db, { orderId: first.id }, 'confirmed', cause());
    const third = await order(two, anna, [item(product)]);
    await endReservationHold(database.db, { reservationId: second.id }, 'released', cause());
    await reservation(two, anna, product);
    await endOrderHold(database.db, { orderId: third.id }, 'expired', cause());
    await order(two, anna, [item(product)]);
    await assert.rejects(order(two, anna, [item(product)]), exceeded('open-holds', 2, 0));
  });
});

describe('What a limit refuses', () => {
  database.prepare();

  it('is refused for good and leaves nothing behind, also when there is room by then', async () => {
    const { db } = database;
    const [product, anna] = [await stockedProduct(db), anybody()];
    const one = limited({ openHolds: 1 });
    const { id: orderId } = await order(one, anna, [item(product)]);
    const input = orderToReserve({ items: [item(product)] });
    const again = () => reserveOrder(db, input, one, cause({ actor: anna }));
    const { entries } = await recording(db, () => assert.rejects(again(), exceeded('open-holds', 1, 0)));
    assert.deepEqual(entries, []);
    await endOrderHold(db, { orderId }, 'released', cause());
    await assert.rejects(again(), exceeded('open-holds', 1, 0));
    assert.deepEqual(await stockOf(db, product), { total: 10, available: 10, reserved: 0 });
  });

  it('is not what was placed already: an attempt that was not heard of finds it', async () => {
    const { db } = database;
    const [product, anna] = [await stockedProduct(db), anybody()];
    const one = limited({ openHolds: 1, heldUnits: 1, lineUnits: 1 });
    const ordered = orderToReserve({ items: [item(product)] });
    for (const _ of [1, 2]) {
      assert.equal((await reserveOrder(db, ordered, one, cause({ actor: anna }))).value.order.id, ordered.orderId);
    }
    const [bert, reserved] = [anybody(), stockToReserve({ productId: product.id })];
    for (const _ of [1, 2]) {
      assert.equal(
        (await reserveStock(db, reserved, one, cause({ actor: bert }))).reservation.id,
        reserved.reservationId,
      );
    }
  });
});

describe('Thirty at once by one actor', () => {
  database.prepare();

  it('of different products come to as many open holds as they may have', async () => {
    const { db } = database;
    const products = await Promise.all(Array.from({ length: 30 }, () => stockedProduct(db)));
    const anna = anybody();
    const { done, refused } = await atOnce(30, (n) =>
      n % 2 === 0
        ? order({ openHolds: 5 }, anna, [item(products[n] ?? assert.fail())])
        : reservation({ openHolds: 5 }, anna, products[n] ?? assert.fail()),
    );
    assert.equal(done, 5);
    assert.deepEqual(refused, times(25));
  });

  it('of one product come to as many units as they may hold', async () => {
    const { db } = database;
    const [product, anna] = [await stockedProduct(db, { stock: 100 }), anybody()];
    const { done, refused } = await atOnce(30, () => order({ heldUnits: 7 }, anna, [item(product, 2)]));
    assert.equal(done, 3);
    assert.deepEqual(refused, times(27));
    assert.deepEqual(await stockOf(db, product), { total: 100, available: 94, reserved: 6 });
  });

  it('that have the same products in different order do not deadlock, nor pass a limit', async () => {
    const { db } = database;
    const products = await Promise.all(Array.from({ length: 4 }, () => stockedProduct(db, { stock: 100 })));
    const [anna, bert] = [anybody(), anybody()];
    const { done, refused } = await atOnce(40, (n) => {
      const turned = [...products.slice(n % 4), ...products.slice(0, n % 4)].slice(0, 3);
      const items = (n % 3 === 0 ? turned.toReversed() : turned).map((product) => item(product));
      return order({ heldUnits: 100, openHolds: 6 }, n % 2 === 0 ? anna : bert, items);
    });
    assert.equal(done, 12);
    assert.deepEqual(refused, times(28));
  });

  it('do not pass a limit while orders that waited are served', async () => {
    const { db } = database;
    const [tea, cup, anna] = [
      await stockedProduct(db, { stock: 0 }),
      await stockedProduct(db, { stock: 99 }),
      anybody(),
    ];
    const waiting = { orderId: v7(), onShortage: 'wait' } as const;
    await order({}, anna, [item(tea, 3)], waiting);
    await countIn(db, tea, 9);
    const limits = { openHolds: 4, heldUnits: 3 };
    const { done, refused } = await atOnce(20, (n) =>
      n === 7 ? order(limits, anna, [item(tea, 3)], waiting) : order(limits, anna, [item(cup)]),
    );
    assert.equal(done, 4);
    assert.deepEqual(refused, times(16));
    const { open } = await db.transaction((trx) => lockHoldings(trx, anna, []));
    assert.equal(open, 4);
  });
});

describe('Two actors', () => {
  database.prepare();

  it('do not wait for one another: one is served while the other one is judged', async () => {
    const { db } = database;
    const [tea, cup, anna] = [await stockedProduct(db), await stockedProduct(db), anybody()];
    await db.transaction(async (trx) => {
      await lockHoldings(trx, anna, []);
      await order({ openHolds: 1 }, anybody(), [item(tea)]);
      // Without limits nobody is judged.
      await order({}, anna, [item(cup)]);
    });
  });

  it('have each their own', async () => {
    const { db } = database;
    const products = await Promise.all(Array.from({ length: 20 }, () => stockedProduct(db)));
    const [anna, bert] = [anybody(), anybody()];
    const { done, refused } = await atOnce(20, (n) =>
      order({ openHolds: 3 }, n % 2 === 0 ? anna : bert, [item(products[n] ?? assert.fail())]),
    );
    assert.equal(done, 6);
    assert.deepEqual(refused, times(14));
  });
});
