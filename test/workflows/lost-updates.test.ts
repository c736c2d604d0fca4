import { strict as assert } from 'node:assert';
import { v7 } from 'uuid';
import { moveOrder } from '../../src/api/move.ts';
import { DomainError } from '../../src/domain/errors.ts';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { cancelSignal, statusQuery } from '../../src/workflows/messages.ts';
import { advanceOrder, endOrderHold } from '../support/acting.ts';
import { cause, heldOrder, item } from '../support/holds.ts';
import {
  auditOf,
  notice,
  placeOrder,
  placeOrderThatIs,
  refusalFrom,
  stockedProduct,
  stockOf,
  transition,
  type PlacedOrder,
  type StockedProduct,
} from '../support/orders.ts';
import { timeSkipping } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { look } from '../support/waiting.ts';
import { workerForTests } from '../support/worker.ts';

describe('when the row of an order is ahead of its workflow, as after an update that was lost,', () => {
  const here = workerForTests(timeSkipping);
  const sold = { total: 7, available: 7, reserved: 0 };
  const whole = { total: 10, available: 10, reserved: 0 };

  for (const [from, lost, next] of [
    ['pending', 'confirmed', 'processing'],
    ['pending', 'confirmed', 'cancelled'],
    ['confirmed', 'processing', 'shipped'],
    ['processing', 'shipped', 'delivered'],
  ] as const) {
    it(`the step after it is taken all the same: ${from}, ${lost} and then ${next}`, async () => {
      const { placed, product } = await orderThatIs(from);
      await lose(placed, lost);
      assert.equal(await placed.handle.query(statusQuery), from);
      assert.equal(await movedTo(placed, next), next);
      await assertTaken(placed, next);
      assert.deepEqual((await stepsOf(placed)).slice(-2), [lost, next]);
      assert.deepEqual(await stockOf(here.db, product), next === 'cancelled' ? whole : sold);
    });

    it(`the same step is answered with the order, and taken once: ${from} and then ${lost}`, async () => {
      const { placed } = await orderThatIs(from);
      await lose(placed, lost);
      const steps = await stepsOf(placed);
      assert.equal(await movedTo(placed, lost), lost);
      await assertTaken(placed, lost);
      assert.deepEqual(await stepsOf(placed), steps);
    });
  }

  it('a step after several that were lost is taken all the same', async () => {
    const { placed } = await orderThatIs('pending');
    for (const step of ['confirmed', 'processing', 'shipped'] as const) await lose(placed, step);
    assert.equal(await movedTo(placed, 'delivered'), 'delivered');
    assert.deepEqual(await placed.handle.result(), { ending: 'delivered' });
    assert.deepEqual(await stepsOf(placed), ['confirmed', 'processing', 'shipped', 'delivered']);
  });

  it('a step that the row does not allow either is refused from where the row is', async () => {
    const { placed } = await orderThatIs('pending');
    await lose(placed, 'confirmed');
    const refused = (error: unknown) => {
      assert.ok(error instanceof DomainError);
      assert.deepEqual(error.details, { from: 'confirmed', to: 'delivered', allowed: ['processing', 'cancelled'] });
      return true;
    };
    await assert.rejects(movedTo(placed, 'delivered'), refused);
    assert.equal(await placed.handle.query(statusQuery), 'confirmed');
  });

  it('a step is refused by a workflow that believes its order to be waiting, and that will not look where it is', async () => {
    const product = await stockedProduct(here.db, { stock: 3 });
    const first = await heldOrder(here.db, item(product, 3));
    const items = [{ productId: product.id, quantity: 3 }];
    const placed = await placeOrder(here.worker, { items, onShortage: 'wait', waitSeconds: 600 });
    await endOrderHold(here.db, { orderId: first.id }, 'released', cause());
    await look(here.db, placed.id);
    await lose(placed, 'confirmed');
    await assert.rejects(movedTo(placed, 'processing'), (error) => {
      assert.ok(error instanceof DomainError);
      assert.deepEqual(error.details, { from: 'pending', to: 'processing', allowed: ['confirmed', 'cancelled'] });
      return true;
    });
    // The end of the waiting makes it look.
    await here.server.sleep('601 seconds');
    await until(async () => (await placed.handle.query(statusQuery)) === 'confirmed');
    assert.equal(await movedTo(placed, 'processing'), 'processing');
  });

  it('a cancellation by signal restocks what the row says is confirmed', async () => {
    const { placed, product } = await orderThatIs('pending');
    await lose(placed, 'confirmed');
    await placed.handle.signal(cancelSignal, notice());
    assert.deepEqual(await placed.handle.result(), { ending: 'cancelled' });
    assert.deepEqual(await stockOf(here.db, product), whole);
    assert.deepEqual(await stepsOf(placed), ['confirmed', 'cancelled']);
  });

  it('under rules 4 that cancellation is refused, as it was before', async () => {
    const product = await stockedProduct(here.db);
    const placed = await placeOrder(here.worker, { rules: 4, items: [{ productId: product.id, quantity: 3 }] });
    await lose(placed, 'confirmed');
    assert.deepEqual((await refusalFrom(transition(placed.handle, 'cancelled'))).details, {
      from: 'confirmed',
      to: 'cancelled',
      allowed: ['processing', 'cancelled'],
    });
    assert.equal((await readOrder(here.db, placed.id))?.status, 'confirmed');
  });

  for (const lost of ['delivered', 'cancelled'] as const) {
    it(`the workflow of an order that became ${lost} ends with whatever is asked of it next`, async () => {
      const { placed } = await orderThatIs(lost === 'delivered' ? 'shipped' : 'confirmed');
      await lose(placed, lost);
      assert.equal(await movedTo(placed, lost === 'delivered' ? 'cancelled' : 'shipped'), 'closed');
      assert.deepEqual(await placed.handle.result(), { ending: lost });
    });
  }

  it('the end of the hold leaves a confirmed order confirmed, and its workflow knows', async () => {
    const { placed, product } = await orderThatIs('pending', 60);
    await lose(placed, 'confirmed');
    await here.server.sleep('61 seconds');
    await until(async () => (await placed.handle.query(statusQuery)) === 'confirmed');
    assert.equal((await readOrder(here.db, placed.id))?.status, 'confirmed');
    assert.deepEqual(await stockOf(here.db, product), sold);
    assert.deepEqual(await stepsOf(placed), ['confirmed']);
  });

  it('the end of the hold ends the workflow of a cancelled order', async () => {
    const { placed, product } = await orderThatIs('pending', 60);
    await endOrderHold(here.db, { orderId: placed.id }, 'released', cause());
    await here.server.sleep('61 seconds');
    assert.deepEqual(await placed.handle.result(), { ending: 'cancelled' });
    assert.equal((await readOrder(here.db, placed.id))?.cancelReason, 'requested');
    assert.deepEqual(await stockOf(here.db, product), whole);
  });

  async function orderThatIs(
    status: OrderStatus,
    holdSeconds = 600,
  ): Promise<{ readonly placed: PlacedOrder; readonly product: StockedProduct }> {
    const product = await stockedProduct(here.db);
    const items = [{ productId: product.id, quantity: 3 }];
    return { product, placed: await placeOrderThatIs(status, here.worker, { items, holdSeconds }) };
  }

  /** Lets the row take a step of which the workflow does not hear, as when Temporal dies between its commit and the end of the task. */
  async function lose({ id: orderId }: PlacedOrder, step: Exclude<OrderStatus, 'pending'>): Promise<void> {
    if (step === 'confirmed') await endOrderHold(here.db, { orderId }, 'confirmed', cause());
    else await advanceOrder(here.db, { orderId, newStatus: step }, cause());
  }

  /** Moves an order as the API does; the status after it, or what else the answer was. */
  async function movedTo({ id }: PlacedOrder, new_status: OrderStatus): Promise<string> {
    const parts = { db: here.db, client: here.worker.client };
    const moved = await moveOrder(parts, id, { id: v7(), replayed: () => undefined }, { ...notice(), new_status });
    return moved.outcome === 'answered' ? moved.value.status : moved.outcome;
  }

  /** The workflow knows where its order is. */
  async function assertTaken({ id, handle }: PlacedOrder, status: OrderStatus): Promise<void> {
    assert.equal((await readOrder(here.db, id))?.status, status);
    assert.equal(await handle.query(statusQuery), status);
  }

  async function stepsOf({ id }: PlacedOrder): Promise<unknown[]> {
    const entries = (await auditOf(here.db, id)).filter(({ action }) => action === 'ORDER_STATUS_CHANGED');
    return entries.map(({ newValue }) => (newValue as { status: string }).status);
  }
});
