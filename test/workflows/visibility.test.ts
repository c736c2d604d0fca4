import { strict as assert } from 'node:assert';
import type { temporal } from '@temporalio/proto';
import type { WorkflowHandle } from '@temporalio/client';
import { searchableSkus } from '../../src/workflows/messages.ts';
import { NextCalls } from '../support/activities.ts';
import { activitiesOf, historyOf } from '../support/history.ts';
import { placeOrder, stockedProduct, transition } from '../support/orders.ts';
import { placeReservation } from '../support/reservations.ts';
import { devServer } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { workerForTests } from '../support/worker.ts';

describe('what Temporal shows', () => {
  const calls = new NextCalls();
  const here = workerForTests(devServer, { wrap: calls.wrap });

  it('of an order can be searched by status, total and SKU, and follows it', async () => {
    const [tea, milk] = [
      await stockedProduct(here.db, { priceMinor: 1250n }),
      await stockedProduct(here.db, { priceMinor: 99n }),
    ];
    const { handle } = await placeOrder(here.worker, {
      items: [
        { productId: tea.id, quantity: 2 },
        { productId: milk.id, quantity: 1 },
      ],
    });
    assert.deepEqual(await attributesOf(handle), {
      OrderStatus: ['pending'],
      OrderTotal: [25.99],
      Skus: [tea.sku, milk.sku],
    });
    await until(async () => (await found(`OrderStatus = "pending" AND Skus = "${milk.sku}"`)).length === 1);
    await transition(handle, 'confirmed');
    assert.deepEqual((await attributesOf(handle)).OrderStatus, ['confirmed']);
    const query = `OrderStatus = "confirmed" AND OrderTotal > 25.98 AND Skus = "${tea.sku}"`;
    await until(async () => (await found(query)).length === 1);
    assert.deepEqual(await found(query), [handle.workflowId]);
    await transition(handle, 'cancelled');
    assert.deepEqual((await attributesOf(handle)).OrderStatus, ['cancelled']);
  });

  it('of an order with more products can be searched by its first ten SKUs, the longest too', async () => {
    const products = [];
    for (let index = 0; index <= searchableSkus; index++) {
      products.push(await stockedProduct(here.db, { sku: `${'x'.repeat(61)}-${index}` }));
    }
    const { handle } = await placeOrder(here.worker, {
      items: products.map(({ id }) => ({ productId: id, quantity: 1 })),
    });
    const skus = products.map(({ sku }) => sku).slice(0, searchableSkus);
    assert.deepEqual((await attributesOf(handle)).Skus, skus);
    await transition(handle, 'cancelled');
  });

  it('of an order says in words and a table where it stands', async () => {
    const tea = await stockedProduct(here.db, { priceMinor: 1250n, name: 'Tea | green' });
    const { id, order, handle } = await placeOrder(here.worker, { items: [{ productId: tea.id, quantity: 2 }] });
    const table = [
      '',
      '| SKU | product | quantity | unit price | line total |',
      '|---|---|---:|---:|---:|',
      `| ${tea.sku} | Tea \\| green | 2 | 12.50 | 25.00 |`,
    ];
    assert.equal(
      await detailsOf(handle),
      [`**Order ${id}** is **pending**, total **25.00**`, `Held until ${order.expiresAt}`, ...table].join('\n'),
    );
    await transition(handle, 'cancelled');
    await handle.result();
    assert.equal(
      await detailsOf(handle),
      [`**Order ${id}** is **cancelled (requested)**, total **25.00**`, ...table].join('\n'),
    );
  });

  it('of a reservation says in words where it stands', async () => {
    const tea = await stockedProduct(here.db);
    const { id, reservation, handle } = await placeReservation(here.worker, { productId: tea.id, quantity: 2 });
    const state = `**held until ${reservation.expiresAt}**`;
    assert.equal(await detailsOf(handle), `**Reservation ${id}**: 2 units of product ${tea.id}, ${state}`);
    await handle.cancel();
    await handle.result();
    assert.match(await detailsOf(handle), /, \*\*released\*\*$/);
  });

  it('of a history names the timer and the activities by what they are for', async () => {
    const tea = await stockedProduct(here.db);
    const { handle } = await placeOrder(here.worker, { items: [{ productId: tea.id, quantity: 2 }] });
    calls.next('fulfilReservation', () => Promise.reject(new Error('not within the task')));
    await transition(handle, 'confirmed');
    await transition(handle, 'cancelled');
    await handle.result();
    const named = (await historyOf(handle))
      .filter(({ type }) => type === 'TIMER_STARTED' || type === 'ACTIVITY_TASK_SCHEDULED')
      .map(({ event }) => JSON.parse(Buffer.from(event.userMetadata?.summary?.data ?? '""').toString()) as string);
    assert.deepEqual(named, ['hold', 'pending → confirmed', 'confirmed → cancelled']);
    // Carried out within a task of the workflow, they have nothing but their names: the first, and that which failed.
    const all = ['reserveOrder', 'fulfilReservation', 'fulfilReservation', 'advanceOrder'];
    assert.deepEqual(await activitiesOf(handle), all);
  });

  async function attributesOf(handle: WorkflowHandle): Promise<Record<string, unknown>> {
    const { searchAttributes } = await handle.describe();
    const { OrderStatus, OrderTotal, Skus } = searchAttributes;
    return { OrderStatus, OrderTotal, Skus };
  }

  async function found(query: string): Promise<string[]> {
    const ids = [];
    for await (const { workflowId } of here.server.client.workflow.list({ query })) ids.push(workflowId);
    return ids;
  }

  /** The markdown at the top of a workflow's page in the Web UI. */
  async function detailsOf(handle: WorkflowHandle): Promise<string> {
    const metadata = await handle.query<temporal.api.sdk.v1.IWorkflowMetadata>('__temporal_workflow_metadata');
    return metadata.currentDetails ?? '';
  }
});
