import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import { DomainError } from '../../src/domain/errors.ts';
import type { Order } from '../../src/domain/order.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { readReservation } from '../../src/persistence/reservations.ts';
import { endOrderHold, endReservationHold } from '../support/acting.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, heldReservation, item, recording } from '../support/holds.ts';
import { allAtOnce } from '../support/locks.ts';
import { stockedProduct, stockOf, type StockedProduct } from '../support/orders.ts';
import { queued } from '../support/waiting.ts';
import { extendOrderHold, extendReservationHold } from '../support/as-worker.ts';

const database = testDatabase({ balanced: true });
const factor = 3;

const later = (at: string | null, seconds: number) => new Date(Date.parse(at ?? '') + seconds * 1000).toISOString();

const refusalOf = async (extending: Promise<unknown>) => {
  const error = await extending.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(error instanceof DomainError);
  return [error.code, error.details] as const;
};

describe('The hold of an order that is extended', () => {
  database.prepare();
  let product: StockedProduct;
  beforeEach(async () => (product = await stockedProduct(database.db, { stock: 10 })));

  const extend = ({ id: orderId, expiresAt }: Order, seconds: number) =>
    extendOrderHold(database.db, { orderId, seconds, expiresAt: expiresAt ?? '' }, factor, cause());

  it('ends later, with all its reservations, and moves no stock; one entry says so', async () => {
    const { db } = database;
    const order = await heldOrder(db, item(product, 2), item(await stockedProduct(db)));
    const by = cause();
    const input = { orderId: order.id, seconds: 300, expiresAt: order.expiresAt ?? '', reason: 'waits for the bank' };
    const { result, entries } = await recording(db, () => extendOrderHold(db, input, factor, by));
    const expiresAt = later(order.expiresAt, 300);
    assert.equal(result.order.expiresAt, expiresAt);
    assert.deepEqual(
      result.order.reservations,
      order.reservations.map((one) => ({ ...one, expiresAt, extendedSeconds: 300 })),
    );
    assert.ok(result.remainingHoldMs > 890_000 && result.remainingHoldMs <= 900_000);
    assert.deepEqual(await readOrder(db, order.id), result.order);
    assert.deepEqual(await stockOf(db, product), { total: 10, available: 8, reserved: 2 });
    assert.deepEqual(
      entries.map(({ action, objectType, objectId, oldValue, newValue, actor }) => {
        return { action, objectType, objectId, oldValue, newValue, actor };
      }),
      [
        {
          action: 'HOLD_EXTENDED',
          objectType: 'Order',
          objectId: order.id,
          oldValue: { expires_at: order.expiresAt },
          newValue: { expires_at: expiresAt, seconds: 300, reason: 'waits for the bank' },
          actor: by.actor,
        },
      ],
    );
  });

  it('is extended once by one step, however often that is tried, also at once and long after', async () => {
    const order = await heldOrder(database.db, item(product));
    const tries = await allAtOnce(database.db, product.id, 3, () =>
      Promise.all([1, 2, 3].map(() => extend(order, 100))),
    );
    for (const { order: after } of tries) assert.equal(after.expiresAt, later(order.expiresAt, 100));
    const [first] = tries;
    assert.ok(first);
    await extend(first.order, 50);
    // An attempt of the first step that had been asleep.
    const { order: after } = await extend(order, 100);
    assert.equal(after.expiresAt, later(order.expiresAt, 150));
    assert.deepEqual(
      after.reservations.map(({ extendedSeconds }) => extendedSeconds),
      [150],
    );
  });

  it('lasts at most three times as long, and the refusal tells what is left', async () => {
    const order = await heldOrder(database.db, item(product));
    const { order: extended } = await extend(order, 1000);
    const details = { limit: 'hold-extension', allowed: 1200, left: 200 };
    assert.deepEqual(await refusalOf(extend(extended, 201)), ['limit-exceeded', details]);
    assert.deepEqual(await readOrder(database.db, order.id), extended);
    const { order: whole } = await extend(extended, 200);
    assert.deepEqual(await refusalOf(extend(whole, 1)), ['limit-exceeded', { ...details, left: 0 }]);
  });

  for (const endedAs of ['confirmed', 'released', 'expired'] as const) {
    it(`cannot be extended when it has ended as ${endedAs}`, async () => {
      const order = await heldOrder(database.db, item(product));
      await endOrderHold(database.db, { orderId: order.id }, endedAs, cause());
      assert.deepEqual(await refusalOf(extend(order, 1)), ['reservation-ended', { endedAs }]);
    });
  }

  it('has not begun while the order waits', async () => {
    const { db } = database;
    const waiting = await queued(db, await stockedProduct(db, { stock: 0 }), 1);
    const { code, details } = await extendOrderHold(
      db,
      { orderId: waiting.id, seconds: 1, expiresAt: '' },
      factor,
      cause(),
    ).then(
      () => assert.fail('it was extended'),
      (error: DomainError) => error,
    );
    assert.deepEqual([code, details], ['not-reserved', { orderId: waiting.id, until: waiting.waiting?.until }]);
  });

  it('is refused for an order that does not exist', async () => {
    const extension = { orderId: v7(), seconds: 1, expiresAt: '' };
    const [code] = await refusalOf(extendOrderHold(database.db, extension, factor, cause()));
    assert.equal(code, 'not-found');
  });
});

describe('The hold of a standalone reservation that is extended', () => {
  database.prepare();

  it('ends later once, within the same bounds, with one entry', async () => {
    const { db } = database;
    const held = await heldReservation(db, item(await stockedProduct(db)));
    const extend = (expiresAt: string, seconds: number) =>
      extendReservationHold(db, { reservationId: held.id, seconds, expiresAt }, factor, cause());
    const { result, entries } = await recording(db, () => extend(held.expiresAt, 60));
    const expiresAt = later(held.expiresAt, 60);
    assert.deepEqual(result.reservation, { ...held, expiresAt, extendedSeconds: 60 });
    assert.deepEqual(
      entries.map(({ action, objectId, newValue }) => [action, objectId, newValue]),
      [['HOLD_EXTENDED', held.id, { expires_at: expiresAt, seconds: 60 }]],
    );
    assert.deepEqual((await extend(held.expiresAt, 60)).reservation, result.reservation);
    const details = { limit: 'hold-extension', allowed: 1200, left: 1140 };
    assert.deepEqual(await refusalOf(extend(expiresAt, 1141)), ['limit-exceeded', details]);
    assert.deepEqual(await readReservation(db, held.id), result.reservation);

    await endReservationHold(db, { reservationId: held.id }, 'released', cause());
    assert.deepEqual(await refusalOf(extend(expiresAt, 1)), ['reservation-ended', { endedAs: 'released' }]);
  });

  it('is not that of an order, and not of one that does not exist', async () => {
    const { db } = database;
    const order = await heldOrder(db, item(await stockedProduct(db)));
    const of = (reservationId: string) =>
      refusalOf(extendReservationHold(db, { reservationId, seconds: 1, expiresAt: '' }, factor, cause()));
    assert.deepEqual(await of(order.reservations[0]?.id ?? ''), ['belongs-to-order', { orderId: order.id }]);
    assert.equal((await of(v7()))[0], 'not-found');
  });
});
