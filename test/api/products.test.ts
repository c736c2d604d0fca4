import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import { createWarehouse, expectStatus, startApi, type ProductWire, type TestApi } from '../support/api.ts';
import { assertBooksBalance } from '../support/books.ts';
import { movementsOf } from '../support/movements.ts';
import { rowCounts } from '../support/row-counts.ts';

describe('products', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
  });
  after(() => api.stop());
  afterEach(() => assertBooksBalance(api.db));

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
        stock: [{ warehouse: 'MAIN', total: 10, available: 10, reserved: 0 }],
        low_stock_threshold: null,
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

    it('takes a threshold, and tells of it in the audit log when there is one', async () => {
      const thresholds = [0, 2_147_483_647, null];
      for (const low_stock_threshold of thresholds) {
        const product = await create({ low_stock_threshold });
        assert.equal(product.low_stock_threshold, low_stock_threshold);
        assert.equal(Object.keys(product).at(-1), 'low_stock_threshold');
        const { sku, name, price } = product;
        const told = low_stock_threshold === null ? {} : { low_stock_threshold };
        assert.deepEqual((await auditOf(product.id))[0]?.new_value, { sku, name, price, active: true, ...told });
      }
    });

    it('writes no stock entry for a product without units', async () => {
      const { id } = await create({ total_stock: 0 });
      assert.deepEqual(await auditOf(`${id}/MAIN`), []);
    });

    describe('with units in several warehouses', () => {
      before(async () => {
        await createWarehouse(api, { code: 'NEAR', priority: 1 });
        await createWarehouse(api, { code: 'FAR', priority: 900, active: false });
      });

      const inWarehouses = (...stock: readonly object[]) =>
        api.post<ProductWire>('/api/products/', { name: 'Chair', price: 1, stock });

      it('puts them there, audits and moves each, and sums them up, inactive warehouses too', async () => {
        const reply = await inWarehouses({ warehouse: 'far', quantity: 2 }, { warehouse: 'NEAR', quantity: 3 });
        const { id, ...product } = expectStatus(201, reply);
        assert.deepEqual([product.total_stock, product.available_stock, product.reserved_stock], [5, 5, 0]);
        assert.deepEqual(product.stock, [
          { warehouse: 'NEAR', total: 3, available: 3, reserved: 0 },
          { warehouse: 'MAIN', total: 0, available: 0, reserved: 0 },
          { warehouse: 'FAR', total: 2, available: 2, reserved: 0 },
        ]);
        assert.deepEqual((await api.get(`/api/products/${id}/`)).json.data, reply.json.data);
        for (const [warehouse, total] of [
          ['NEAR', 3],
          ['FAR', 2],
        ] as const) {
          assert.deepEqual(await auditOf(`${id}/${warehouse}`), [
            {
              action: 'STOCK_ADJUSTED',
              old_value: { total: 0, available: 0, reserved: 0 },
              new_value: { total, available: total, reserved: 0, reason: 'initial stock' },
              actor: 'anonymous',
            },
          ]);
        }
        assert.deepEqual(await auditOf(`${id}/MAIN`), []);
        assert.deepEqual(
          (await movementsOf(api.db, id)).map(({ warehouse, type, total, total_after, reason }) => {
            return { warehouse, type, total, total_after, reason };
          }),
          [
            { warehouse: 'FAR', type: 'received', total: 2, total_after: 2, reason: 'initial stock' },
            { warehouse: 'NEAR', type: 'received', total: 3, total_after: 3, reason: 'initial stock' },
          ],
        );
      });

      it('opens a level without units where none are wanted', async () => {
        const { id, stock } = expectStatus(201, await inWarehouses({ warehouse: 'NEAR', quantity: 0 }));
        assert.deepEqual(
          stock.map(({ warehouse, total }) => [warehouse, total]),
          [
            ['NEAR', 0],
            ['MAIN', 0],
          ],
        );
        assert.deepEqual([await auditOf(`${id}/NEAR`), await movementsOf(api.db, id)], [[], []]);
      });

      it('can be adjusted like any other, though none are in the default one', async () => {
        const { id } = expectStatus(201, await inWarehouses({ warehouse: 'NEAR', quantity: 3 }));
        const adjusted = await api.post<ProductWire>(`/api/products/${id}/adjust-stock/`, {
          delta: 1,
          reason: 'count',
        });
        assert.equal(expectStatus(200, adjusted).total_stock, 4);
      });

      it('is 404 for a warehouse that is not there, and creates nothing', async () => {
        const rows = await rowCounts(api.db);
        const { status, json } = await inWarehouses(
          { warehouse: 'NEAR', quantity: 1 },
          { warehouse: 'nowhere', quantity: 1 },
        );
        assert.deepEqual([status, json.code, json.detail], [404, 'not-found', 'There is no warehouse NOWHERE.']);
        assert.deepEqual(await rowCounts(api.db), rows);
      });

      it('is 400 when a warehouse is named twice, in whatever case', async () => {
        const { status, json } = await inWarehouses(
          { warehouse: 'NEAR', quantity: 1 },
          { warehouse: 'MAIN', quantity: 1 },
          { warehouse: 'near', quantity: 2 },
        );
        assert.equal(status, 400);
        assert.deepEqual(json.errors, [
          { path: '/stock/2/warehouse', message: 'must not name NEAR twice: /stock/0 has it' },
        ]);
      });

      it('is 400 beside total_stock, and without either', async () => {
        const body = { name: 'Chair', price: 1 };
        const stock = [{ warehouse: 'NEAR', quantity: 1 }];
        assert.deepEqual((await api.post('/api/products/', { ...body, stock, total_stock: 1 })).json.errors, [
          { path: '/stock', message: 'must not stand beside total_stock' },
        ]);
        assert.deepEqual((await api.post('/api/products/', body)).json.errors, [
          { path: '/total_stock', message: 'is required when there is no stock' },
        ]);
      });
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

    it('sets a threshold, changes it and takes it away, and each is in the audit log', async () => {
      const { id } = await create();
      for (const [before, after] of [
        [null, 10],
        [10, 0],
        [0, null],
      ] as const) {
        const changed = (await change(id, { low_stock_threshold: after })).json.data;
        assert.equal(changed.low_stock_threshold, after);
        assert.deepEqual((await api.get(`/api/products/${id}/`)).json.data, changed);
        assert.deepEqual((await auditOf(id))[0], {
          action: 'PRODUCT_UPDATED',
          old_value: { low_stock_threshold: before },
          new_value: { low_stock_threshold: after },
          actor: 'bert',
        });
      }
      const entries = (await auditOf(id)).length;
      await change(id, { low_stock_threshold: null });
      assert.equal((await auditOf(id)).length, entries);
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
      assert.deepEqual(json.errors, [
        { path: '', message: 'must have at least one of name, price, active, low_stock_threshold' },
      ]);
    });

    it('answers 404 for a product that does not exist', async () => {
      assert.equal((await change(uuidv4(), { name: 'x' })).status, 404);
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
