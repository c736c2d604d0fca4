import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import { limits } from '../../src/domain/limits.ts';
import {
  createProduct,
  createReservation,
  createWarehouse,
  expectStatus,
  startApi,
  transferStock,
  type ProductWire,
  type TestApi,
  type TransferWire,
} from '../support/api.ts';
import { assertBooksBalance } from '../support/books.ts';
import { assertOneAnswer, assertReplayOf, keyed } from '../support/idempotency.ts';
import { allAtOnce } from '../support/locks.ts';
import { movementsOf } from '../support/movements.ts';
import { rowCounts } from '../support/row-counts.ts';

describe('stock transfers', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
    await api.startWorker();
    await createWarehouse(api, { code: 'EAST', priority: 200 });
    await createWarehouse(api, { code: 'SHUT', priority: 300, active: false });
  });
  after(() => api.stop());
  afterEach(() => assertBooksBalance(api.db));

  const transfer = (fields: object, headers = {}) => {
    const body = { from: 'MAIN', to: 'EAST', quantity: 1, reason: 'moved', ...fields };
    return api.post<TransferWire>('/api/stock-transfers/', body, headers);
  };
  const stockOf = async (id: string) =>
    expectStatus(200, await api.get<ProductWire>(`/api/products/${id}/`)).stock.map(
      ({ warehouse, total, available, reserved }) => [warehouse, total, available, reserved],
    );

  it('move units, open the level they go to, and leave the total as it is', async () => {
    const { id } = await createProduct(api, { total_stock: 5 });
    const reply = await transfer({ product_id: id, to: 'east', quantity: 2 }, { 'X-Actor': 'anna' });
    const { id: transferId, created_at, ...rest } = expectStatus(201, reply);
    assert.deepEqual(rest, {
      product_id: id,
      from: 'MAIN',
      to: 'EAST',
      quantity: 2,
      reason: 'moved',
      actor: 'anna',
    });
    assert.ok(Math.abs(Date.parse(created_at) - Date.now()) < 60_000, created_at);
    assert.equal(reply.headers.get('Location'), `/api/stock-transfers/${transferId}/`);
    assert.deepEqual(
      expectStatus(200, await api.get(`/api/stock-transfers/${transferId.toUpperCase()}/`)),
      reply.json.data,
    );
    assert.deepEqual(await stockOf(id), [
      ['MAIN', 3, 3, 0],
      ['EAST', 2, 2, 0],
    ]);
    assert.equal(expectStatus(200, await api.get<ProductWire>(`/api/products/${id}/`)).total_stock, 5);
  });

  it('write a movement and an audit entry for each of the two levels, under one id', async () => {
    const { id } = await createProduct(api, { total_stock: 5 });
    const { id: transferId } = await transferStock(api, { product_id: id, to: 'EAST', quantity: 2 });
    const moved = (await movementsOf(api.db, id)).slice(1);
    assert.deepEqual(
      moved.map((row) => ({ ...row, request_id: null })),
      [
        { warehouse: 'MAIN', type: 'transferred-out', total: -2, available: -2, total_after: 3 },
        { warehouse: 'EAST', type: 'transferred-in', total: 2, available: 2, total_after: 2 },
      ].map((row) => ({
        ...row,
        reserved: 0,
        transfer_id: transferId,
        actor: 'anonymous',
        reason: 'moved',
        request_id: null,
      })),
    );
    const { json } = await api.get<{ object_id: string; old_value: unknown; new_value: unknown; request_id: string }[]>(
      '/api/audit-log/?action=STOCK_TRANSFERRED&limit=2',
    );
    const says = { reserved: 0, reason: 'moved', transfer: transferId };
    assert.deepEqual(
      json.data.toReversed().map(({ object_id, old_value, new_value }) => ({ object_id, old_value, new_value })),
      [
        {
          object_id: `${id}/MAIN`,
          old_value: { total: 5, available: 5, reserved: 0 },
          new_value: { total: 3, available: 3, ...says },
        },
        {
          object_id: `${id}/EAST`,
          old_value: { total: 0, available: 0, reserved: 0 },
          new_value: { total: 2, available: 2, ...says },
        },
      ],
    );
    assert.equal(moved[0]?.request_id, json.data[0]?.request_id);
  });

  it('go from and to inactive warehouses as well, and back', async () => {
    const { id } = await createProduct(api, { total_stock: 5 });
    await transferStock(api, { product_id: id, to: 'SHUT', quantity: 5 });
    await transferStock(api, { product_id: id, from: 'SHUT', to: 'EAST', quantity: 4 });
    await transferStock(api, { product_id: id, from: 'SHUT', to: 'MAIN', quantity: 1 });
    assert.deepEqual(await stockOf(id), [
      ['MAIN', 1, 1, 0],
      ['EAST', 4, 4, 0],
      ['SHUT', 0, 0, 0],
    ]);
  });

  it('leave what is reserved: more than is available is 409 with the figures of the source', async () => {
    const { id } = await createProduct(api, { total_stock: 5 });
    await createReservation(api, { product_id: id, quantity: 3 });
    const rows = await rowCounts(api.db);
    const { status, json } = await transfer({ product_id: id, quantity: 3 });
    assert.deepEqual([status, json.code], [409, 'stock-conflict']);
    assert.deepEqual([json['total'], json['reserved'], json['delta'], json['warehouse']], [5, 3, -3, 'MAIN']);
    assert.deepEqual(await rowCounts(api.db), rows);
    await transferStock(api, { product_id: id, to: 'EAST', quantity: 2 });
    assert.deepEqual(await stockOf(id), [
      ['MAIN', 3, 0, 3],
      ['EAST', 2, 2, 0],
    ]);
  });

  it('are 409 from where nothing ever was, and leave no level behind', async () => {
    const { id } = await createProduct(api, { total_stock: 5 });
    const { status, json } = await transfer({ product_id: id, from: 'EAST', to: 'SHUT' });
    assert.deepEqual([status, json.code, json['total'], json['delta']], [409, 'stock-conflict', 0, -1]);
    assert.deepEqual(await stockOf(id), [['MAIN', 5, 5, 0]]);
  });

  it('are 409 when the target cannot hold so many, with its figures', async () => {
    const stock = [
      { warehouse: 'MAIN', quantity: 5 },
      { warehouse: 'EAST', quantity: limits.stock - 2 },
    ];
    const { id } = expectStatus(201, await api.post<ProductWire>('/api/products/', { name: 'Sand', price: 0, stock }));
    const rows = await rowCounts(api.db);
    const { status, json } = await transfer({ product_id: id, quantity: 3 });
    assert.deepEqual([status, json.code, json['total'], json['delta']], [409, 'stock-conflict', limits.stock - 2, 3]);
    assert.equal(json['warehouse'], 'EAST');
    assert.deepEqual(await rowCounts(api.db), rows);
    await transferStock(api, { product_id: id, to: 'EAST', quantity: 2 });
  });

  it('are 400 within one warehouse, in whatever case it is written', async () => {
    const { id } = await createProduct(api);
    const { status, json } = await transfer({ product_id: id, from: 'EAST', to: 'east' });
    assert.equal(status, 400);
    assert.deepEqual(json.errors, [{ path: '/to', message: 'must be another warehouse than from' }]);
  });

  it('are 404 of a product or a warehouse that is not there', async () => {
    const { id } = await createProduct(api);
    const unknown = uuidv4();
    const rows = await rowCounts(api.db);
    for (const [fields, detail] of [
      [{ product_id: unknown }, `There is no product ${unknown}.`],
      [{ product_id: id, from: 'NOWHERE' }, 'There is no warehouse NOWHERE.'],
      [{ product_id: id, to: 'nowhere' }, 'There is no warehouse NOWHERE.'],
    ] as const) {
      const { status, json } = await transfer(fields);
      assert.deepEqual([status, json.code, json.detail], [404, 'not-found', detail]);
    }
    assert.deepEqual(await rowCounts(api.db), rows);
  });

  it('are 404 by an id that is not one of a transfer', async () => {
    const { id } = await createProduct(api);
    for (const one of [uuidv4(), id, 'nonsense']) {
      const { status, json } = await api.get(`/api/stock-transfers/${one}/`);
      assert.deepEqual([status, json.code], [404, 'not-found'], one);
    }
  });

  it('move the last units once when two want them at once', async () => {
    const { id } = await createProduct(api, { total_stock: 3 });
    const replies = await allAtOnce(api.db, id, 2, () =>
      Promise.all(['EAST', 'SHUT'].map((to) => transfer({ product_id: id, to, quantity: 3 }))),
    );
    const [won, lost] = replies[0]?.status === 201 ? replies : replies.toReversed();
    assert.deepEqual([won?.status, lost?.status], [201, 409]);
    assert.deepEqual([lost?.json.code, lost?.json['total']], ['stock-conflict', 0]);
    assert.deepEqual(await stockOf(id), [
      ['MAIN', 0, 0, 0],
      [won?.json.data.to, 3, 3, 0],
    ]);
  });

  it('do not deadlock when they cross', async () => {
    const stock = [
      { warehouse: 'MAIN', quantity: 20 },
      { warehouse: 'EAST', quantity: 20 },
    ];
    const { id } = expectStatus(201, await api.post<ProductWire>('/api/products/', { name: 'Salt', price: 0, stock }));
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        transfer({ product_id: id, ...(n % 2 === 0 ? {} : { from: 'EAST', to: 'MAIN' }) }),
      ),
    );
    assert.ok(replies.every(({ status }) => status === 201));
    assert.deepEqual(await stockOf(id), [
      ['MAIN', 20, 20, 0],
      ['EAST', 20, 20, 0],
    ]);
  });

  describe('with an Idempotency-Key', () => {
    it('are made once, and the same answer comes again', async () => {
      const { id } = await createProduct(api, { total_stock: 5 });
      const key = keyed();
      const first = await transfer({ product_id: id, quantity: 5 }, key);
      assert.equal(first.status, 201);
      assertReplayOf(first, await transfer({ product_id: id, quantity: 5, to: 'east' }, key));
      const other = await transfer({ product_id: id, quantity: 4 }, key);
      assert.deepEqual([other.status, other.json.code], [422, 'idempotency-key-reused']);
    });

    it('are made once when the same is sent many times at once', async () => {
      const { id } = await createProduct(api, { total_stock: 50 });
      const key = keyed();
      await assertOneAnswer(201, 10, () => transfer({ product_id: id }, key));
      assert.deepEqual(await stockOf(id), [
        ['MAIN', 49, 49, 0],
        ['EAST', 1, 1, 0],
      ]);
    });

    it('are judged anew after a refusal', async () => {
      const { id } = await createProduct(api, { total_stock: 0 });
      const key = keyed();
      assert.equal((await transfer({ product_id: id }, key)).status, 409);
      expectStatus(200, await api.post(`/api/products/${id}/adjust-stock/`, { delta: 1, reason: 'delivery' }));
      assert.equal((await transfer({ product_id: id }, key)).status, 201);
    });
  });
});
