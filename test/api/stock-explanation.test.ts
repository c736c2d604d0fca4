import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import type { z } from 'zod';
import type { explanation } from '../../src/api/schemas/stock-explanation.ts';
import { createProduct, expectStatus, startApi, type TestApi } from '../support/api.ts';
import { cause, heldOrder, heldReservation, item } from '../support/holds.ts';
import { openWarehouse } from '../support/orders.ts';
import { advanceOrder, endOrderHold, endReservationHold } from '../support/acting.ts';

type Explanation = z.output<typeof explanation>;

const ui = { url: 'https://ui.example/temporal', namespace: 'shop/eu' };

describe('GET /api/products/{id}/stock/explain/', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi({ config: { currency: 'EUR', holdSeconds: 600, holdMaxFactor: 3, temporalUi: ui } });
  });
  after(() => api.stop());

  const ask = (id: string, query = '') => api.get<Explanation>(`/api/products/${id}/stock/explain/${query}`);
  const explain = async (id: string, query = '') => expectStatus(200, await ask(id, query));

  it('tells what every unit moved for, on whose behalf, and where its workflow can be seen', async () => {
    const { db } = api;
    const product = await createProduct(api, { total_stock: 10 });
    const workflowId = 'order-17/ä';
    const by = cause({ actor: 'bert', workflowId });
    const order = await heldOrder(db, item(product, 3));
    const [reservation] = order.reservations;
    await endOrderHold(db, { orderId: order.id }, 'confirmed', by);
    await advanceOrder(db, { orderId: order.id, newStatus: 'cancelled', reason: 'wrong size' }, by);
    const { id: reservationId } = await heldReservation(db, item(product, 2));
    await endReservationHold(db, { reservationId }, 'released', cause());

    const { movements, ...told } = await explain(product.id);
    const { id, sku, name } = product;
    const since = movements.at(-1)?.at;
    const figures = { total: 10, available: 10, reserved: 0 };
    assert.deepEqual(told, { product: { id, sku, name }, warehouse: null, at: null, since, figures });
    const ofOrder = { type: 'order', id: order.id, reservation_id: reservation?.id };
    const alone = { type: 'reservation', id: reservationId };
    assert.deepEqual(
      movements.map(({ type, cause }) => [type, cause]),
      [
        ['released', alone],
        ['reserved', alone],
        ['restocked', ofOrder],
        ['fulfilled', ofOrder],
        ['reserved', ofOrder],
        ['received', null],
      ],
    );
    const { id: newest, at, ...restocked } = movements[2] as Explanation['movements'][number];
    assert.match(newest, /^\d+$/);
    assert.match(at, /^\d{4}-\d\d-\d\dT/);
    assert.deepEqual(restocked, {
      type: 'restocked',
      warehouse: 'MAIN',
      change: { total: 3, available: 3, reserved: 0 },
      balance: figures,
      cause: ofOrder,
      actor: 'bert',
      reason: 'wrong size',
      request_id: by.requestId,
      workflow_id: workflowId,
      workflow_url: 'https://ui.example/temporal/namespaces/shop%2Feu/workflows/order-17%2F%C3%A4',
    });
    assert.deepEqual([movements[0]?.workflow_id, movements[0]?.workflow_url], [null, null]);
  });

  it('tells of transfers and of returns with their ids', async () => {
    const product = await createProduct(api, { total_stock: 0 });
    const [transferId, returnId, orderId] = [uuidv4(), uuidv4(), uuidv4()];
    const [{ id: warehouse_id }] = (await api.db('warehouses').select('id')) as [{ id: string }];
    const zeros = { total: 0, available: 0, reserved: 0, total_after: 0, available_after: 0, reserved_after: 0 };
    const row = { product_id: product.id, warehouse_id, ...zeros, actor: 'x' };
    await api.db('stock_movements').insert([
      { ...row, type: 'transferred-out', transfer_id: transferId },
      { ...row, type: 'returned', return_id: returnId, order_id: orderId },
    ]);
    const { movements } = await explain(product.id);
    assert.deepEqual(
      movements.map(({ cause }) => cause),
      [
        { type: 'return', id: returnId, order_id: orderId },
        { type: 'transfer', id: transferId },
      ],
    );
  });

  it('takes one warehouse alone, its code in any case', async () => {
    const product = await createProduct(api, { total_stock: 10 });
    await openWarehouse(api.db, product, { code: 'EAST-1', units: 4, priority: 9 });
    const { warehouse, figures, movements } = await explain(product.id, '?warehouse=east-1');
    assert.deepEqual([warehouse, figures.total, movements.length], ['EAST-1', 4, 1]);
    assert.equal((await explain(product.id)).figures.total, 14);
    const other = await createProduct(api);
    const none = { total: 0, available: 0, reserved: 0 };
    const { since, ...elsewhere } = await explain(other.id, '?warehouse=EAST-1');
    assert.deepEqual([elsewhere.figures, elsewhere.movements, since], [none, [], null]);
  });

  it('looks back to a moment or to the end of a day', async () => {
    const product = await createProduct(api, { total_stock: 10 });
    const { since } = await explain(product.id);
    const at = since ?? '';
    const exactly = await explain(product.id, `?at=${at}`);
    assert.deepEqual([exactly.at, exactly.figures.total, exactly.movements.length], [at, 10, 1]);
    assert.equal((await explain(product.id, `?at=${at.replace('Z', '9Z')}`)).figures.total, 10);
    const before = new Date(Date.parse(at) - 1).toISOString();
    const earlier = await explain(product.id, `?at=${before.replace('Z', '999Z')}`);
    assert.deepEqual([earlier.at, earlier.figures.total, earlier.movements, earlier.since], [before, 0, [], null]);
    const day = await explain(product.id, `?at=${at.slice(0, 10)}`);
    assert.deepEqual([day.at, day.figures.total], [`${at.slice(0, 10)}T23:59:59.999Z`, 10]);
    assert.equal((await explain(product.id, '?at=2020-01-31')).figures.total, 0);
  });

  it('gives pages whose cursors belong to this product, warehouse and moment', async () => {
    const product = await createProduct(api, { total_stock: 10 });
    for (let n = 1; n <= 4; n++) {
      const body = { delta: n, reason: `count ${n}` };
      expectStatus(200, await api.post(`/api/products/${product.id}/adjust-stock/`, body));
    }
    const whole = (await explain(product.id)).movements;
    const { json } = await ask(product.id, '?limit=2');
    assert.deepEqual(json.data.movements, whole.slice(0, 2));
    const cursor = json.next_cursor ?? '';
    const rest = await ask(product.id, `?limit=100&cursor=${cursor}`);
    assert.deepEqual(rest.json.data.movements, whole.slice(2));
    assert.equal(rest.json.next_cursor, null);
    const other = await createProduct(api);
    for (const path of [`${product.id}/stock/explain/?warehouse=MAIN&`, `${other.id}/stock/explain/?`]) {
      const { status, json } = await api.get(`/api/products/${path}cursor=${cursor}`);
      assert.deepEqual([status, json.errors?.[0]?.path], [400, '?cursor']);
    }
  });

  it('is 404 for a product or a warehouse that is not there, and says which', async () => {
    const id = uuidv4();
    assert.deepEqual([(await ask(id)).status, (await ask(id)).json.detail], [404, `There is no product ${id}.`]);
    const product = await createProduct(api);
    const { status, json } = await ask(product.id, '?warehouse=nowhere');
    assert.deepEqual([status, json.code, json.detail], [404, 'not-found', 'There is no warehouse NOWHERE.']);
    assert.equal((await api.get('/api/products/x/stock/explain/')).status, 404);
  });

  it('has no links where nobody said where the Web UI is', async () => {
    const other = await startApi({ db: api.db });
    try {
      const product = await createProduct(other);
      const { id: reservationId } = await heldReservation(api.db, item(product));
      await endReservationHold(api.db, { reservationId }, 'expired', cause({ workflowId: 'reservation-1' }));
      const reply = await other.get<Explanation>(`/api/products/${product.id}/stock/explain/`);
      const [movement] = expectStatus(200, reply).movements;
      assert.deepEqual([movement?.workflow_id, movement?.workflow_url], ['reservation-1', null]);
    } finally {
      await other.stop();
    }
  });
});
