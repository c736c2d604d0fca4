import { strict as assert } from 'node:assert';
import { WorkflowNotFoundError, WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, encodingKeys, METADATA_ENCODING_KEY } from '@temporalio/common';
import { encode } from '@temporalio/common/lib/encoding.js';
import { v4 } from 'uuid';
import { readOrder } from '../../src/persistence/orders.ts';
import { statusQuery, transitionUpdate } from '../../src/workflows/messages.ts';
import { historyOf } from '../support/history.ts';
import {
  auditOf,
  notice,
  placeOrder,
  placeOrderThatIs,
  refusalFrom,
  stockedProduct,
  transition,
  type PlacedOrder,
} from '../support/orders.ts';
import { devServer } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { workerForTests } from '../support/worker.ts';

const malformedRequesters: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['text', 'confirm, please'],
  ['a number', 42],
  ['a list', [notice()]],
  ['no actor', { request_id: v4() }],
  ['a blank actor', notice({ actor: '  ' })],
  ['an actor that is too long', notice({ actor: 'a'.repeat(101) })],
  ['an actor with a control character', notice({ actor: 'an\u0000na' })],
  ['the name of the system as actor', notice({ actor: 'System' })],
  ['a request id that is no UUID', notice({ request_id: 'r-1' })],
  ['a reason that is too long', notice({ reason: 'because '.repeat(30) })],
  ['a reason that is no text', { ...notice(), reason: { why: 'so' } }],
];

const malformedSteps: readonly (readonly [string, unknown])[] = [
  ...malformedRequesters.map(
    ([what, by]) => [what, typeof by === 'object' && by !== null ? { ...by, new_status: 'confirmed' } : by] as const,
  ),
  ['no status', notice()],
  ['a status that does not exist', { ...notice(), new_status: 'lost' }],
  ['a key that is text', { ...notice(), new_status: 'confirmed', key: 'k-1' }],
  ['a key whose id is no UUID', { ...notice(), new_status: 'confirmed', key: { id: 'k-1', fingerprint: 'f' } }],
  ['a key without a fingerprint', { ...notice(), new_status: 'confirmed', key: { id: v4() } }],
  [
    'a key with a long fingerprint',
    { ...notice(), new_status: 'confirmed', key: { id: v4(), fingerprint: 'f'.repeat(101) } },
  ],
];

