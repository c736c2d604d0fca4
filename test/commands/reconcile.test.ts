import assert from 'node:assert/strict';
import { v4 } from 'uuid';
import { statusChange } from '../../src/activities/status-change.ts';
import { adjustStock } from '../../src/api/stock.ts';
import { describeError } from '../../src/commands/describe-error.ts';
import { addReconcileCommand, runReconcile, type ReconcileInput } from '../../src/commands/reconcile.ts';
import { loadConfig } from '../../src/config.ts';
import { systemActor } from '../../src/domain/audit.ts';
import { workflowFindingKinds } from '../../src/domain/finding.ts';
import { orderStatuses } from '../../src/domain/order-status.ts';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { readReservation } from '../../src/persistence/reservations.ts';
import { orderWorkflowId, reservationWorkflowId } from '../../src/workflows/messages.ts';
import { claim } from '../support/damage.ts';
import { runCli } from '../support/cli.ts';
import { parseCommand } from '../support/command.ts';
import { cause, heldOrder, item, makeOverdue } from '../support/holds.ts';
import { placeOrder, placeOrderThatIs, stockedProduct, transition, type StockedProduct } from '../support/orders.ts';
import { endReservation, placeReservation, reservationHandle } from '../support/reservations.ts';
import { devServer } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { workerForTests } from '../support/worker.ts';
import { endOrderHold, endReservationHold } from '../support/acting.ts';
import { urlAsRole } from '../support/postgres.ts';

/** Instances of each damage. */
const k = 3;

const open = ['pending', 'confirmed', 'processing', 'shipped'] as const;

