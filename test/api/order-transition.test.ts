import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import {
  canTransition,
  isFinal,
  orderStatuses,
  orderTransitions,
  type OrderStatus,
} from '../../src/domain/order-status.ts';
import { orderWorkflowId, statusQuery } from '../../src/workflows/messages.ts';
import { endOrderHold } from '../support/acting.ts';
import { NextCalls } from '../support/activities.ts';
import {
  clientOfNobody,
  createOrder,
  createProduct,
  expectStatus,
  moveThrough,
  startApi,
  type OrderWire,
  type ProductWire,
  type TestApi,
} from '../support/api.ts';
import { cause } from '../support/holds.ts';
import { assertOneAnswer, isReplayed, keyed } from '../support/idempotency.ts';
import { until } from '../support/until.ts';
import type { TestWorker } from '../support/worker.ts';

/** How an order gets to each status. */
const wayTo: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: [],
  confirmed: ['confirmed'],
  processing: ['confirmed', 'processing'],
  shipped: ['confirmed', 'processing', 'shipped'],
  delivered: ['confirmed', 'processing', 'shipped', 'delivered'],
  cancelled: ['cancelled'],
};

const pairs = orderStatuses.flatMap((from) => orderStatuses.map((to) => ({ from, to })));

describe('POST /api/orders/{id}/transition/', () => {
  const calls = new NextCalls();
  let api: TestApi;
  let worker: TestWorker;
  let product: ProductWire;

  before(async () => {
    api = await startApi();
    worker = await api.startWorker({ wrap: calls.wrap });
    product = await createProduct(api, { total_stock: 100_000 });
  });
  after(() => api.stop());

  /** An order for each pair, in the status it starts from. */
  const ordersOfPairs = async (): Promise<(pair: (typeof pairs)[number]) => string> => {
    const ids = new Map<object, string>();
    for (const from of orderStatuses) {
      const ofFrom = pairs.filter((pair) => pair.from === from);
      await Promise.all(ofFrom.map(async (pair) => ids.set(pair, await orderIn(from))));
    }
    return (pair) => ids.get(pair) ?? assert.fail('There is no order for this pair');
  };

  const orderIn = async (status: OrderStatus): Promise<string> => {
    const { id } = await createOrder(api, { product_id: product.id, quantity: 1, hold_seconds: 86_400 });
    await moveThrough(api, id, wayTo[status]);
    if (isFinal(status)) await api.client.workflow.getHandle(orderWorkflowId(id)).result();
    return id;
  };

  const move = (id: string, new_status: OrderStatus, headers = {}, fields = {}) =>
    api.post<OrderWire>(`/api/orders/${id}/transition/`, { new_status, ...fields }, headers);

  const statusOf = async (id: string) => expectStatus(200, await api.get<OrderWire>(`/api/orders/${id}/`)).status;

  const storyOf = async (id: string) =>
    expectStatus(
      200,
      await api.get<{ action: string; actor: string; new_value: unknown }[]>(`/api/orders/${id}/audit/?limit=100`),
    );

  describe('as an update', () => {
    let orderOf: Awaited<ReturnType<typeof ordersOfPairs>>;
    before(async () => {
      orderOf = await ordersOfPairs();
    });

    for (const pair of pairs) {
      const { from, to } = pair;
      const legal = canTransition(from, to);
      it(`${legal ? 'moves' : 'refuses to move'} an order from ${from} to ${to}`, async () => {
        const id = orderOf(pair);
        const before = await storyOf(id);
        const { status, json } = await move(id, to);
        if (legal) {
          assert.deepEqual([status, json.data.status], [200, to]);
          assert.equal(await statusOf(id), to);
          return;
        }
        assert.deepEqual([status, json.code], [409, 'invalid-transition']);
        assert.deepEqual([json['from'], json['to'], json['allowed']], [from, to, orderTransitions[from]]);
        assert.equal(await statusOf(id), from);
        assert.deepEqual(await storyOf(id), before);
      });
    }
  });

  describe('as a signal, with Prefer: respond-async', () => {
    const signal = (id: string, to: OrderStatus) => move(id, to, { Prefer: 'respond-async' });

    let orderOf: Awaited<ReturnType<typeof ordersOfPairs>>;
    before(async () => {
      orderOf = await ordersOfPairs();
    });

    for (const pair of pairs) {
      const { from, to } = pair;
      const legal = canTransition(from, to);
      const what = legal ? 'accepts and takes' : isFinal(from) ? 'refuses' : 'accepts and ignores';
      it(`${what} the step from ${from} to ${to}`, async () => {
        const id = orderOf(pair);
        const before = await storyOf(id);
        const { status, headers, json } = await signal(id, to);
        if (isFinal(from)) {
          assert.deepEqual([status, json.code], [409, 'invalid-transition']);
          assert.deepEqual(await storyOf(id), before);
          return;
        }
        assert.equal(status, 202);
        assert.equal(headers.get('Preference-Applied'), 'respond-async');
        assert.equal(headers.get('Location'), `/api/orders/${id}/`);
        if (legal) {
          await until(async () => (await statusOf(id)) === to);
          return;
        }
        const workflowId = orderWorkflowId(id);
        await until(() => worker.warnings.some((line) => line.workflowId === workflowId));
        assert.equal(await api.client.workflow.getHandle(workflowId).query(statusQuery), from);
        assert.deepEqual(await storyOf(id), before);
      });
    }
  });

  it('writes actor and reason into the audit log', async () => {
    const id = await orderIn('pending');
    expectStatus(200, await move(id, 'cancelled', { 'X-Actor': 'bert' }, { reason: 'changed my mind' }));
    const story = await storyOf(id);
    const change = story.find(({ action }) => action === 'ORDER_STATUS_CHANGED');
    assert.equal(change?.actor, 'bert');
    assert.deepEqual(change?.new_value, { status: 'cancelled', reason: 'changed my mind' });
  });

  it('answers a step that is asked for twice with 409 the second time', async () => {
    const id = await orderIn('pending');
    assert.equal((await move(id, 'confirmed')).status, 200);
    assert.equal((await move(id, 'confirmed')).json.code, 'invalid-transition');
  });

  it('takes exactly one of twenty confirmations sent at once', async () => {
    const id = await orderIn('pending');
    // Temporal takes ten at a time, so on a busy machine even the one that is taken may get no answer in time: a caller repeats it.
    const confirm = async (_: unknown, n: number) => {
      const key = { 'Idempotency-Key': `confirmation-${n}-of-${id}` };
      for (;;) {
        const reply = await move(id, 'confirmed', key);
        if (reply.status !== 503) return reply;
      }
    };
    const replies = await Promise.all(Array.from({ length: 20 }, confirm));
    assert.equal(replies.filter(({ status }) => status === 200).length, 1);
    assert.equal(replies.filter(({ status }) => status === 409).length, 19);
    assert.ok(replies.every(({ status }) => status !== 500));
  });

  describe('of an order whose row is ahead of its workflow, as after an update that was lost,', () => {
    /** A pending order that its row says is confirmed. */
    const confirmedBehindItsBack = async (): Promise<string> => {
      const id = await orderIn('pending');
      await endOrderHold(api.db, { orderId: id }, 'confirmed', cause());
      return id;
    };
    const statusesOf = async (id: string) =>
      (await storyOf(id))
        .filter(({ action }) => action === 'ORDER_STATUS_CHANGED')
        .map(({ new_value }) => (new_value as { status: string }).status);

    for (const next of ['processing', 'cancelled'] as const) {
      it(`takes the next step: ${next}`, async () => {
        const id = await confirmedBehindItsBack();
        assert.equal(expectStatus(200, await move(id, next)).status, next);
        assert.deepEqual(await statusesOf(id), ['confirmed', next]);
      });
    }

    it('remembers the step under its Idempotency-Key, and takes one of thirty sent at once', async () => {
      const [id, key] = [await confirmedBehindItsBack(), keyed()];
      await assertOneAnswer(200, 30, () => move(id, 'processing', key));
      await moveThrough(api, id, ['shipped']);
      const late = await move(id, 'processing', key);
      assert.deepEqual([late.status, late.json.data.status, isReplayed(late)], [200, 'processing', true]);
      assert.deepEqual(await statusesOf(id), ['confirmed', 'processing', 'shipped']);
    });

    it('takes it again with the same key when it was refused then', async () => {
      const [id, key] = [await orderIn('pending'), keyed()];
      assert.equal((await move(id, 'processing', key)).json['from'], 'pending');
      await endOrderHold(api.db, { orderId: id }, 'confirmed', cause());
      assert.equal(expectStatus(200, await move(id, 'processing', key)).status, 'processing');
    });

    it('refuses a step from where the row is, which the table does not allow there either', async () => {
      const id = await confirmedBehindItsBack();
      const { status, json } = await move(id, 'delivered');
      assert.deepEqual([status, json.code, json['from']], [409, 'invalid-transition', 'confirmed']);
      assert.deepEqual(json['allowed'], ['processing', 'cancelled']);
      assert.deepEqual(await statusesOf(id), ['confirmed']);
      assert.equal(await api.client.workflow.getHandle(orderWorkflowId(id)).query(statusQuery), 'confirmed');
    });

    it('answers 503 when the workflow does not catch up in time, and takes the step when it is repeated', async () => {
      const id = await confirmedBehindItsBack();
      const gate = calls.holdUpOutsideTheTask('fulfilReservation');
      const { status, json } = await move(id, 'processing');
      assert.deepEqual([status, json.code], [503, 'unavailable']);
      gate.open();
      assert.equal(expectStatus(200, await move(id, 'processing')).status, 'processing');
      assert.deepEqual(await statusesOf(id), ['confirmed', 'processing']);
    });
  });

  it('answers 404 for an order that does not exist, in either form', async () => {
    for (const headers of [{}, { Prefer: 'respond-async' }]) {
      const { status, json } = await move(uuidv4(), 'confirmed', headers);
      assert.deepEqual([status, json.code], [404, 'not-found']);
    }
  });

  it('answers 503 for an open order whose workflow is gone', async () => {
    const id = await orderIn('pending');
    await api.client.workflow.getHandle(orderWorkflowId(id)).terminate('test');
    const { status, json } = await move(id, 'confirmed');
    assert.deepEqual([status, json.code], [503, 'unavailable']);
  });

  it('answers 503 when no worker takes the step in time, and repeating it takes the step once', async () => {
    const other = await startApi();
    try {
      const order = { product_id: (await createProduct(other)).id, quantity: 1 };
      const { id } = expectStatus(202, await other.post<{ id: string }>('/api/create-order/', order));
      const confirm = () => other.post<OrderWire>(`/api/orders/${id}/transition/`, { new_status: 'confirmed' });
      const unanswered = await confirm();
      assert.deepEqual([unanswered.status, unanswered.json.code], [503, 'unavailable']);
      await other.startWorker();
      await until(async () => (await confirm()).status !== 503);
      const { status, reservations } = expectStatus(200, await other.get<OrderWire>(`/api/orders/${id}/`));
      assert.deepEqual([status, reservations[0]?.ended_as], ['confirmed', 'confirmed']);
      const { json } = await other.get<unknown[]>(`/api/audit-log/?object_id=${id}&action=ORDER_STATUS_CHANGED`);
      assert.equal(json.data.length, 1);
    } finally {
      await other.stop();
    }
  });

  it('answers 503 when Temporal cannot be reached', async () => {
    const other = await startApi({ client: clientOfNobody() });
    try {
      const { status, json } = await other.post(`/api/orders/${uuidv4()}/transition/`, { new_status: 'confirmed' });
      assert.deepEqual([status, json.code], [503, 'unavailable']);
    } finally {
      await other.stop();
    }
  });
});
