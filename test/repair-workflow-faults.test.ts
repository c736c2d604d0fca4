import assert from 'node:assert/strict';
import { v4 } from 'uuid';
import { findWorkflowFaults, type WorkflowFault } from '../src/find-workflow-faults.ts';
import { readOrder } from '../src/persistence/orders.ts';
import { repairWorkflowFaults } from '../src/repair-workflow-faults.ts';
import { currentRules, orderWorkflowId, returnWorkflowId } from '../src/workflows/messages.ts';
import { historyOf } from './support/history.ts';
import { cause, heldOrder, item, makeOverdue, orderIn, orderToReserve } from './support/holds.ts';
import { placeOrder, stockedProduct, stockOf, transition, type StockedProduct } from './support/orders.ts';
import { returnInput } from './support/returns.ts';
import { devServer } from './support/temporal.ts';
import { until } from './support/until.ts';
import { workerForTests } from './support/worker.ts';
import { endOrderHold, reserveOrder, returnItems } from './support/acting.ts';

describe('Repairing workflow faults', () => {
  const here = workerForTests(devServer);
  let product: StockedProduct;
  beforeEach(async () => (product = await stockedProduct(here.db, { stock: 5 })));

  /** Looks until the server's list of workflows has caught up and there are so many faults. */
  async function found(count: number, graceSeconds: number): Promise<WorkflowFault[]> {
    const { client } = here.server;
    let faults: WorkflowFault[] = [];
    await until(async () => {
      faults = await findWorkflowFaults({ db: here.db, client, graceSeconds });
      return faults.length === count;
    });
    return faults;
  }

  const statusOf = async ({ id }: { readonly id: string }): Promise<string> =>
    (await here.server.client.workflow.getHandle(orderWorkflowId(id)).describe()).status.name;

  it('leaves an order alone that was confirmed between the look and the repair', async () => {
    const { client } = here.server;
    const { id, handle } = await placeOrder(here.worker, { items: [item(product, 2)] });
    await makeOverdue(here.db, { orderId: id }, 300);
    const faults = await found(1, 60);
    assert.deepEqual(
      faults.map(({ finding }) => finding.kind),
      ['hold-overdue'],
    );
    await transition(handle, 'confirmed');
    const [repair] = await repairWorkflowFaults(
      { db: here.db, client, taskQueue: here.worker.taskQueue, cause: cause(), patience: 1000 },
      faults,
    );
    assert.equal((await readOrder(here.db, id))?.status, 'confirmed');
    assert.deepEqual(await stockOf(here.db, product), { total: 3, available: 3, reserved: 0 });
    assert.deepEqual([repair?.repaired, repair?.how], [true, 'its hold has ended by now']);
  });

  it('without a worker starts workflows all the same, leaves open ones to themselves, and says what to do', async () => {
    const taskQueue = `nobody-${v4()}`;
    const { client } = here.server;
    const lost = await heldOrder(here.db, item(product));
    const [overdue, ended] = [await heldOrder(here.db, item(product)), await heldOrder(here.db, item(product))];
    for (const { id } of [overdue, ended]) {
      await client.workflow.start('order', { workflowId: orderWorkflowId(id), taskQueue });
    }
    await makeOverdue(here.db, { orderId: overdue.id }, 300);
    await endOrderHold(here.db, { orderId: ended.id }, 'released', cause());
    await here
      .db('orders')
      .where({ id: ended.id })
      .update({ updated_at: new Date(0) });
    const faults = await found(3, 60);
    const repairs = await repairWorkflowFaults({ db: here.db, client, taskQueue, cause: cause() }, faults);
    assert.deepEqual(
      repairs.map(({ finding, repaired }) => [finding.kind, finding.objectId, repaired]),
      [
        ['order-without-workflow', lost.id, true],
        ['workflow-on-ended-order', ended.id, false],
        ['hold-overdue', overdue.id, false],
      ],
    );
    for (const { how } of repairs) assert.match(how, /No worker takes tasks: start one/);
    assert.equal(await statusOf(lost), 'RUNNING');
    assert.equal((await readOrder(here.db, overdue.id))?.status, 'pending');
    assert.equal(await statusOf(ended), 'RUNNING');
    for (const { id } of [lost, overdue, ended]) {
      await client.workflow.getHandle(orderWorkflowId(id)).terminate();
      await endOrderHold(here.db, { orderId: id }, 'released', cause());
    }
  });

  it('starts a workflow again with all that its order was placed with, how its units were looked for and for whom', async () => {
    const { client } = here.server;
    const rule = { allocation: 'nearest', region: 'north' } as const;
    const asked = orderToReserve({ items: [item(product)], holdSeconds: 345, reference: 'r-1', ...rule });
    const by = cause({ actor: 'key:web-shop', onBehalfOf: 'anna' });
    await reserveOrder(here.db, asked, by);
    const faults = await found(1, 60);
    await repairWorkflowFaults({ db: here.db, client, taskQueue: `nobody-${v4()}`, cause: cause() }, faults);
    const handle = client.workflow.getHandle(orderWorkflowId(asked.orderId));
    const [started] = await historyOf(handle);
    const [payload] = started?.event.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const { actor, onBehalfOf, requestId } = by;
    const input = { rules: currentRules, ...asked, onShortage: 'reject', actor, onBehalfOf, requestId };
    assert.deepEqual(JSON.parse(Buffer.from(payload?.data ?? []).toString()), input);
    await handle.terminate();
    await endOrderHold(here.db, { orderId: asked.orderId }, 'released', cause());
  });

  it('finds nothing to repair about returns, whether their workflow is gone or still open', async () => {
    const { client } = here.server;
    const { id: orderId } = await orderIn(here.db, 'delivered', item(product, 2));
    const inputs = [returnInput({ orderId }), returnInput({ orderId })];
    for (const input of inputs) await returnItems(here.db, input, cause());
    const [open] = inputs.map(({ returnId }) => returnWorkflowId(returnId));
    await client.workflow.start('orderReturn', { workflowId: open ?? '', taskQueue: `nobody-${v4()}` });
    await until(async () => {
      for await (const { workflowId } of client.workflow.list({ query: 'ExecutionStatus = "Running"' }))
        if (workflowId === open) return true;
      return false;
    });
    assert.deepEqual(await findWorkflowFaults({ db: here.db, client, graceSeconds: 0 }), []);
    await client.workflow.getHandle(open ?? '').terminate();
  });

  it('terminates a workflow that does not close, once its order has ended and holds nothing', async () => {
    const { client } = here.server;
    const { id } = await heldOrder(here.db, item(product));
    await client.workflow.start('order', { workflowId: orderWorkflowId(id), taskQueue: `nobody-${v4()}` });
    await endOrderHold(here.db, { orderId: id }, 'released', cause());
    const faults = await found(1, 0);
    const [repair] = await repairWorkflowFaults(
      { db: here.db, client, taskQueue: here.worker.taskQueue, cause: cause(), patience: 300 },
      faults,
    );
    assert.equal(repair?.repaired, true);
    assert.match(repair?.how ?? '', /terminated/);
    assert.equal(await statusOf({ id }), 'TERMINATED');
  });
});