describe('earmark reconcile', function () {
  // The command is run several times as a process of its own, which takes its time on a busy machine.
  this.timeout(90_000);
  const here = workerForTests(devServer);
  const tried = new Set<string>();
  let product: StockedProduct;
  beforeEach(async () => (product = await stockedProduct(here.db, { stock: 1000 })));

  interface Document {
    readonly request_id: string;
    readonly findings: readonly { readonly kind: string; readonly object_id: string }[];
    readonly repairs: readonly { readonly kind: string; readonly object_id: string; readonly repaired: boolean }[];
  }

  /** Runs the command's work with `--json` and gives what it printed and how many findings remain. */
  async function reconcile(input: Partial<ReconcileInput> = {}): Promise<Document & { readonly remaining: number }> {
    const lines: string[] = [];
    const remaining = await runReconcile({
      config: loadConfig({}),
      servers: { databaseUrl: urlAsRole(here.url, 'worker'), temporalAddress: here.server.address },
      input: { repair: false, json: true, graceSeconds: 60, requestId: v4(), ...input },
      print: (line) => lines.push(line),
      taskQueue: here.worker.taskQueue,
    });
    assert.equal(lines.length, 1);
    return { ...(JSON.parse(lines[0] ?? '') as Document), remaining };
  }

  /** Repairs, and sees that it found and repaired exactly these, and that a second repair has nothing to do. */
  async function repairs(kind: string, ids: readonly string[], graceSeconds = 60): Promise<void> {
    tried.add(kind);
    const found = await reconcile({ graceSeconds });
    assert.deepEqual(
      found.findings.map(({ kind, object_id }) => `${kind} ${object_id}`).toSorted(),
      ids.map((id) => `${kind} ${id}`).toSorted(),
    );
    assert.equal(found.remaining, ids.length);
    const repair = await reconcile({ graceSeconds, repair: true });
    assert.deepEqual(
      repair.repairs.map(({ kind, object_id, repaired }) => `${kind} ${object_id} ${repaired}`).toSorted(),
      ids.map((id) => `${kind} ${id} true`).toSorted(),
    );
    assert.equal(repair.remaining, 0);
    const entries = await here.db('audit_log').orderBy('id');
    await allListed();
    const again = await reconcile({ graceSeconds, repair: true });
    assert.deepEqual(again.repairs, []);
    assert.deepEqual(await here.db('audit_log').orderBy('id'), entries);
    assert.deepEqual(await findDiscrepancies(here.db), []);
  }

  /** Waits until the server's list of workflows has caught up with what was just started. */
  async function allListed(): Promise<void> {
    const ids = (await here.db('orders').pluck('id')).map(orderWorkflowId) as string[];
    for (const id of await here.db('reservations').whereNull('order_id').pluck('id'))
      ids.push(reservationWorkflowId(id));
    await until(async () => {
      const listed = new Set<string>();
      const query = 'ExecutionStatus = "Running"';
      for await (const { workflowId } of here.server.client.workflow.list({ query })) listed.add(workflowId);
      const running = await Promise.all(ids.map(isRunning));
      return ids.every((id, index) => !running[index] || listed.has(id));
    });
  }

  async function isRunning(workflowId: string): Promise<boolean> {
    const description = here.server.client.workflow.getHandle(workflowId).describe();
    return description.then(
      ({ status }) => status.name === 'RUNNING',
      () => false,
    );
  }

  /** Takes a workflow away as if Temporal had lost it. */
  async function lose(workflowId: string): Promise<void> {
    const { client } = here.server;
    await client.workflowService.deleteWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId },
    });
    await until(async () => !(await isRunning(workflowId)));
  }

  it('finds nothing on a healthy system, whatever state its orders are in', async () => {
    for (const status of orderStatuses) await placeOrderThatIs(status, here.worker, { items: [item(product)] });
    await placeReservation(here.worker, { productId: product.id });
    const { handle } = await placeReservation(here.worker, { productId: product.id });
    await endReservation(handle, 'confirmed');
    await allListed();
    assert.deepEqual((await reconcile({ graceSeconds: 0 })).findings, []);
    assert.deepEqual((await reconcile({ graceSeconds: 0, repair: true })).repairs, []);
  });

  for (const status of open) {
    it(`starts the lost workflows of ${status} orders again, which then go on to their end`, async () => {
      const placed = [];
      for (let n = 0; n < k; n++) {
        placed.push(await placeOrderThatIs(status, here.worker, { items: [item(product, 2)], reference: `r-${n}` }));
      }
      const [first, ...others] = placed;
      await first?.handle.terminate('lost');
      for (const { handle } of others) await lose(handle.workflowId);
      await allListed();
      await repairs(
        'order-without-workflow',
        placed.map(({ id }) => id),
      );
      for (const { id } of placed) {
        const handle = here.server.client.workflow.getHandle(orderWorkflowId(id));
        const steps = ['confirmed', 'processing', 'shipped', 'delivered'] as const;
        for (const step of steps.slice(open.indexOf(status))) await transition(handle, step);
        assert.equal((await readOrder(here.db, id))?.status, 'delivered');
        assert.deepEqual(await handle.result(), { ending: 'delivered' });
      }
    });
  }

  it('ends pending orders that lost their workflow and are overdue', async () => {
    const ids: string[] = [];
    for (let n = 0; n < k; n++) {
      const { id, handle } = await placeOrder(here.worker, { items: [item(product, 2)] });
      await lose(handle.workflowId);
      await makeOverdue(here.db, { orderId: id }, 300);
      ids.push(id);
    }
    await allListed();
    const { repairs } = await reconcile({ repair: true });
    assert.deepEqual(repairs.map(({ object_id }) => object_id).toSorted(), ids.toSorted());
    for (const id of ids) {
      await until(async () => (await readOrder(here.db, id))?.status === 'cancelled');
      assert.equal((await readOrder(here.db, id))?.cancelReason, 'expired');
    }
  });

  it('starts the lost workflows of standalone reservations again', async () => {
    const ids: string[] = [];
    for (let n = 0; n < k; n++) {
      const { id, handle } = await placeReservation(here.worker, { productId: product.id, quantity: 2 });
      await lose(handle.workflowId);
      ids.push(id);
    }
    await allListed();
    await repairs('reservation-without-workflow', ids);
    for (const id of ids) {
      const ended = await endReservation(reservationHandle(here.worker, id), 'confirmed');
      assert.equal(ended.endedAs, 'confirmed');
    }
  });

  it('closes the workflows of orders that ended behind their back', async () => {
    const ids: string[] = [];
    for (const endedAs of ['released', 'expired'] as const) {
      const { id } = await placeOrder(here.worker, { items: [item(product)] });
      await endOrderHold(here.db, { orderId: id }, endedAs, cause());
      ids.push(id);
    }
    await allListed();
    assert.deepEqual((await reconcile()).findings, [], 'their workflows may still be at it');
    await repairs('workflow-on-ended-order', ids, 0);
    for (const id of ids) assert.equal(await isRunning(orderWorkflowId(id)), false);
  });

  it('closes the workflows of reservations that ended behind their back', async () => {
    const ids: string[] = [];
    for (const endedAs of ['released', 'expired', 'confirmed'] as const) {
      const { id } = await placeReservation(here.worker, { productId: product.id });
      await endReservationHold(here.db, { reservationId: id }, endedAs, cause());
      ids.push(id);
    }
    await allListed();
    await repairs('workflow-on-ended-reservation', ids, 0);
    for (const id of ids) assert.equal(await isRunning(reservationWorkflowId(id)), false);
  });

  it('ends overdue holds whose workflow is open and does not', async () => {
    const ids: string[] = [];
    for (let n = 0; n < k; n++) {
      const { id } = await placeOrder(here.worker, { items: [item(product), item(await stockedProduct(here.db))] });
      await makeOverdue(here.db, { orderId: id }, 300);
      ids.push(id);
    }
    const { id: reservationId } = await placeReservation(here.worker, { productId: product.id });
    await makeOverdue(here.db, { reservationId }, 300);
    await allListed();
    await repairs('hold-overdue', [...ids, reservationId]);
    for (const id of ids) {
      assert.equal((await readOrder(here.db, id))?.cancelReason, 'expired');
      assert.equal(await isRunning(orderWorkflowId(id)), false);
    }
    assert.equal((await readReservation(here.db, reservationId))?.endedAs, 'expired');
  });

  /** An order that waits for a product of which there is nothing. */
  async function waitingOrder(scarce: StockedProduct) {
    const placed = await placeOrder(here.worker, { items: [item(scarce, 2)], onShortage: 'wait' });
    assert.ok(placed.order.waiting);
    return placed;
  }

  it('starts the lost workflows of orders that wait again, which are then served in their turn', async () => {
    const scarce = await stockedProduct(here.db, { stock: 0 });
    const placed = [];
    for (let n = 0; n < k; n++) placed.push(await waitingOrder(scarce));
    for (const { handle } of placed) await lose(handle.workflowId);
    await allListed();
    const ids = placed.map(({ id }) => id);
    await repairs('order-without-workflow', ids);
    await adjustStock(here.db, scarce.id, { delta: 3, reason: 'delivery' }, cause());
    await reconcile({ repair: true });
    const [first = '', ...others] = ids;
    await until(async () => (await readOrder(here.db, first))?.waiting === null);
    const served = await transition(here.server.client.workflow.getHandle(orderWorkflowId(first)), 'confirmed');
    assert.equal(served.status, 'confirmed');
    for (const id of others) {
      assert.equal((await readOrder(here.db, id))?.waiting?.position, 1);
      await transition(here.server.client.workflow.getHandle(orderWorkflowId(id)), 'cancelled');
    }
  });

  it('ends waits that are overdue and whose workflow is open and does not', async () => {
    const scarce = await stockedProduct(here.db, { stock: 0 });
    const ids: string[] = [];
    for (let n = 0; n < k; n++) ids.push((await waitingOrder(scarce)).id);
    const until = here.db.raw(`now() - interval '300 seconds'`);
    await here.db('waiting_list').whereIn('order_id', ids).update({ until });
    await allListed();
    await repairs('wait-overdue', ids);
    for (const id of ids) {
      assert.equal((await readOrder(here.db, id))?.cancelReason, 'not-available');
      assert.equal(await isRunning(orderWorkflowId(id)), false);
    }
  });

  it('wakes the order whose turn a repair has made', async () => {
    const scarce = await stockedProduct(here.db, { stock: 2 });
    const { id: inTheWay, handle } = await placeOrder(here.worker, { items: [item(scarce, 2)] });
    const { id } = await waitingOrder(scarce);
    await lose(handle.workflowId);
    // As nothing of Earmark does it: cancelled, and its units are still held.
    await here.db('orders').where({ id: inTheWay }).update({ status: 'cancelled', cancel_reason: 'requested' });
    await claim(here.db, statusChange(inTheWay, 'pending', 'cancelled'));
    await allListed();
    const { repairs, remaining } = await reconcile({ repair: true });
    assert.deepEqual(
      repairs.map(({ kind, object_id }) => [kind, object_id]),
      [['order-reservations', inTheWay]],
    );
    assert.equal(remaining, 0);
    await until(async () => (await readOrder(here.db, id))?.waiting === null);
    await transition(here.server.client.workflow.getHandle(orderWorkflowId(id)), 'confirmed');
  });

  it('repairs rows before it compares them with Temporal', async () => {
    const { id } = await placeOrder(here.worker, { items: [item(product)] });
    await here.db('orders').where({ id }).update({ status: 'delivered' });
    await allListed();
    const { repairs, remaining, request_id } = await reconcile({ repair: true, graceSeconds: 0 });
    assert.deepEqual([...new Set(repairs.map(({ object_id }) => object_id))], [id]);
    assert.equal(remaining, 0);
    const [entry] = await here.db('audit_log').where({ object_id: id, action: 'REPAIRED' });
    assert.deepEqual([entry.actor, entry.request_id, entry.workflow_id], [systemActor, request_id, null]);
    assert.equal(
      (await transition(here.server.client.workflow.getHandle(orderWorkflowId(id)), 'confirmed')).status,
      'confirmed',
    );
  });

  it('has been tried with every kind of fault', () => {
    assert.deepEqual(
      workflowFindingKinds.filter((kind) => !tried.has(kind)),
      [],
    );
  });

  it('touches nothing when the Temporal namespace does not exist, where every workflow would look gone', async () => {
    const { id } = await heldOrder(here.db, item(product));
    await here.db('orders').where({ id }).update({ status: 'confirmed' });
    const elsewhere = runReconcile({
      config: { ...loadConfig({}), temporal: { namespace: 'no-such-namespace', connection: {} } },
      servers: { databaseUrl: urlAsRole(here.url, 'worker'), temporalAddress: here.server.address },
      input: { repair: true, json: false, graceSeconds: 60, requestId: v4() },
      print: () => undefined,
    });
    await assert.rejects(elsewhere, (error) => /^[^\n]*no-such-namespace[^\n]*$/.test(describeError(error)));
    assert.equal((await readOrder(here.db, id))?.status, 'confirmed');

    const env = { DATABASE_URL: here.url, TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { exitCode, stdout, stderr } = await runCli(['reconcile', '--repair'], env);
    assert.deepEqual([exitCode, stdout], [1, []]);
    assert.match(stderr.join('\n'), /^earmark: Temporal cannot be reached[^\n]*$/);
    assert.equal((await readOrder(here.db, id))?.status, 'confirmed');
    await here.db('orders').where({ id }).update({ status: 'pending' });
    await endOrderHold(here.db, { orderId: id }, 'released', cause());
  });

  it('repairs nothing in a database that is behind, and says what to do', async () => {
    const [newest] = await here.db('knex_migrations').orderBy('id', 'desc').limit(1);
    await here.db('knex_migrations').where({ id: newest.id }).delete();
    await assert.rejects(reconcile({ repair: true }), (error) =>
      describeError(error).endsWith('Run earmark migrate first.'),
    );
    await here.db('knex_migrations').insert(newest);
  });

  it('ends with exit code 1 while findings remain, and 0 when they are repaired', async () => {
    const env = { DATABASE_URL: here.url, TEMPORAL_ADDRESS: here.server.address };
    const { id } = await placeOrder(here.worker, { items: [item(product)] });
    await here.db('orders').where({ id }).update({ status: 'shipped' });
    await allListed();
    const looked = await runCli(['reconcile'], env);
    assert.equal(looked.exitCode, 1, looked.stderr.join('\n'));
    assert.match(looked.stdout.join('\n'), /^order-log \(1\)$/m);
    assert.match(
      looked.stdout.at(-2) ?? '',
      /^Checked \d+ orders, \d+ reservations, \d+ stock levels: \d+ findings?\.$/,
    );

    const repaired = await runCli(['reconcile', '--repair'], env);
    assert.equal(repaired.exitCode, 0, repaired.stderr.join('\n'));
    assert.match(repaired.stdout.join('\n'), /^Repaired: order-log \(1\)$/m);
    assert.match(repaired.stdout.at(-1) ?? '', /^Repaired \d+, left 0 \(request [\da-f-]{36} in the audit log\)\.$/);

    await allListed();
    const again = await runCli(['reconcile', '--older-than', '0'], env);
    assert.deepEqual([again.exitCode, again.stderr], [0, []]);
    assert.match(again.stdout.at(-1) ?? '', /nothing to report\.$/);
  });
});

describe('The options of earmark reconcile', () => {
  for (const args of [['--older-than', '-1'], ['--older-than', 'soon'], ['--older-than'], ['--fix'], ['now']]) {
    it(`are refused in one line: ${args.join(' ')}`, async () => {
      const { error } = await parseCommand(addReconcileCommand, 'reconcile', ...args);
      assert.ok(error instanceof Error);
      assert.match(describeError(error), /^[^\n]+$/);
    });
  }

  it('are all in its help', async () => {
    const { output } = await parseCommand(addReconcileCommand, 'reconcile', '--help');
    for (const option of ['--repair', '--json', '--older-than <seconds>']) assert.ok(output.includes(option), option);
  });
});