describe('messages to an order', () => {
  const here = workerForTests(devServer);

  it('that are malformed or illegal signals are logged, ignored, and never fail the workflow', async () => {
    const { id, handle } = await pendingOrder();
    const sent: (readonly [string, unknown?])[] = [
      ...malformedRequesters.flatMap(([, payload]) => [['confirm', payload] as const, ['cancel', payload] as const]),
      ...malformedSteps.map(([, payload]) => ['transition', payload] as const),
      ['transition', { ...notice(), new_status: 'delivered' }],
      ['transition', { ...notice(), new_status: 'pending' }],
    ];
    for (const [signal, payload] of sent) await handle.signal<[unknown]>(signal, payload);
    await handle.signal('confirm');
    await until(() => warningsOf(handle).length === sent.length + 1);
    assert.ok(warningsOf(handle).every(({ message }) => message === 'A command was ignored'));
    assert.equal((await readOrder(here.db, id))?.status, 'pending');
    assert.equal((await auditOf(here.db, id)).length, 2);
    assert.equal((await transition(handle, 'confirmed')).status, 'confirmed');
  });

  it('that are bad signals by the hundred are logged a hundred times at most, which the log says, and the order goes on', async () => {
    const { handle } = await pendingOrder();
    const flood = Array.from({ length: 300 }, () => handle.signal('confirm'));
    await Promise.all(flood);
    assert.equal((await transition(handle, 'confirmed')).status, 'confirmed');
    // Not counted: a task that the server hands out twice logs twice.
    assert.ok(warningsOf(handle).some(({ message }) => message.startsWith('Further commands')));
  });

  it('that are signals nobody knows change nothing', async () => {
    const { handle } = await pendingOrder();
    await handle.signal('frobnicate', { hard: true });
    assert.equal((await transition(handle, 'confirmed')).status, 'confirmed');
  });

  for (const [what, payload] of malformedSteps) {
    it(`that are updates with ${what} are refused and leave no trace in the history`, async () => {
      const { handle } = await sharedOrder();
      const before = await historyOf(handle);
      const update = handle.executeUpdate<unknown, [unknown]>('transition', { args: [payload] });
      await assert.rejects(update, (error) => {
        assert.ok(error instanceof WorkflowUpdateFailedError);
        assert.ok(error.cause instanceof ApplicationFailure);
        assert.equal(error.cause.type, 'validation-failed');
        assert.equal(error.cause.nonRetryable, true);
        return true;
      });
      assert.deepEqual(await historyOf(handle), before);
    });
  }

  it('that are illegal updates are refused with the reason and leave no trace in the history', async () => {
    const { handle } = await sharedOrder();
    const before = await historyOf(handle);
    const refusal = await refusalFrom(transition(handle, 'shipped'));
    assert.deepEqual(refusal, {
      code: 'invalid-transition',
      message: 'An order that is pending cannot become shipped: from pending it can go to confirmed or cancelled.',
      details: { from: 'pending', to: 'shipped', allowed: ['confirmed', 'cancelled'] },
    });
    assert.deepEqual(await historyOf(handle), before);
  });

  it('that are updates with the same id get the stored answer, and one effect', async () => {
    const { id, handle } = await pendingOrder();
    const confirm = () =>
      handle.executeUpdate(transitionUpdate, {
        args: [{ ...notice(), new_status: 'confirmed' }],
        updateId: 'confirm-once',
      });
    const first = await confirm();
    assert.deepEqual(await confirm(), first);
    await transition(handle, 'processing');
    assert.deepEqual(await confirm(), first);
    const fulfilled = (await auditOf(here.db, id)).filter(({ action }) => action === 'RESERVATION_FULFILLED');
    assert.equal(fulfilled.length, 1);
  });

  it('that are updates with the same id get the stored answer also after the workflow has ended', async () => {
    const { handle } = await pendingOrder();
    const cancel = () =>
      handle.executeUpdate(transitionUpdate, {
        args: [{ ...notice(), new_status: 'cancelled' }],
        updateId: 'cancel-once',
      });
    const first = await cancel();
    await handle.result();
    assert.deepEqual(await cancel(), first);
  });

  it('that name the state the order is already in are invalid transitions', async () => {
    const { handle } = await placeOrderThatIs('confirmed', here.worker, await items());
    assert.deepEqual((await refusalFrom(transition(handle, 'confirmed'))).details, {
      from: 'confirmed',
      to: 'confirmed',
      allowed: ['processing', 'cancelled'],
    });
  });

  it('that come after its workflow has ended find nobody', async () => {
    const { handle } = await placeOrderThatIs('cancelled', here.worker, await items());
    await handle.result();
    await assert.rejects(transition(handle, 'confirmed'), WorkflowNotFoundError);
    await assert.rejects(handle.signal('confirm', notice()), WorkflowNotFoundError);
    assert.equal(await handle.query(statusQuery), 'cancelled');
  });

  it('that nobody can decode are ignored like any malformed one', async () => {
    const { handle } = await pendingOrder();
    const json = { [METADATA_ENCODING_KEY]: encodingKeys.METADATA_ENCODING_JSON };
    const foreign = { [METADATA_ENCODING_KEY]: encode('binary/encrypted') };
    const all = [json, foreign, {}];
    for (const metadata of all) {
      await here.server.client.workflowService.signalWorkflowExecution({
        namespace: here.server.client.options.namespace,
        workflowExecution: { workflowId: handle.workflowId },
        signalName: 'confirm',
        input: { payloads: [{ metadata, data: encode('{half of a pay') }] },
      });
    }
    await until(() => warningsOf(handle).length === all.length);
    assert.equal((await transition(handle, 'confirmed')).status, 'confirmed');
  });

  async function items() {
    return { items: [{ productId: (await stockedProduct(here.db)).id, quantity: 3 }] };
  }

  async function pendingOrder(): Promise<PlacedOrder> {
    return placeOrder(here.worker, await items());
  }

  let shared: Promise<PlacedOrder> | undefined;

  /** One order for all tests that leave no trace. */
  function sharedOrder(): Promise<PlacedOrder> {
    return (shared ??= pendingOrder());
  }

  function warningsOf({ workflowId }: WorkflowHandle) {
    return here.worker.warnings.filter((line) => line.workflowId === workflowId);
  }
});
