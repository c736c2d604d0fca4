import { strict as assert } from 'node:assert';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { readOrder } from '../../src/persistence/orders.ts';
import { readReservation } from '../../src/persistence/reservations.ts';
import { extendOrderUpdate } from '../../src/workflows/messages.ts';
import { NextCalls } from '../support/activities.ts';
import { activitiesOf } from '../support/history.ts';
import {
  extendOrder,
  notice,
  placeOrder,
  refusalFrom,
  stockedProduct,
  stockOf,
  transition,
  type StockedProduct,
} from '../support/orders.ts';
import { endReservation, extendReservation, placeReservation } from '../support/reservations.ts';
import { timeSkipping } from '../support/temporal.ts';
import { workerForTests } from '../support/worker.ts';

const later = (at: string | null, seconds: number) => new Date(Date.parse(at ?? '') + seconds * 1000).toISOString();

describe('the hold of an order that is extended', () => {
  const calls = new NextCalls();
  const here = workerForTests(timeSkipping, { wrap: calls.wrap });
  let product: StockedProduct;
  beforeEach(async () => (product = await stockedProduct(here.db)));

  const held = (more: object = {}) =>
    placeOrder(here.worker, { items: [{ productId: product.id, quantity: 3 }], holdSeconds: 600, ...more });
  const status = async (id: string) => (await readOrder(here.db, id))?.status;

  it('ends at its new end and not at the old one', async () => {
    const { id, handle, order } = await held();
    const extended = await extendOrder(handle, 600);
    assert.equal(extended.expiresAt, later(order.expiresAt, 600));
    assert.deepEqual(await readOrder(here.db, id), extended);
    await here.server.sleep('1180 seconds');
    assert.equal(await status(id), 'pending');
    assert.deepEqual(await handle.result(), { ending: 'cancelled' });
    assert.equal((await readOrder(here.db, id))?.cancelReason, 'expired');
    assert.deepEqual(await stockOf(here.db, product), { total: 10, available: 10, reserved: 0 });
    assert.deepEqual(await activitiesOf(handle), ['reserveOrder', 'extendHold', 'expireReservation']);
  });

  it('may be extended again, and confirmed in the time that it got', async () => {
    const { id, handle, order } = await held();
    // The first takes it from the clock of the database, which stands still while Temporal's runs ahead.
    await extendOrder(handle, 300);
    const extended = await extendOrder(handle, 300);
    assert.equal(extended.expiresAt, later(order.expiresAt, 600));
    await here.server.sleep('1180 seconds');
    assert.equal((await transition(handle, 'confirmed')).status, 'confirmed');
    await here.server.sleep('2 hours');
    assert.equal(await status(id), 'confirmed');
  });

  it('is extended by an extension that was taken before it ended, although it ends meanwhile', async () => {
    const gate = calls.holdUp('extendHold');
    const { id, handle } = await held({ holdSeconds: 3 });
    const extending = extendOrder(handle, 6);
    await gate.reached;
    await here.server.sleep('4 seconds');
    gate.open();
    assert.equal((await extending).status, 'pending');
    assert.equal(await status(id), 'pending');
    assert.deepEqual(await handle.result(), { ending: 'cancelled' });
    assert.deepEqual(await activitiesOf(handle), ['reserveOrder', 'extendHold', 'expireReservation']);
  });

  it('keeps its end when it cannot be extended so far', async () => {
    const { id, handle, order } = await held();
    const { code, details } = await refusalFrom(extendOrder(handle, 1201));
    assert.deepEqual([code, details], ['limit-exceeded', { limit: 'hold-extension', allowed: 1200, left: 1200 }]);
    assert.equal((await readOrder(here.db, id))?.expiresAt, order.expiresAt);
    await here.server.sleep('580 seconds');
    assert.equal(await status(id), 'pending');
    assert.deepEqual(await handle.result(), { ending: 'cancelled' });
  });

  it('cannot be extended once it is over', async () => {
    const { handle } = await held();
    await transition(handle, 'confirmed');
    const { code, details } = await refusalFrom(extendOrder(handle, 1));
    assert.deepEqual([code, details], ['reservation-ended', { endedAs: 'confirmed' }]);
    assert.deepEqual(await activitiesOf(handle), ['reserveOrder', 'fulfilReservation'], 'refused at the door');
  });

  for (const rules of [1, 2] as const) {
    it(`may be that of an order that was begun under rules ${rules}`, async () => {
      const { id, handle } = await held({ rules });
      await extendOrder(handle, 600);
      await here.server.sleep('1180 seconds');
      assert.equal(await status(id), 'pending');
      assert.deepEqual(await handle.result(), { ending: 'cancelled' });
    });
  }

  for (const seconds of [0, -1, 1.5, 864_001, '60', null]) {
    it(`is not extended by ${JSON.stringify(seconds)} seconds`, async () => {
      const { handle } = await held();
      const args = [{ ...notice(), seconds }] as never;
      await assert.rejects(handle.executeUpdate(extendOrderUpdate, { args }), (error) => {
        assert.ok(error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure);
        const { type, message } = error.cause;
        assert.deepEqual([type, message], ['validation-failed', 'seconds must be a whole number from 1 to 864000']);
        return true;
      });
      await transition(handle, 'cancelled');
    });
  }
});

describe('the hold of a standalone reservation that is extended', () => {
  const here = workerForTests(timeSkipping);

  it('ends at its new end and not at the old one', async () => {
    const { db, server, worker } = here;
    const product = await stockedProduct(db);
    const { id, handle, reservation } = await placeReservation(worker, { productId: product.id, holdSeconds: 600 });
    const extended = await extendReservation(handle, 900);
    assert.equal(extended.expiresAt, later(reservation.expiresAt, 900));
    await server.sleep('1480 seconds');
    assert.equal((await readReservation(db, id))?.isActive, true);
    assert.deepEqual(await handle.result(), { ending: 'expired' });
  });

  it('keeps its end when it cannot be extended so far, and is over when it is confirmed', async () => {
    const { db, worker } = here;
    const product = await stockedProduct(db);
    const { id, handle, reservation } = await placeReservation(worker, { productId: product.id, holdSeconds: 600 });
    assert.equal((await refusalFrom(extendReservation(handle, 1201))).code, 'limit-exceeded');
    assert.equal((await readReservation(db, id))?.expiresAt, reservation.expiresAt);
    await endReservation(handle, 'confirmed');
    assert.deepEqual(await handle.result(), { ending: 'confirmed' });
  });
});
