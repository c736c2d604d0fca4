import { strict as assert } from 'node:assert';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { v7 } from 'uuid';
import { readReservation } from '../../src/persistence/reservations.ts';
import { confirmSignal, releaseSignal, reservationWorkflowId } from '../../src/workflows/messages.ts';
import { NextCalls } from '../support/activities.ts';
import { activitiesOf, historyOf } from '../support/history.ts';
import { cause } from '../support/holds.ts';
import { notice, refusalFrom, stockedProduct, stockOf } from '../support/orders.ts';
import {
  endReservation,
  placeReservation,
  requestReservation,
  reservationHandle,
  reservationInput,
  type PlacedReservation,
} from '../support/reservations.ts';
import { timeSkipping } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { workerForTests } from '../support/worker.ts';
import { reserveStock } from '../support/acting.ts';

describe('a standalone reservation', () => {
  const calls = new NextCalls();
  const here = workerForTests(timeSkipping, { wrap: calls.wrap });
  const whole = { total: 10, available: 10, reserved: 0 };
  const held = { total: 10, available: 7, reserved: 3 };
  const sold = { total: 7, available: 7, reserved: 0 };

  it('holds its units until it is confirmed, which takes them out of the shop', async () => {
    const { product, placed } = await reserved();
    assert.deepEqual(await stockOf(here.db, product), held);
    const reservation = await endReservation(placed.handle, 'confirmed');
    assert.deepEqual(reservation, { ...placed.reservation, isActive: false, confirmed: true, endedAs: 'confirmed' });
    assert.deepEqual(await readReservation(here.db, placed.id), reservation);
    assert.deepEqual(await placed.handle.result(), { ending: 'confirmed' });
    assert.deepEqual(await stockOf(here.db, product), sold);
    assert.deepEqual(await actionsOf(placed), ['RESERVATION_CREATED', 'RESERVATION_FULFILLED']);
  });

  it('gives its units back when it is released', async () => {
    const { product, placed } = await reserved();
    const reservation = await endReservation(placed.handle, 'released');
    assert.deepEqual(reservation, { ...placed.reservation, isActive: false, endedAs: 'released' });
    assert.deepEqual(await placed.handle.result(), { ending: 'released' });
    assert.deepEqual(await stockOf(here.db, product), whole);
    assert.deepEqual(await actionsOf(placed), ['RESERVATION_CREATED', 'RESERVATION_RELEASED']);
  });

  it('gives its units back as the system when nobody confirms it within its hold', async () => {
    const { product, placed } = await reserved();
    await here.server.sleep('590 seconds');
    assert.equal((await readReservation(here.db, placed.id))?.isActive, true);
    assert.deepEqual(await placed.handle.result(), { ending: 'expired' });
    assert.equal((await readReservation(here.db, placed.id))?.endedAs, 'expired');
    assert.deepEqual(await stockOf(here.db, product), whole);
    const [, expired] = await entriesOf(placed);
    assert.deepEqual(
      [expired?.actor, expired?.action, expired?.request_id, expired?.old_value],
      ['system', 'RESERVATION_EXPIRED', null, { qty: 3 }],
    );
  });

  for (const [signal, ending] of [
    [confirmSignal, 'confirmed'],
    [releaseSignal, 'released'],
  ] as const) {
    it(`is ${ending} by the signal ${signal.name}`, async () => {
      const { product, placed } = await reserved();
      await placed.handle.signal(signal, notice({ actor: 'payments' }));
      assert.deepEqual(await placed.handle.result(), { ending });
      assert.deepEqual(await stockOf(here.db, product), ending === 'confirmed' ? sold : whole);
      assert.equal((await entriesOf(placed))[1]?.actor, 'payments');
    });
  }

  it('is released when its workflow is cancelled', async () => {
    const { product, placed } = await reserved();
    await placed.handle.cancel();
    assert.deepEqual(await placed.handle.result(), { ending: 'released' });
    assert.deepEqual(await stockOf(here.db, product), whole);
    assert.equal((await entriesOf(placed))[1]?.actor, 'system');
  });

  it('is refused when there is not enough stock, and leaves no row', async () => {
    const product = await stockedProduct(here.db, { stock: 2 });
    const input = reservationInput({ productId: product.id, quantity: 3 });
    const placement = await requestReservation(here.worker, input);
    assert.ok('refused' in placement);
    assert.deepEqual(placement.refused.details, {
      shortages: [{ productId: product.id, sku: product.sku, requested: 3, available: 2 }],
    });
    const result = await reservationHandle(here.worker, input.reservationId).result();
    assert.deepEqual(result, { ending: 'refused', refusal: placement.refused });
    assert.equal(await readReservation(here.db, input.reservationId), undefined);
    assert.deepEqual(await stockOf(here.db, product), { total: 2, available: 2, reserved: 0 });
  });

  it('is refused for a product that does not exist or is not for sale', async () => {
    const inactive = await stockedProduct(here.db, { active: false });
    for (const [productId, code] of [
      [v7(), 'not-found'],
      [inactive.id, 'product-inactive'],
    ] as const) {
      const placement = await requestReservation(here.worker, reservationInput({ productId }));
      assert.equal('refused' in placement && placement.refused.code, code);
    }
  });

  it('has one ending when it is confirmed and released at the same time: the second is refused', async () => {
    const { product, placed } = await reserved();
    const gate = calls.holdUp('fulfilReservation');
    const confirming = endReservation(placed.handle, 'confirmed');
    await gate.reached;
    const releasing = refusalFrom(endReservation(placed.handle, 'released'));
    await until(async () => (await countOf(placed, 'WORKFLOW_EXECUTION_UPDATE_ACCEPTED')) === 3);
    gate.open();
    assert.equal((await confirming).endedAs, 'confirmed');
    assert.deepEqual((await releasing).details, { endedAs: 'confirmed' });
    assert.deepEqual(await placed.handle.result(), { ending: 'confirmed' });
    assert.deepEqual(await stockOf(here.db, product), sold);
    assert.deepEqual(await activitiesOf(placed.handle), ['reserveStock', 'fulfilReservation']);
  });

  it('can no longer be reached when it has ended', async () => {
    const { placed } = await reserved();
    await endReservation(placed.handle, 'released');
    await placed.handle.result();
    await assert.rejects(endReservation(placed.handle, 'confirmed'), WorkflowNotFoundError);
    await assert.rejects(placed.handle.signal(confirmSignal, notice()), WorkflowNotFoundError);
  });

  it('ignores malformed signals and refuses malformed updates', async () => {
    const { placed } = await reserved();
    await placed.handle.signal<[unknown]>('confirm', { actor: 'nobody' });
    await placed.handle.signal('release');
    await until(() => warningsOf(placed) === 2);
    const malformed = [undefined, { ...notice() }, { ...notice(), end_as: 'expired' }, { end_as: 'confirmed' }];
    for (const payload of malformed) {
      const update = placed.handle.executeUpdate<unknown, [unknown]>('end', { args: [payload] });
      await assert.rejects(update, (error) => {
        assert.ok(error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure);
        return error.cause.type === 'validation-failed';
      });
    }
    assert.equal((await readReservation(here.db, placed.id))?.isActive, true);
    assert.equal((await endReservation(placed.handle, 'released')).endedAs, 'released');
  });

  it('a second time under the same id gives the first answer', async () => {
    const { product, placed } = await reserved();
    assert.deepEqual(await requestReservation(here.worker, placed.input), { reservation: placed.reservation });
    assert.deepEqual(await stockOf(here.db, product), held);
    await endReservation(placed.handle, 'released');
  });

  it('that exists already is taken up by its workflow with what is left of the hold', async () => {
    const product = await stockedProduct(here.db);
    const input = reservationInput({ productId: product.id, quantity: 3, holdSeconds: 600 });
    const { reservation } = await reserveStock(here.db, { ...input, holdSeconds: 60 }, cause());
    assert.deepEqual(await requestReservation(here.worker, input), { reservation });
    await here.server.sleep('70 seconds');
    await until(async () => (await readReservation(here.db, reservation.id))?.endedAs === 'expired');
    assert.deepEqual(await stockOf(here.db, product), whole);
  });

  async function reserved() {
    const product = await stockedProduct(here.db);
    return { product, placed: await placeReservation(here.worker, { productId: product.id, quantity: 3 }) };
  }

  async function entriesOf({ id }: PlacedReservation) {
    return here
      .db('audit_log')
      .where({ workflow_id: reservationWorkflowId(id) })
      .orderBy('id');
  }

  async function actionsOf(placed: PlacedReservation): Promise<unknown[]> {
    return (await entriesOf(placed)).map(({ action }) => action);
  }

  async function countOf({ handle }: PlacedReservation, type: string): Promise<number> {
    return (await historyOf(handle)).filter((event) => event.type === type).length;
  }

  function warningsOf({ handle }: PlacedReservation): number {
    return here.worker.warnings.filter(({ workflowId }) => workflowId === handle.workflowId).length;
  }
});
