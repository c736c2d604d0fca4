import { strict as assert } from 'node:assert';
import { v7 } from 'uuid';
import { readOrder } from '../../src/persistence/orders.ts';
import { readReservation } from '../../src/persistence/reservations.ts';
import type { cleanUp } from '../../src/workflows/index.ts';
import { makeOverdue } from '../support/holds.ts';
import { auditOf, placeOrder, stockedProduct, stockOf } from '../support/orders.ts';
import { placeReservation } from '../support/reservations.ts';
import { devServer } from '../support/temporal.ts';
import { workerForTests } from '../support/worker.ts';

describe('the clean-up that runs on a schedule', () => {
  const here = workerForTests(devServer);

  it('expires what lost its workflow and leaves what has one alone', async () => {
    const product = await stockedProduct(here.db);
    const items = [{ productId: product.id, quantity: 2 }];
    const lost = await placeOrder(here.worker, { items });
    await lost.handle.terminate('lost');
    const lostReservation = await placeReservation(here.worker, { productId: product.id, quantity: 3 });
    await lostReservation.handle.terminate('lost');
    const slow = await placeOrder(here.worker, { items });
    await makeOverdue(here.db, { orderId: lost.id }, 90);
    await makeOverdue(here.db, { reservationId: lostReservation.id }, 90);
    await makeOverdue(here.db, { orderId: slow.id }, 90);

    const { expired } = await runCleanUp();
    assert.deepEqual(expired, {
      overdue: 3,
      released: 2,
      waitsEnded: 0,
      ordersCancelled: 1,
      open: 1,
      openWorkflows: [slow.handle.workflowId],
    });
    assert.equal((await readOrder(here.db, lost.id))?.cancelReason, 'expired');
    assert.equal((await readReservation(here.db, lostReservation.id))?.endedAs, 'expired');
    assert.equal((await readOrder(here.db, slow.id))?.status, 'pending');
    assert.deepEqual(await stockOf(here.db, product), { total: 10, available: 8, reserved: 2 });
    const last = (await auditOf(here.db, lost.id)).at(-1);
    assert.deepEqual([last?.actor, last?.workflowId], ['system', null]);

    const again = await runCleanUp();
    assert.deepEqual([again.expired.overdue, again.expired.released], [1, 0]);
  });

  it('finds nothing when every hold is kept by its workflow', async () => {
    const product = await stockedProduct(here.db);
    await placeOrder(here.worker, { items: [{ productId: product.id, quantity: 2 }] });
    assert.equal((await runCleanUp()).expired.released, 0);
  });

  function runCleanUp() {
    const { client, taskQueue } = here.worker;
    return client.workflow.execute<typeof cleanUp>('cleanUp', {
      workflowId: `clean-up-${v7()}`,
      args: [{ graceSeconds: 60, batchSize: 2 }],
      taskQueue,
    });
  }
});
