import assert from 'node:assert/strict';
import { routes } from '../../src/api/routes/index.ts';
import { presentProduct } from '../../src/api/schemas/products.ts';
import { readProduct } from '../../src/persistence/products.ts';
import {
  createOrder,
  createProduct,
  createWarehouse,
  expectStatus,
  startApi,
  transferStock,
  type ProductWire,
  type TestApi,
} from '../support/api.ts';
import { countIn } from '../support/orders.ts';
import { makeCatalogue, makeExamples, makeWork, sampleOf } from '../support/route-samples.ts';
import { until } from '../support/until.ts';

const read = async (api: TestApi, id: string): Promise<ProductWire> =>
  expectStatus(200, await api.get<ProductWire>(`/api/products/${id}/`));

/** What the database has of a product, as it is answered. */
async function truth(api: TestApi, id: string): Promise<ProductWire> {
  const product = await readProduct(api.db, id);
  assert.ok(product);
  return presentProduct(product, 'EUR');
}

/** A problem without what differs from request to request. */
function sameForAll(problem: object): object {
  const own = ['request_id', 'instance'];
  return Object.fromEntries(Object.entries(problem).filter(([member]) => !own.includes(member)));
}

/** What an order is answered with when something is missing, without what differs from request to request. */
async function refused(api: TestApi, body: object): Promise<{ readonly problem: object; readonly isEarly: boolean }> {
  const { status, json, text } = await api.post('/api/create-order/', body);
  assert.equal(status, 409, text);
  const line = api.lines.findLast((line) => line['request_id'] === json.request_id);
  return { problem: sameForAll(json), isEarly: line?.['early'] === true };
}

/** Orders until one is refused early. */
async function refusedEarly(api: TestApi, body: object): Promise<object> {
  let problem: object = {};
  await until(async () => {
    const refusal = await refused(api, body);
    problem = refusal.problem;
    return refusal.isEarly;
  });
  return problem;
}

