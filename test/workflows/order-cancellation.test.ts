import { strict as assert } from 'node:assert';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { statusQuery } from '../../src/workflows/messages.ts';
import { behindTheLedger } from '../support/ledger.ts';
import {
  auditOf,
  notice,
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
import { workerForTests } from '../support/worker.ts';

describe('cancelling an order', () => {
  const here = workerForTests(timeSkipping);
  const stock = {
    whole: { total: 10, available: 10, reserved: 0 },
    held: { total: 10, available: 7, reserved: 3 },
    sold: { total: 7, available: 7, reserved: 0 },
  };

  it('gives its stock back while it is pending', async () => {
    const { product, placed } = await orderThatIs('pending');
    assert.deepEqual(await stockOf(here.db, product), stock.held);
    const order = await transition(placed.handle, 'cancelled');
    assert.equal(order.cancelReason, 'requested');
    assert.equal(order.reservations[0]?.endedAs, 'released');
    assert.deepEqual(await placed.handle.result(), { ending: 'cancelled' });
    assert.deepEqual(await stockOf(here.db, product), stock.whole);
    const actions = (await auditOf(here.db, placed.id)).map(({ action }) => action);
    assert.deepEqual(actions.slice(2), ['RESERVATION_RELEASED', 'ORDER_STATUS_CHANGED']);
  });

  it('restocks it after its confirmation, which the audit log calls a stock adjustment', async () => {
    const { product, placed } = await orderThatIs('confirmed');
    assert.deepEqual(await stockOf(here.db, product), stock.sold);
    const by = notice({ actor: 'carla' });
    const order = await transition(placed.handle, 'cancelled', by);
    assert.equal(order.status, 'cancelled');
    assert.equal(order.cancelReason, 'requested');
    assert.equal(order.reservations[0]?.endedAs, 'confirmed');
    assert.deepEqual(await placed.handle.result(), { ending: 'cancelled' });
    assert.deepEqual(await stockOf(here.db, product), stock.whole);

    const adjustments = await here.db('audit_log').where({ action: 'STOCK_ADJUSTED', request_id: by.request_id });
    assert.deepEqual(
      adjustments.map(({ actor, object_type, object_id, old_value, new_value, workflow_id }) => ({
        actor,
        object_type,
        object_id,
        old_value,
        new_value,
        workflow_id,
      })),
      [
        {
          actor: 'carla',
          object_type: 'StockLevel',
          object_id: `${product.id}/MAIN`,
          old_value: stock.sold,
          new_value: { ...stock.whole, reason: 'order cancelled' },
          workflow_id: `order-${placed.id}`,
        },
      ],
    );
  });

  it('is refused when the restock would exceed what a stock level can hold, and the order goes on', async () => {
    const { product, placed } = await orderThatIs('confirmed');
    const full = { total: 2_147_483_645, available: 2_147_483_645, reserved: 0 };
    await behindTheLedger(here.db, (trx) => trx('stock_levels').where({ product_id: product.id }).update(full));
    const refusal = await refusalFrom(transition(placed.handle, 'cancelled'));
    assert.equal(refusal.code, 'stock-conflict');
    assert.deepEqual(await stockOf(here.db, product), full);
    assert.equal((await transition(placed.handle, 'processing')).status, 'processing');
  });

  it('gives its stock back when it is done by cancelling the workflow of a pending one', async () => {
    const { product, placed } = await orderThatIs('pending');
    await placed.handle.cancel();
    assert.deepEqual(await placed.handle.result(), { ending: 'cancelled' });
    assert.equal((await readOrder(here.db, placed.id))?.cancelReason, 'requested');
    assert.deepEqual(await stockOf(here.db, product), stock.whole);
    const last = (await auditOf(here.db, placed.id)).at(-1);
    assert.equal(last?.actor, 'system');
    assert.deepEqual(last?.newValue, { status: 'cancelled', reason: 'workflow cancelled' });
  });

  it('restocks it when it is done by cancelling the workflow of a confirmed one', async () => {
    const { product, placed } = await orderThatIs('confirmed');
    await placed.handle.cancel();
    assert.deepEqual(await placed.handle.result(), { ending: 'cancelled' });
    assert.deepEqual(await stockOf(here.db, product), stock.whole);
  });

  it('by cancelling its workflow is ignored once it is shipped, and it goes on to delivered', async () => {
    const { product, placed } = await orderThatIs('shipped');
    await placed.handle.cancel();
    await until(() => warningsOf(placed).length === 1);
    assert.equal(await placed.handle.query(statusQuery), 'shipped');
    assert.equal((await transition(placed.handle, 'delivered')).status, 'delivered');
    assert.deepEqual(await placed.handle.result(), { ending: 'delivered' });
    assert.deepEqual(await stockOf(here.db, product), stock.sold);
  });

  async function orderThatIs(status: OrderStatus): Promise<{ product: StockedProduct; placed: PlacedOrder }> {
    const product = await stockedProduct(here.db);
    const items = [{ productId: product.id, quantity: 3 }];
    return { product, placed: await placeOrderThatIs(status, here.worker, { items }) };
  }

  function warningsOf({ handle }: PlacedOrder) {
    return here.worker.warnings.filter(({ workflowId }) => workflowId === handle.workflowId);
  }
});
