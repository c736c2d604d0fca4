import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import { startApi, type ProductWire, type TestApi } from '../support/api.ts';

describe('products', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
  });
  after(() => api.stop());

  const create = async (fields: object = {}): Promise<ProductWire> => {
    const body = { name: 'Lamp', price: '12.50', total_stock: 10, ...fields };
    const { status, json } = await api.post<ProductWire>('/api/products/', body);
    assert.equal(status, 201);
    return json.data;
  };

  const auditOf = async (objectId: string) => {
    const { json } = await api.get<{ action: string; old_value: unknown; new_value: unknown; actor: string }[]>(
      `/api/audit-log/?object_id=${encodeURIComponent(objectId)}`,
    );
    return json.data.map(({ action, old_value, new_value, actor }) => ({ action, old_value, new_value, actor }));
  };

  describe('POST /api/products/', () => {
    it('creates a product with all its units available and answers 201 with its address', async () => {
      const { status, headers, json } = await api.post<ProductWire>('/api/products/', {
        name: 'Lamp',
        price: '12.5',
        total_stock: 10,
        sku: 'LAMP-1',
      });
      assert.equal(status, 201);
      const { id, created_at, updated_at, ...rest } = json.data;
      assert.deepEqual(rest, {
        sku: 'LAMP-1',
        name: 'Lamp',
        price: '12.50',
        currency: 'EUR',
        active: true,
        total_stock: 10,
        available_stock: 10,
        reserved_stock: 0,
      });
      assert.equal(created_at, updated_at);
      assert.equal(headers.get('Location'), `/api/products/${id}/`);
      assert.deepEqual((await api.get(`/api/products/${id}/`)).json.data, json.data);
    });

    it('generates a SKU when there is none', async () => {
      assert.match((await create()).sku, /^P-[0-9A-F]{12}$/);
    });

    it('takes a price as a JSON number too', async () => {
      assert.equal((await create({ price: 19.99 })).price, '19.99');
    });

    it('stores the name in NFC', async () => {
      assert.equal((await create({ name: 'Cafe\u0301' })).name, 'Caf\u00e9');
    });

    it('writes the creation and the initial stock into the audit log under the caller', async () => {
      const body = { name: 'Desk', price: 99, total_stock: 3, sku: 'DESK' };
      const { json } = await api.post<ProductWire>('/api/products/', body, { 'X-Actor': 'anna' });
      const { id } = json.data;
      assert.deepEqual(await auditOf(id), [
        {
          action: 'PRODUCT_CREATED',
          old_value: null,
          new_value: { sku: 'DESK', name: 'Desk', price: '99.00', active: true },
          actor: 'anna',
        },
      ]);
      assert.deepEqual(await auditOf(`${id}/MAIN`), [
        {
          action: 'STOCK_ADJUSTED',
          old_value: { total: 0, available: 0, reserved: 0 },
          new_value: { total: 3, available: 3, reserved: 0, reason: 'initial stock' },
          actor: 'anna',
        },
      ]);
    });

    it('writes no stock entry for a product without units', async () => {
      const { id } = await create({ total_stock: 0 });
      assert.deepEqual(await auditOf(`${id}/MAIN`), []);
    });

    it('refuses a SKU that is taken in any case with 409 and creates nothing', async () => {
      await create({ sku: 'Taken' });
      const { status, json } = await api.post('/api/products/', {
        name: 'Other',
        price: 1,
        total_stock: 1,
        sku: 'tAKEN',
      });
      assert.equal(status, 409);
      assert.equal(json.code, 'sku-taken');
      assert.equal(json['sku'], 'tAKEN');
      assert.equal((await api.get<ProductWire[]>('/api/products/?sku=taken')).json.data.length, 1);
    });
  });

  describe('GET /api/products/', () => {
    it('filters by a comma list of SKUs in any case', async () => {
      const [one, two] = [await create({ sku: 'F-1' }), await create({ sku: 'F-2' })];
      const { json } = await api.get<ProductWire[]>('/api/products/?sku=f-1,F-2,nothing');
      assert.deepEqual(
        json.data.map(({ id }) => id),
        [two.id, one.id],
      );
      assert.equal(json.next_cursor, null);
    });

    it('searches name and SKU by a part of them, with % and _ as themselves', async () => {
      const named = await create({ name: 'Blue 100% wool_scarf' });
      const coded = await create({ sku: 'wool_scarf-sku' });
      const found = async (q: string) =>
        (await api.get<ProductWire[]>(`/api/products/?q=${encodeURIComponent(q)}`)).json.data.map(({ id }) => id);
      assert.deepEqual(await found('WOOL_SCARF'), [coded.id, named.id]);
      assert.deepEqual(await found('100% w'), [named.id]);
      assert.deepEqual(await found('1_0%'), []);
    });

    it('gives pages whose cursors lead through all products once, while limit may change', async () => {
      const ids = new Set<string>();
      for (let index = 0; index < 7; index++) ids.add((await create({ name: `Paged ${index}` })).id);
      const first = await api.get<ProductWire[]>('/api/products/?q=paged&limit=3');
      const second = await api.get<ProductWire[]>(`/api/products/?q=paged&limit=100&cursor=${first.json.next_cursor}`);
      assert.equal(first.json.data.length, 3);
      assert.equal(second.json.next_cursor, null);
      const seen = [...first.json.data, ...second.json.data].map(({ id }) => id);
      assert.deepEqual(new Set(seen), ids);
      assert.equal(seen.length, 7);
    });
  });

  describe('PATCH /api/products/{id}/', () => {
    const change = (id: string, body: unknown) =>
      api.request<ProductWire>('PATCH', `/api/products/${id}/`, { body, headers: { 'X-Actor': 'bert' } });

    it('changes the given fields only and audits old and new of these', async () => {
      const product = await create();
      const { status, json } = await change(product.id, { price: '13.00', active: false });
      assert.equal(status, 200);
      const { updated_at, ...rest } = json.data;
      assert.deepEqual({ ...rest, updated_at: '' }, { ...product, price: '13.00', active: false, updated_at: '' });
      assert.ok(updated_at >= product.updated_at);
      assert.deepEqual((await auditOf(product.id))[0], {
        action: 'PRODUCT_UPDATED',
        old_value: { price: '12.50', active: true },
        new_value: { price: '13.00', active: false },
        actor: 'bert',
      });
    });

    it('writes nothing when nothing changes', async () => {
      const product = await create();
      const { status, json } = await change(product.id, { name: product.name, price: product.price });
      assert.equal(status, 200);
      assert.deepEqual(json.data, product);
      assert.equal((await auditOf(product.id)).length, 1);
    });

    it('refuses an empty change with 400', async () => {
      const { status, json } = await change((await create()).id, {});
      assert.equal(status, 400);
      assert.deepEqual(json.errors, [{ path: '', message: 'must have at least one of name, price, active' }]);
    });

    it('answers 404 for a product that does not exist', async () => {
      assert.equal((await change(uuidv4(), { name: 'x' })).status, 404);
    });
  });

  describe('POST /api/products/{id}/adjust-stock/', () => {
    const adjust = (id: string, delta: number, reason = 'count') =>
      api.post<ProductWire>(`/api/products/${id}/adjust-stock/`, { delta, reason });

    it('counts units in and out and audits the figures with the reason', async () => {
      const { id } = await create({ total_stock: 5 });
      assert.equal((await adjust(id, 7)).json.data.available_stock, 12);
      const { status, json } = await adjust(id, -12, 'broken');
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
      const { id } = await create({ total_stock: 5 });
      await api.db('stock_levels').where({ product_id: id }).update({ available: 2, reserved: 3 });
      const { status, json } = await adjust(id, -3);
      assert.equal(status, 409);
      assert.equal(json.code, 'stock-conflict');
      assert.deepEqual([json['total'], json['reserved'], json['delta']], [5, 3, -3]);
      assert.equal((await auditOf(`${id}/MAIN`)).length, 1);
    });

    it('refuses more than a stock level can hold with 409', async () => {
      const { id } = await create({ total_stock: 2 ** 31 - 1 });
      assert.equal((await adjust(id, 1)).json.code, 'stock-conflict');
    });

    it('loses no adjustment when many come at once', async () => {
      const { id } = await create({ total_stock: 0 });
      const replies = await Promise.all(Array.from({ length: 20 }, () => adjust(id, 1)));
      assert.ok(replies.every(({ status }) => status === 200));
      assert.equal((await api.get<ProductWire>(`/api/products/${id}/`)).json.data.total_stock, 20);
    });

    it('answers 404 for a product that does not exist', async () => {
      assert.equal((await adjust(uuidv4(), 1)).status, 404);
    });
  });

  it('answers 404 for an id that does not exist or is malformed', async () => {
    for (const id of [uuidv4(), 'nonsense', '%00', '%E0%A4%A']) {
      const { status, json } = await api.get(`/api/products/${id}/`);
      assert.equal(status, 404, id);
      assert.equal(json.code, 'not-found');
    }
  });
});