describe('What an API keeps of products', () => {
  let api: TestApi;
  before(async () => {
    api = await startApi({ keeps: 'by looking' });
    await api.startWorker();
    await makeExamples(api);
  });
  after(() => api.stop());

  it('is what the database has, byte for byte', async () => {
    const { id } = await createProduct(api, { name: 'Lamp "Ö" </script>', total_stock: 3 });
    const [first, second] = [await api.get(`/api/products/${id}/`), await api.get(`/api/products/${id}/`)];
    for (const { json, text } of [first, second]) {
      assert.equal(text, JSON.stringify({ request_id: json.request_id, data: await truth(api, id) }));
    }
  });

  it('does not keep that there is nothing', async () => {
    const { id } = await createProduct(api);
    const other = id.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    assert.equal((await api.get(`/api/products/${other}/`)).status, 404);
    assert.equal((await api.get(`/api/products/${other}/`)).status, 404);
  });

  it('is no older than what somebody else did, after 1.5 seconds', async () => {
    const { id, sku } = await createProduct(api, { total_stock: 5 });
    await read(api, id);
    await countIn(api.db, { id, sku }, 2);
    const bound = performance.now() + 1_500;
    await until(() => performance.now() > bound);
    assert.equal((await read(api, id)).total_stock, 7);
  });

  describe('is no older than what the same API has answered:', () => {
    const writing = routes.filter(({ method, onlyLooks }) => method !== 'GET' && onlyLooks !== true);
    for (const route of writing) {
      it(`${route.method} ${route.path}`, async () => {
        const catalogue = await makeCatalogue(api);
        const objects = { ...catalogue, ...(await makeWork(api, catalogue.product)) };
        await read(api, objects.product);
        const { path, options } = sampleOf(route, objects);
        const reply = await api.request(route.method, path, options);
        assert.ok(reply.status < 300, reply.text);
        assert.deepEqual(await read(api, objects.product), await truth(api, objects.product));
      });
    }
  });

  describe('refuses an order early', () => {
    it('with the words that a workflow has, for one line and for several', async () => {
      const [none, some] = [await createProduct(api, { total_stock: 0 }), await createProduct(api, { total_stock: 3 })];
      const one = { product_id: none.id, quantity: 2 };
      const several = {
        items: [
          { product_id: some.id, quantity: 4 },
          { product_id: none.id, quantity: 1 },
        ],
      };
      for (const order of [one, several, { ...several, allocation: 'single' }, { ...one, region: 'north' }]) {
        // A keyed one is never refused early.
        const key = { 'Idempotency-Key': `first-${JSON.stringify(order).length}-${none.id}` };
        const { status, json } = await api.post('/api/create-order/', order, key);
        assert.equal(status, 409);
        assert.deepEqual(await refusedEarly(api, order), sameForAll(json));
      }
    });

    it('and says that others wait for what it wants', async () => {
      const { id: product_id } = await createProduct(api, { total_stock: 1 });
      const order = { product_id, quantity: 1 };
      await createOrder(api, { product_id, quantity: 2, on_shortage: 'wait', wait_seconds: 600 });
      const { problem } = await refused(api, order);
      assert.match(JSON.stringify(problem), /1 order waits for it/);
      assert.deepEqual(await refusedEarly(api, order), problem);
    });

    it('and begins nothing for it', async () => {
      const { id: product_id } = await createProduct(api, { total_stock: 0 });
      const order = { product_id, quantity: 1 };
      await refusedEarly(api, order);
      const refusals = async () => (await api.db('refusals').count('* as n').first()) as { n: string };
      const before = await refusals();
      assert.equal((await refused(api, order)).isEarly, true);
      assert.deepEqual(await refusals(), before);
    });

    it('not when it may be a repeat, would take less or would wait', async () => {
      const { id: product_id } = await createProduct(api, { total_stock: 0 });
      const order = { product_id, quantity: 1 };
      await refusedEarly(api, order);
      const isEarly = async (body: object, headers = {}) => {
        const { json } = await api.post('/api/create-order/', body, headers);
        return api.lines.findLast((line) => line['request_id'] === json.request_id)?.['early'] === true;
      };
      assert.equal(await isEarly(order, { 'Idempotency-Key': `key-${product_id}` }), false);
      assert.equal(await isEarly({ ...order, on_shortage: 'partial' }), false);
      assert.equal(await isEarly({ ...order, on_shortage: 'wait' }), false);
    });

    it('not when another line would be refused for something that comes before', async () => {
      const none = await createProduct(api, { total_stock: 0 });
      await refusedEarly(api, { product_id: none.id, quantity: 1 });
      const gone = await createProduct(api, { total_stock: 0 });
      await refusedEarly(api, { product_id: gone.id, quantity: 1 });
      await api.request('PATCH', `/api/products/${gone.id}/`, { body: { active: false } });
      const line = { product_id: none.id, quantity: 1 };
      const inactive = { items: [line, { product_id: gone.id, quantity: 1 }] };
      assert.equal((await api.post('/api/create-order/', inactive)).json.code, 'product-inactive');
      const unknown = { items: [line, { product_id: '0190aaaa-0000-7000-8000-000000000000', quantity: 1 }] };
      assert.equal((await api.post('/api/create-order/', unknown)).json.code, 'not-found');
    });

    it('not once the same API has answered that there is something again', async () => {
      const { id: product_id } = await createProduct(api, { total_stock: 1 });
      const order = { product_id, quantity: 1 };
      for (let round = 0; round < 5; round += 1) {
        const { id } = await createOrder(api, order);
        await refusedEarly(api, order);
        expectStatus(200, await api.post(`/api/orders/${id}/transition/`, { new_status: 'cancelled' }));
      }
      await createOrder(api, order);
    });

    it('not when the units lie where they can be had, and when only a closed warehouse has any', async () => {
      const { id: product_id } = await createProduct(api, { total_stock: 2 });
      const { code } = await createWarehouse(api, { code: `C-${Date.now()}` });
      await transferStock(api, { product_id, to: code, quantity: 2 });
      await api.request('PATCH', `/api/warehouses/${code}/`, { body: { active: false } });
      const order = { product_id, quantity: 1 };
      await refusedEarly(api, order);
      await api.request('PATCH', `/api/warehouses/${code}/`, { body: { active: true } });
      await createOrder(api, order);
    });

    it('for no longer than 1.5 seconds after somebody else brought units', async () => {
      const { id, sku } = await createProduct(api, { total_stock: 0 });
      const order = { product_id: id, quantity: 1 };
      await refusedEarly(api, order);
      await countIn(api.db, { id, sku }, 1);
      const bound = performance.now() + 1_500;
      await until(() => performance.now() > bound);
      await createOrder(api, order);
    });
  });

  it('is logged: how often it was of use', async () => {
    const own = await startApi({ keeps: 'by notices' });
    const { id } = await createProduct(own);
    for (let n = 0; n < 3; n += 1) await read(own, id);
    await own.request('PATCH', `/api/products/${id}/`, { body: { name: 'Other' } });
    await read(own, id);
    await own.stop();
    const { hits, misses, early_refusals, invalidations } = own.lines.find(({ msg }) => msg === 'product cache') ?? {};
    assert.deepEqual(
      { hits, misses, early_refusals, invalidations },
      { hits: 2, misses: 2, early_refusals: 0, invalidations: 1 },
    );
  });
});
