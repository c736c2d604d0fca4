import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import { currentRules, returnWorkflowId, type OrderReturnInput } from '../../src/workflows/messages.ts';
import {
  clientOfNobody,
  createOrder,
  createProduct,
  expectStatus,
  moveThrough,
  startApi,
  type OrderWire,
  type ProductWire,
  type ReturnWire,
  type TestApi,
} from '../support/api.ts';
import { assertBooksBalance } from '../support/books.ts';
import { orderIn } from '../support/holds.ts';
import { assertOneAnswer, assertReplayOf, isReplayed, keyed } from '../support/idempotency.ts';
import { behindTheLedger } from '../support/ledger.ts';
import { until } from '../support/until.ts';

const broken = { line: 1, quantity: 1, restock: false, reason: 'broken' };
const wrong = { line: 1, quantity: 1, restock: true, reason: 'wrong colour' };

describe('returns', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
    await api.startWorker();
  });
  after(() => api.stop());
  afterEach(() => assertBooksBalance(api.db));

  /** A delivered order of some units of a product of which there were ten. */
  const delivered = async (quantity = 4): Promise<OrderWire> => {
    const product = await createProduct(api, { total_stock: 10 });
    const { id } = await createOrder(api, { product_id: product.id, quantity });
    await moveThrough(api, id, ['confirmed', 'processing', 'shipped', 'delivered']);
    return expectStatus(200, await api.get<OrderWire>(`/api/orders/${id}/`));
  };
  const productOf = ({ lines: [line] }: OrderWire) => line?.product.id ?? '';
  const stockOf = async (order: OrderWire) => {
    const product = expectStatus(200, await api.get<ProductWire>(`/api/products/${productOf(order)}/`));
    return [product.total_stock, product.available_stock, product.reserved_stock];
  };
  const send = (id: string, body: object, headers: object = {}) =>
    api.post<ReturnWire>(`/api/orders/${id}/returns/`, body, { ...headers });

  describe('POST /api/orders/{id}/returns/', () => {
    it('takes units back and answers 201 with the return and its address', async () => {
      const order = await delivered();
      const body = { ...wrong, quantity: 3 };
      const { status, headers, json } = await send(order.id, body, { 'X-Actor': 'bert' });
      assert.equal(status, 201);
      const { id, created_at, ...rest } = json.data;
      assert.deepEqual(rest, {
        order_id: order.id,
        line: 1,
        product_id: productOf(order),
        quantity: 3,
        restock: true,
        warehouse: 'MAIN',
        reason: 'wrong colour',
        returned_by: 'bert',
        workflow_id: returnWorkflowId(id),
      });
      assert.match(created_at, /Z$/);
      const address = `/api/orders/${order.id}/returns/${id}/`;
      assert.equal(headers.get('Location'), address);
      assert.deepEqual(expectStatus(200, await api.get(address)), json.data);
      assert.deepEqual(await stockOf(order), [9, 9, 0]);
    });

    it('tells on the order how many units of a line came back, and in its story who took them', async () => {
      const order = await delivered();
      assert.deepEqual(
        order.lines.map(({ line, returned }) => [line, returned]),
        [[1, 0]],
      );
      const { id } = expectStatus(201, await send(order.id, wrong));
      expectStatus(201, await send(order.id, { ...broken, quantity: 2 }));
      const { status, lines } = expectStatus(200, await api.get<OrderWire>(`/api/orders/${order.id}/`));
      assert.equal(status, 'delivered');
      assert.deepEqual(
        lines.map(({ line, returned }) => [line, returned]),
        [[1, 3]],
      );
      const story = await api.get<{ action: string; new_value: object; workflow_id: string }[]>(
        `/api/orders/${order.id}/audit/?limit=100`,
      );
      const [first] = story.json.data.filter(({ action }) => action === 'ITEMS_RETURNED');
      assert.deepEqual(first?.new_value, {
        return: id,
        line: 1,
        qty: 1,
        restock: true,
        warehouse: 'MAIN',
        reason: 'wrong colour',
      });
      assert.equal(first?.workflow_id, returnWorkflowId(id));
    });

    it('puts nothing into any warehouse that cannot be sold again', async () => {
      const order = await delivered();
      const taken = expectStatus(201, await send(order.id, broken));
      assert.deepEqual([taken.restock, taken.warehouse], [false, null]);
      assert.deepEqual(await stockOf(order), [6, 6, 0]);
    });

    it('takes the code of a warehouse in any case', async () => {
      const order = await delivered();
      const code = `W-${uuidv4().slice(0, 8).toUpperCase()}`;
      await api.db('warehouses').insert({ id: uuidv4(), code, name: 'East', priority: 200 });
      const taken = expectStatus(201, await send(order.id, { ...wrong, warehouse: code.toLowerCase() }));
      assert.equal(taken.warehouse, code);
      assert.equal((await stockOf(order))[0], 7);
    });

    it('refuses what is not there with 404', async () => {
      const { id } = await delivered();
      for (const [what, order, body] of [
        ['order', uuidv4(), wrong],
        ['line', id, { ...wrong, line: 2 }],
        ['warehouse', id, { ...wrong, warehouse: 'nowhere' }],
      ] as const) {
        const { status, json } = await send(order, body);
        assert.deepEqual([status, json.code], [404, 'not-found']);
        assert.match(json.detail ?? '', new RegExp(`^There is no ${what} `));
      }
    });

    it('refuses an order that was not delivered with 409', async () => {
      const { id: product_id } = await createProduct(api);
      const { id } = await createOrder(api, { product_id, quantity: 1 });
      const { status, json } = await send(id, wrong);
      assert.deepEqual([status, json.code], [409, 'not-delivered']);
      assert.deepEqual([json['order_id'], json['order_status']], [id, 'pending']);
    });

    it('refuses more than was delivered with 409', async () => {
      const { id } = await delivered(4);
      expectStatus(201, await send(id, { ...broken, quantity: 3 }));
      const { status, json } = await send(id, { ...wrong, quantity: 2 });
      assert.deepEqual([status, json.code], [409, 'return-exceeds-delivery']);
      const { line, delivered: units, returned, requested } = json;
      assert.deepEqual({ line, units, returned, requested }, { line: 1, units: 4, returned: 3, requested: 2 });
    });

    it('refuses more than a stock level holds with 409', async () => {
      const other = await startApi();
      try {
        await other.startWorker();
        const { id: productId } = await createProduct(other, { total_stock: 2 });
        const { id } = await orderIn(other.db, 'delivered', { productId, quantity: 2 });
        const full = { total: 2_147_483_647, available: 2_147_483_647 };
        await behindTheLedger(other.db, (trx) => trx('stock_levels').where({ product_id: productId }).update(full));
        const refused = await other.post(`/api/orders/${id}/returns/`, wrong);
        assert.deepEqual([refused.status, refused.json.code], [409, 'stock-conflict']);
      } finally {
        await other.stop();
      }
    });

    it('refuses a warehouse beside restock: false, and other bad input, with 400', async () => {
      const { status, json } = await send(uuidv4(), { ...broken, warehouse: 'MAIN' });
      assert.equal(status, 400);
      assert.deepEqual(json.errors, [{ path: '/warehouse', message: 'must not stand beside restock: false' }]);
      const bad = await send(uuidv4(), { line: 51, quantity: 0, warehouse: '-x' });
      assert.deepEqual(
        bad.json.errors?.map(({ path }) => path),
        ['/line', '/quantity', '/restock', '/reason', '/warehouse'],
      );
    });

    it('answers 202 while no worker runs, and at its address what became of it', async () => {
      const other = await startApi();
      try {
        const { id: productId } = await createProduct(other, { total_stock: 3 });
        const { id: orderId } = await orderIn(other.db, 'delivered', { productId, quantity: 3 });
        const asks = [3, 4].map((quantity) =>
          other.post<{ id: string }>(`/api/orders/${orderId}/returns/`, { ...wrong, quantity }),
        );
        const [fits, tooMany] = await Promise.all(asks);
        for (const reply of [fits, tooMany]) {
          const { id } = expectStatus(202, reply ?? assert.fail());
          assert.deepEqual(reply?.json.data, { id, status: 'accepted', workflow_id: returnWorkflowId(id) });
          const address = `/api/orders/${orderId}/returns/${id}/`;
          assert.equal(reply?.headers.get('Location'), address);
          assert.equal((await other.get(address)).status, 202);
          assert.equal((await other.get(address.replace(orderId, uuidv4()))).status, 404);
        }
        assert.deepEqual(expectStatus(200, await other.get(`/api/orders/${orderId}/returns/`)), []);
        await other.startWorker();
        const outcomes = await Promise.all(
          [fits, tooMany].map(async (reply) => {
            const address = reply?.headers.get('Location') ?? '';
            await until(async () => (await other.get(address)).status !== 202);
            const { status, json } = await other.get(address);
            const elsewhere = await other.get(address.replace(orderId, uuidv4()));
            assert.deepEqual([elsewhere.status, elsewhere.json.code], [404, 'not-found']);
            return [status, json.code];
          }),
        );
        assert.deepEqual(outcomes, [
          [200, undefined],
          [409, 'return-exceeds-delivery'],
        ]);
      } finally {
        await other.stop();
      }
    });

    it('is not found at an address of its order when its workflow does not say which order that is', async () => {
      const { id } = await delivered();
      const returnId = uuidv4();
      const input = {
        rules: currentRules,
        returnId,
        orderId: id,
        line: 1,
        quantity: 5,
        warehouse: null,
        reason: 'broken',
        actor: 'anna',
        requestId: uuidv4(),
      } satisfies OrderReturnInput;
      const workflowId = returnWorkflowId(returnId);
      const { client, taskQueue } = api;
      // Refused, so that there is no row, and started as it was before the order was noted.
      const ending = await client.workflow.execute('orderReturn', { workflowId, taskQueue, args: [input] });
      assert.equal((ending as { ending: string }).ending, 'refused');
      assert.equal((await api.get(`/api/orders/${id}/returns/${returnId}/`)).status, 404);
    });

    it('answers 503 with its address when Temporal cannot be reached', async () => {
      const other = await startApi({ client: clientOfNobody() });
      try {
        const { status, headers } = await other.post(`/api/orders/${uuidv4()}/returns/`, wrong);
        assert.equal(status, 503);
        const address = headers.get('Location') ?? '';
        assert.match(address, /^\/api\/orders\/[0-9a-f-]{36}\/returns\/[0-9a-f-]{36}\/$/);
        assert.equal((await other.get(address)).status, 503);
      } finally {
        await other.stop();
      }
    });
  });

  describe('with an Idempotency-Key', () => {
    it('are one return and one answer, however often they are sent at once', async () => {
      const order = await delivered();
      const key = keyed();
      await assertOneAnswer(201, 20, () => send(order.id, wrong, key));
      const { json } = await api.get<ReturnWire[]>(`/api/orders/${order.id}/returns/`);
      assert.equal(json.data.length, 1);
      assert.equal((await stockOf(order))[0], 7);
    });

    it('get the first answer again, also that of a refusal', async () => {
      const { id } = await delivered(1);
      const [taken, refused] = [keyed(), keyed()];
      const first = await send(id, wrong, taken);
      assert.deepEqual([first.status, isReplayed(first)], [201, false]);
      const second = await send(id, broken, refused);
      assert.deepEqual([second.status, second.json.code], [409, 'return-exceeds-delivery']);
      assertReplayOf(first, await send(id, wrong, taken));
      assertReplayOf(second, await send(id, broken, refused));
    });

    it('are 422 with another body, and something else for another order', async () => {
      const [one, other] = [await delivered(), await delivered()];
      const key = keyed();
      const first = await send(one.id, wrong, key);
      const { status, json } = await send(one.id, { ...wrong, quantity: 2 }, key);
      assert.deepEqual([status, json.code], [422, 'idempotency-key-reused']);
      const elsewhere = await send(other.id, wrong, key);
      assert.deepEqual([elsewhere.status, isReplayed(elsewhere)], [201, false]);
      assert.notEqual(elsewhere.json.data.id, first.json.data.id);
    });

    it('tell what became of one that was only accepted', async () => {
      const other = await startApi();
      try {
        const { id: productId } = await createProduct(other, { total_stock: 3 });
        const { id } = await orderIn(other.db, 'delivered', { productId, quantity: 3 });
        const key = keyed();
        const place = () => other.post<ReturnWire>(`/api/orders/${id}/returns/`, wrong, { ...key });
        const first = await place();
        assert.equal(first.status, 202);
        assertReplayOf(first, await place());
        await other.startWorker();
        await until(async () => (await place()).status === 201);
        assert.equal(expectStatus(201, await place()).id, first.json.data.id);
        assert.equal((await other.db('returns')).length, 1);
      } finally {
        await other.stop();
      }
    });
  });

  describe('GET /api/orders/{id}/returns/', () => {
    it('lists them oldest first, in pages that give each once', async () => {
      const { id } = await delivered(7);
      const made: string[] = [];
      for (let n = 0; n < 7; n++) made.push(expectStatus(201, await send(id, broken)).id);
      // All of one millisecond, so that the id decides.
      await api
        .db('returns')
        .where({ order_id: id })
        .update({ created_at: new Date('2026-05-06T07:08:09.123Z') });
      for (const limit of [1, 3, 7, 100]) {
        const listed: string[] = [];
        let cursor = '';
        do {
          const { json } = await api.get<ReturnWire[]>(`/api/orders/${id}/returns/?limit=${limit}${cursor}`);
          listed.push(...json.data.map((one) => one.id));
          cursor = json.next_cursor === null ? '' : `&cursor=${json.next_cursor}`;
        } while (cursor !== '');
        assert.deepEqual(listed, made.toSorted());
      }
    });

    it('lists them by the time they came back', async () => {
      const { id } = await delivered();
      const [late, early] = [expectStatus(201, await send(id, broken)), expectStatus(201, await send(id, wrong))];
      await api
        .db('returns')
        .where({ id: early.id })
        .update({ created_at: new Date('2026-05-06T07:08:09.123Z') });
      const { json } = await api.get<ReturnWire[]>(`/api/orders/${id}/returns/`);
      assert.deepEqual(
        json.data.map((one) => one.id),
        [early.id, late.id],
      );
    });

    it('is empty for an order without any, and 404 without the order', async () => {
      const { id } = await createOrder(api, { product_id: (await createProduct(api)).id, quantity: 1 });
      assert.deepEqual(expectStatus(200, await api.get(`/api/orders/${id}/returns/`)), []);
      assert.equal((await api.get(`/api/orders/${uuidv4()}/returns/`)).status, 404);
    });

    it('takes no cursor of another order’s returns', async () => {
      const [one, other] = [await delivered(), await delivered()];
      for (let n = 0; n < 2; n++) expectStatus(201, await send(one.id, broken));
      const { json } = await api.get(`/api/orders/${one.id}/returns/?limit=1`);
      const path = `/api/orders/${other.id}/returns/?cursor=${json.next_cursor}`;
      assert.deepEqual(
        (await api.get(path)).json.errors?.map((error) => error.path),
        ['?cursor'],
      );
    });
  });

  describe('GET /api/orders/{id}/returns/{return_id}/', () => {
    it('is 404 for a return that there is not, or that is of another order', async () => {
      const [one, other] = [await delivered(), await delivered()];
      const { id } = expectStatus(201, await send(one.id, wrong));
      for (const path of [`${other.id}/returns/${id}`, `${one.id}/returns/${uuidv4()}`, `${one.id}/returns/x`]) {
        const { status, json } = await api.get(`/api/orders/${path}/`);
        assert.deepEqual([status, json.code], [404, 'not-found']);
      }
    });
  });
});
