import assert from 'node:assert/strict';
import { findWorkflowFaults } from '../src/find-workflow-faults.ts';
import { readOrder } from '../src/persistence/orders.ts';
import { repairWorkflowFaults } from '../src/repair-workflow-faults.ts';
import { cause, item, makeOverdue } from './support/holds.ts';
import { placeOrder, stockedProduct, stockOf, transition } from './support/orders.ts';
import { devServer } from './support/temporal.ts';
import { workerForTests } from './support/worker.ts';

describe('Repairing workflow faults', () => {
  const here = workerForTests(devServer);

  it('leaves an order alone that was confirmed between the look and the repair', async () => {
    const { client } = here.server;
    const product = await stockedProduct(here.db, { stock: 5 });
    const { id, handle } = await placeOrder(here.worker, { items: [item(product, 2)] });
    await makeOverdue(here.db, { orderId: id }, 300);
    const faults = await findWorkflowFaults({ db: here.db, client, graceSeconds: 60 });
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
});
