import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import { newProduct, stockAdjustment } from '../../src/api/schemas/products.ts';
import { createProduct, expectStatus, startApi, type ProductWire, type TestApi } from '../support/api.ts';
import { assertOneAnswer, assertReplayOf, isReplayed, keyed } from '../support/idempotency.ts';
import { until } from '../support/until.ts';
import { forgetKeys } from '../support/as-worker.ts';

const lamp = { name: 'Lamp', price: '12.50', total_stock: 10 };
const delivery = { delta: 5, reason: 'delivery' };

describe('Idempotency-Key', () => {
  let api: TestApi;

  const create = (headers: object, fields: object = {}) =>
    api.post<ProductWire>('/api/products/', { ...lamp, ...fields }, { ...headers });
  const adjust = (id: string, headers: object, fields: object = {}) =>
    api.post<ProductWire>(`/api/products/${id}/adjust-stock/`, { ...delivery, ...fields }, { ...headers });
  const countOf = async (table: string) => Number((await api.db(table).count('* as n').first())?.['n']);
  const totalOf = async (id: string) =>
    expectStatus(200, await api.get<ProductWire>(`/api/products/${id}/`)).total_stock;

  before(async () => {
    api = await startApi();
  });
  after(() => api.stop());

  describe('as a header', () => {
    for (const [what, key] of Object.entries({
      'seven characters': 'x'.repeat(7),
      '256 characters': 'x'.repeat(256),
      'no characters': '',
      'a blank inside': 'order 2026-0017',
      'a letter beyond ASCII': 'caf\u00e9-cafe',
      'a tab': 'order\t2026-0017',
    })) {
      it(`may not have ${what}`, async () => {
        const { status, json } = await create({ 'Idempotency-Key': key });
        assert.deepEqual([status, json.errors?.map(({ path }) => path)], [400, ['Idempotency-Key']]);
      });
    }

    it('may have 8 to 255 visible ASCII characters', async () => {
      for (const key of ['12345678', '!"#$%&~}', uuidv4() + 'x'.repeat(255 - 36)]) {
        assert.equal((await create(keyed(key))).status, 201);
      }
    });

    it('is named together with everything else that is wrong', async () => {
      const { json } = await create({ 'Idempotency-Key': 'short', 'X-Actor': 'system' }, { price: 'x' });
      assert.deepEqual(
        json.errors?.map(({ path }) => path),
        ['X-Actor', 'Idempotency-Key', '/price'],
      );
    });

    it('means nothing where nothing is created or moved', async () => {
      const { id } = await createProduct(api);
      assert.equal((await api.get('/api/products/', { headers: { 'Idempotency-Key': 'x' } })).status, 200);
      const change = (name: string) =>
        api.request('PATCH', `/api/products/${id}/`, { body: { name }, headers: keyed('the-same-key') });
      assert.deepEqual([(await change('One')).status, (await change('Two')).status], [200, 200]);
    });
  });

  describe('belongs to', () => {
    it('its caller: two callers with one key ask for two things', async () => {
      const key = keyed();
      const ids = new Set<string>();
      for (const caller of [{}, { 'X-Actor': 'anna' }, { 'X-Actor': 'bert' }]) {
        ids.add(expectStatus(201, await create({ ...key, ...caller })).id);
      }
      assert.equal(ids.size, 3);
    });

    it('its address, in any spelling', async () => {
      const key = keyed();
      const [one, two] = [await createProduct(api), await createProduct(api)];
      const first = await adjust(one.id, key);
      assert.equal(isReplayed(await adjust(two.id, key)), false);
      assertReplayOf(first, await adjust(one.id.toUpperCase(), key));
      const unslashed = await api.post(`/api/products/${one.id}/adjust-stock`, delivery, key);
      assertReplayOf(first, unslashed);
    });
  });

  describe('on what has no workflow', () => {
    it('makes fifty products sent at once one product and one answer', async () => {
      const products = await countOf('products');
      const key = keyed();
      await assertOneAnswer(201, 50, () => create(key));
      assert.equal(await countOf('products'), products + 1);
    });

    it('makes fifty adjustments sent at once one adjustment and one answer', async () => {
      const { id } = await createProduct(api, { total_stock: 1 });
      const key = keyed();
      await assertOneAnswer(200, 50, () => adjust(id, key));
      assert.equal(await totalOf(id), 6);
    });

    it('gives the first answer again, whatever has happened since', async () => {
      const key = keyed();
      const first = await create(key);
      const { id } = expectStatus(201, first);
      await api.request('PATCH', `/api/products/${id}/`, { body: { name: 'New', active: false } });
      assertReplayOf(first, await create(key));
    });

    it('refuses another body as 422, and takes another spelling of the same', async () => {
      const key = keyed();
      const first = await create(key);
      assertReplayOf(first, await create(key, { price: 12.5 }));
      const { status, json } = await create(key, { name: 'Chair' });
      assert.deepEqual([status, json.code], [422, 'idempotency-key-reused']);
    });

    it('compares a repeat with a first one from before there were several warehouses, or thresholds', () => {
      const checked = newProduct.parse({ sku: 'LAMP-1', total_stock: 10, price: '12.50', name: 'Lamp' });
      assert.deepEqual(Object.keys(checked), ['name', 'price', 'total_stock', 'sku']);
      const withAll = newProduct.parse({
        low_stock_threshold: null,
        stock: [{ warehouse: 'MAIN', quantity: 1 }],
        price: 1,
        name: 'Lamp',
      });
      assert.deepEqual(Object.keys(withAll), ['name', 'price', 'stock', 'low_stock_threshold']);
      assert.deepEqual(Object.keys(stockAdjustment.parse({ reason: 'delivery', delta: 5 })), ['delta', 'reason']);
    });

    it('does not remember bad input', async () => {
      const key = keyed();
      assert.equal((await create(key, { price: '-1' })).status, 400);
      assert.equal((await create(key)).status, 201);
    });

    it('does not remember a refusal: a failed effect leaves no key', async () => {
      const keys = await countOf('idempotency_keys');
      const { id, sku } = await createProduct(api, { total_stock: 1 });
      const [taken, stock] = [keyed(), keyed()];
      assert.equal((await create(taken, { sku })).json.code, 'sku-taken');
      assert.equal((await adjust(id, stock, { delta: -2 })).json.code, 'stock-conflict');
      assert.equal((await adjust(uuidv4(), stock)).json.code, 'not-found');
      assert.equal(await countOf('idempotency_keys'), keys);
      expectStatus(200, await adjust(id, keyed()));
      const later = await adjust(id, stock, { delta: -2 });
      assert.deepEqual([later.status, isReplayed(later)], [200, false]);
    });

    it('keeps neither effect nor key when the commit fails', async () => {
      const { id } = await createProduct(api, { total_stock: 1 });
      const [before, audit] = [await countOf('idempotency_keys'), await countOf('audit_log')];
      await api.db.raw(`
        CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'planted'; END $$;
        CREATE CONSTRAINT TRIGGER planted AFTER INSERT ON idempotency_keys
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail();
      `);
      const key = keyed();
      try {
        assert.equal((await adjust(id, key)).status, 500);
      } finally {
        await api.db.raw('DROP TRIGGER planted ON idempotency_keys; DROP FUNCTION fail');
      }
      assert.deepEqual(
        [await countOf('idempotency_keys'), await countOf('audit_log'), await totalOf(id)],
        [before, audit, 1],
      );
      assert.equal(isReplayed(await adjust(id, key)), false);
      assert.equal(await totalOf(id), 6);
    });

    it('is not remembered when a connection dies between the effect and the commit', async () => {
      const { id } = await createProduct(api, { total_stock: 1 });
      const key = keyed();
      // A lock on the keys lets the effect happen and holds the answer's storing up.
      await api.db.transaction(async (trx) => {
        await trx.raw(`
          CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END $$;
          CREATE TRIGGER waiting AFTER UPDATE ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION wait();
        `);
      });
      await api.db.transaction(async (trx) => {
        await trx.raw('SELECT pg_advisory_xact_lock(4711)');
        const adjusting = adjust(id, key);
        const waiting = `SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()`;
        const pids = async () => (await trx.raw<{ rows: { pid: number }[] }>(waiting)).rows.map(({ pid }) => pid);
        await until(async () => (await pids()).length === 1);
        await trx.raw('SELECT pg_terminate_backend(?)', [(await pids())[0] ?? 0]);
        assert.equal((await adjusting).status, 503);
      });
      await api.db.raw('DROP TRIGGER waiting ON idempotency_keys; DROP FUNCTION wait');
      assert.equal(await totalOf(id), 1);
      const again = await adjust(id, key);
      assert.deepEqual([again.status, isReplayed(again), await totalOf(id)], [200, false, 6]);
    });
  });

  it('is forgotten after thirty days, and never within one', async () => {
    const young = keyed();
    const first = await create(young);
    await api.db('idempotency_keys').update({ created_at: api.db.raw(`now() - interval '23 hours'`) });
    const old = Array.from({ length: 2_500 }, () => ({
      id: uuidv4(),
      fingerprint: 'x',
      answer: '{}',
      created_at: api.db.raw(`now() - interval '31 days'`),
    }));
    await api.db.batchInsert('idempotency_keys', old);
    const kept = await countOf('idempotency_keys');
    assert.equal(await forgetKeys(api.db), 2_500);
    assert.equal(await countOf('idempotency_keys'), kept - 2_500);
    assertReplayOf(first, await create(young));
  });
});
