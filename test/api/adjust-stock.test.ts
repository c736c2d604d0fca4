import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import { limits } from '../../src/domain/limits.ts';
import { lockProducts } from '../../src/persistence/stock-levels.ts';
import {
  createProduct,
  createReservation,
  createWarehouse,
  expectStatus,
  startApi,
  type ProductWire,
  type TestApi,
} from '../support/api.ts';
import { assertBooksBalance } from '../support/books.ts';
import { assertReplayOf, keyed } from '../support/idempotency.ts';
import { allAtOnce, untilWaiting } from '../support/locks.ts';
import { movementsOf } from '../support/movements.ts';
import { rowCounts } from '../support/row-counts.ts';

describe('POST /api/products/{id}/adjust-stock/', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
    await api.startWorker();
    await createWarehouse(api, { code: 'EAST', priority: 5 });
    await createWarehouse(api, { code: 'SHUT', active: false });
  });
  after(() => api.stop());
  afterEach(() => assertBooksBalance(api.db));

  const adjust = (id: string, body: object, headers = {}) =>
    api.post<ProductWire>(`/api/products/${id}/adjust-stock/`, { reason: 'count', ...body }, headers);

  const stockOf = async (id: string) =>
    expectStatus(200, await api.get<ProductWire>(`/api/products/${id}/`)).stock.map(({ warehouse, total }) => [
      warehouse,
      total,
    ]);

  const auditOf = async (objectId: string) => {
    const { json } = await api.get<{ action: string; old_value: unknown; new_value: unknown; actor: string }[]>(
      `/api/audit-log/?object_id=${encodeURIComponent(objectId)}`,
    );
    return json.data.map(({ action, old_value, new_value, actor }) => ({ action, old_value, new_value, actor }));
  };

  describe('by a delta', () => {
    it('counts units in and out and audits the figures with the reason', async () => {
      const { id } = await createProduct(api, { total_stock: 5 });
      assert.equal((await adjust(id, { delta: 7 })).json.data.available_stock, 12);
      const { status, json } = await adjust(id, { delta: -12, reason: 'broken' });
      assert.equal(status, 200);
      assert.equal(json.data.total_stock, 0);
      assert.deepEqual((await auditOf(`${id}/MAIN`))[0], {
        action: 'STOCK_ADJUSTED',
        old_value: { total: 12, available: 12, reserved: 0 },
        new_value: { total: 0, available: 0, reserved: 0, reason: 'broken' },
        actor: 'anonymous',
      });
    });

    it('refuses to cut into reserved stock with 409 and changes nothing', async () => {
      const { id } = await createProduct(api, { total_stock: 5 });
      await createReservation(api, { product_id: id, quantity: 3 });
      const rows = await rowCounts(api.db);
      const { status, json } = await adjust(id, { delta: -3 });
      assert.equal(status, 409);
      assert.equal(json.code, 'stock-conflict');
      assert.deepEqual([json['total'], json['reserved'], json['delta'], json['warehouse']], [5, 3, -3, 'MAIN']);
      assert.equal(json.detail, 'MAIN has 2 units available of 5 (3 reserved): it cannot change by -3.');
      assert.deepEqual(await rowCounts(api.db), rows);
    });

    it('refuses more than a stock level can hold with 409', async () => {
      const { id } = await createProduct(api, { total_stock: limits.stock });
      assert.equal((await adjust(id, { delta: 1 })).json.code, 'stock-conflict');
    });

    it('loses no adjustment when many come at once', async () => {
      const { id } = await createProduct(api, { total_stock: 0 });
      const replies = await allAtOnce(api.db, id, 5, () =>
        Promise.all(Array.from({ length: 20 }, () => adjust(id, { delta: 1 }))),
      );
      assert.ok(replies.every(({ status }) => status === 200));
      assert.deepEqual(await stockOf(id), [['MAIN', 20]]);
    });

    it('answers 404 for a product that does not exist', async () => {
      const { status, json } = await adjust(uuidv4(), { delta: 1 });
      assert.deepEqual([status, json.code], [404, 'not-found']);
    });
  });

  describe('in a warehouse', () => {
    it('opens the level that was not there, and writes the movement and the entry of that level', async () => {
      const { id } = await createProduct(api, { total_stock: 5 });
      const reply = await adjust(id, { delta: 2, warehouse: 'east' }, { 'X-Actor': 'bert' });
      const { stock, total_stock } = expectStatus(200, reply);
      assert.equal(total_stock, 7);
      assert.deepEqual(stock, [
        { warehouse: 'EAST', total: 2, available: 2, reserved: 0 },
        { warehouse: 'MAIN', total: 5, available: 5, reserved: 0 },
      ]);
      assert.deepEqual(await auditOf(`${id}/EAST`), [
        {
          action: 'STOCK_ADJUSTED',
          old_value: { total: 0, available: 0, reserved: 0 },
          new_value: { total: 2, available: 2, reserved: 0, reason: 'count' },
          actor: 'bert',
        },
      ]);
      assert.deepEqual((await movementsOf(api.db, id)).at(-1), {
        warehouse: 'EAST',
        type: 'adjusted',
        total: 2,
        available: 2,
        reserved: 0,
        total_after: 2,
        transfer_id: null,
        actor: 'bert',
        reason: 'count',
        request_id: reply.json.request_id,
      });
    });

    it('that is inactive is adjusted like any other', async () => {
      const { id } = await createProduct(api, { total_stock: 5 });
      expectStatus(200, await adjust(id, { delta: 2, warehouse: 'SHUT' }));
      assert.deepEqual(await stockOf(id), [
        ['MAIN', 5],
        ['SHUT', 2],
      ]);
    });

    it('has its own figures: what lies elsewhere is of no use, and a refusal leaves no level behind', async () => {
      const { id } = await createProduct(api, { total_stock: 5 });
      const { status, json } = await adjust(id, { delta: -1, warehouse: 'EAST' });
      assert.deepEqual([status, json.code, json['total'], json['delta']], [409, 'stock-conflict', 0, -1]);
      assert.equal(json['warehouse'], 'EAST');
      assert.deepEqual(await stockOf(id), [['MAIN', 5]]);
    });

    it('is 404 when it is not there', async () => {
      const { id } = await createProduct(api);
      const { status, json } = await adjust(id, { delta: 1, warehouse: 'nowhere' });
      assert.deepEqual([status, json.code, json.detail], [404, 'not-found', 'There is no warehouse NOWHERE.']);
    });

    it('opens its level once when two come at once', async () => {
      const { id } = await createProduct(api, { total_stock: 0 });
      const replies = await allAtOnce(api.db, id, 2, () =>
        Promise.all([1, 2].map((delta) => adjust(id, { delta, warehouse: 'EAST' }))),
      );
      assert.deepEqual(
        replies.map(({ status }) => status),
        [200, 200],
      );
      assert.deepEqual(await stockOf(id), [
        ['EAST', 3],
        ['MAIN', 0],
      ]);
    });
  });

  describe('to a total', () => {
    it('sets it, upwards and downwards, and keeps what is reserved', async () => {
      const { id } = await createProduct(api, { total_stock: 5 });
      await createReservation(api, { product_id: id, quantity: 3 });
      for (const set_to of [9, 4, 3]) {
        const { stock } = expectStatus(200, await adjust(id, { set_to }));
        assert.deepEqual(stock, [{ warehouse: 'MAIN', total: set_to, available: set_to - 3, reserved: 3 }]);
      }
      const deltas = (await movementsOf(api.db, id)).map(({ type, total }) => [type, total]);
      assert.deepEqual(deltas.slice(2), [
        ['adjusted', 4],
        ['adjusted', -5],
        ['adjusted', -1],
      ]);
      assert.deepEqual((await auditOf(`${id}/MAIN`))[0], {
        action: 'STOCK_ADJUSTED',
        old_value: { total: 4, available: 1, reserved: 3 },
        new_value: { total: 3, available: 0, reserved: 3, reason: 'count' },
        actor: 'anonymous',
      });
    });

    it('refuses one below what is reserved with 409 and changes nothing', async () => {
      const { id } = await createProduct(api, { total_stock: 5 });
      await createReservation(api, { product_id: id, quantity: 3 });
      const rows = await rowCounts(api.db);
      const { status, json } = await adjust(id, { set_to: 2 });
      assert.deepEqual([status, json.code], [409, 'stock-conflict']);
      assert.deepEqual([json['total'], json['reserved'], json['delta'], json['warehouse']], [5, 3, -3, 'MAIN']);
      assert.equal(json.detail, 'MAIN has 2 units available of 5 (3 reserved): it cannot change by -3.');
      assert.deepEqual(await rowCounts(api.db), rows);
    });

    it('writes nothing when it is there already', async () => {
      const { id } = await createProduct(api, { total_stock: 5 });
      const rows = await rowCounts(api.db);
      assert.equal(expectStatus(200, await adjust(id, { set_to: 5 })).total_stock, 5);
      assert.equal(expectStatus(200, await adjust(id, { set_to: 5, expected: 5 })).total_stock, 5);
      assert.deepEqual(await rowCounts(api.db), rows);
    });

    it('opens no level to have no units there', async () => {
      const { id } = await createProduct(api, { total_stock: 5 });
      const rows = await rowCounts(api.db);
      expectStatus(200, await adjust(id, { set_to: 0, warehouse: 'EAST' }));
      expectStatus(200, await adjust(id, { set_to: 0, expected: 0, warehouse: 'EAST' }));
      assert.deepEqual(await rowCounts(api.db), rows);
      expectStatus(200, await adjust(id, { set_to: 2, warehouse: 'EAST' }));
      expectStatus(200, await adjust(id, { set_to: 0, warehouse: 'EAST' }));
      assert.deepEqual(await stockOf(id), [
        ['EAST', 0],
        ['MAIN', 5],
      ]);
    });

    it('sees a level that was opened while it waited: no units are set where there are some now', async () => {
      const { id } = await createProduct(api, { total_stock: 5 });
      const replies = await api.db.transaction(async (trx) => {
        await lockProducts(trx, [id]);
        const opening = adjust(id, { set_to: 2, warehouse: 'EAST' });
        await untilWaiting(api.db, 1);
        const emptying = adjust(id, { set_to: 0, warehouse: 'EAST' });
        await untilWaiting(api.db, 2);
        return { both: Promise.all([opening, emptying]) };
      });
      for (const reply of await replies.both) expectStatus(200, reply);
      assert.deepEqual(await stockOf(id), [
        ['EAST', 0],
        ['MAIN', 5],
      ]);
    });

    it('opens a level for units where there were none', async () => {
      const { id } = await createProduct(api, { total_stock: 5 });
      expectStatus(200, await adjust(id, { set_to: 2, expected: 0, warehouse: 'EAST' }));
      assert.deepEqual(await stockOf(id), [
        ['EAST', 2],
        ['MAIN', 5],
      ]);
    });

    it('takes the largest total, and the way back', async () => {
      const { id } = await createProduct(api, { total_stock: 1 });
      assert.equal(expectStatus(200, await adjust(id, { set_to: limits.stock })).total_stock, limits.stock);
      assert.equal(expectStatus(200, await adjust(id, { set_to: 0 })).total_stock, 0);
    });

    it('answers 404 for a product or warehouse that does not exist', async () => {
      const { id } = await createProduct(api);
      for (const set_to of [0, 1]) {
        assert.equal((await adjust(uuidv4(), { set_to })).json.code, 'not-found');
        assert.equal((await adjust(id, { set_to, warehouse: 'NOWHERE' })).json.code, 'not-found');
      }
    });
  });

  describe('to a total that replaces an expected one', () => {
    it('refuses when the total is another by now, with 409, and changes nothing', async () => {
      const { id } = await createProduct(api, { total_stock: 5 });
      const rows = await rowCounts(api.db);
      for (const body of [
        { set_to: 9, expected: 4 },
        { set_to: 5, expected: 4 },
      ]) {
        const { status, json } = await adjust(id, body);
        assert.deepEqual([status, json.code], [409, 'stock-moved']);
        assert.deepEqual([json['warehouse'], json['expected'], json['total']], ['MAIN', 4, 5]);
        assert.match(json.detail ?? '', /^The stock in MAIN is 5 and not 4\. /);
      }
      assert.deepEqual(await rowCounts(api.db), rows);
    });

    it('refuses as well where there is no level yet, and leaves none behind', async () => {
      const { id } = await createProduct(api, { total_stock: 5 });
      for (const set_to of [0, 7]) {
        const { status, json } = await adjust(id, { set_to, expected: 3, warehouse: 'EAST' });
        assert.deepEqual([status, json.code, json['total']], [409, 'stock-moved', 0]);
      }
      assert.deepEqual(await stockOf(id), [['MAIN', 5]]);
    });

    it('lets exactly one win when many come at once', async () => {
      const { id } = await createProduct(api, { total_stock: 5 });
      const totals = [6, 7, 8, 9, 10];
      const replies = await allAtOnce(api.db, id, totals.length, () =>
        Promise.all(totals.map((set_to) => adjust(id, { set_to, expected: 5 }))),
      );
      const won = totals.filter((_, index) => replies[index]?.status === 200);
      assert.equal(won.length, 1);
      const refused = replies.filter(({ json }) => json.code === 'stock-moved');
      assert.deepEqual(
        refused.map(({ json }) => json['total']),
        Array.from({ length: 4 }, () => won[0]),
      );
      assert.deepEqual(await stockOf(id), [['MAIN', won[0]]]);
    });

    it('is refused without one: it would mean nothing', async () => {
      const { id } = await createProduct(api);
      assert.deepEqual((await adjust(id, { delta: 1, expected: 100 })).json.errors, [
        { path: '/expected', message: 'must not stand without set_to' },
      ]);
    });
  });

  it('takes one of delta and set_to', async () => {
    const { id } = await createProduct(api);
    assert.deepEqual((await adjust(id, { delta: 1, set_to: 1 })).json.errors, [
      { path: '/set_to', message: 'must not stand beside delta' },
    ]);
    assert.deepEqual((await adjust(id, {})).json.errors, [
      { path: '/delta', message: 'is required when there is no set_to' },
    ]);
  });

  it('does nothing again with the same Idempotency-Key, also when it did nothing at first', async () => {
    const { id } = await createProduct(api, { total_stock: 5 });
    const [counted, asItWas] = [keyed(), keyed()];
    const first = await adjust(id, { set_to: 5, expected: 5 }, asItWas);
    const second = await adjust(id, { delta: 3, warehouse: 'EAST' }, counted);
    assertReplayOf(second, await adjust(id, { delta: 3, warehouse: 'east' }, counted));
    assertReplayOf(first, await adjust(id, { set_to: 5, expected: 5 }, asItWas));
    assert.deepEqual(await stockOf(id), [
      ['EAST', 3],
      ['MAIN', 5],
    ]);
  });
});
