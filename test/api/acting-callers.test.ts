import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import { takesKey } from '../../src/api/route.ts';
import { routes } from '../../src/api/routes/index.ts';
import { createOrder, createProduct } from '../support/api.ts';
import { actingAs, startGuardedApi, type Bearer, type GuardedApi } from '../support/credentials.ts';
import { isReplayed } from '../support/idempotency.ts';
import { makeCatalogue, makeExamples, makeWork, sampleOf, type Objects } from '../support/route-samples.ts';

describe('A caller with credentials', () => {
  let api: GuardedApi;
  let anna: Bearer;
  let viewer: Bearer;

  before(async () => {
    api = await startGuardedApi();
    await api.startWorker();
    anna = await api.key('admin', 'anna');
    viewer = await api.key('viewer');
    await makeExamples(actingAs(api, anna));
  });

  after(() => api.stop());

  async function makeAll(): Promise<Objects> {
    const admin = actingAs(api, anna);
    const catalogue = await makeCatalogue(admin);
    return { ...catalogue, ...(await makeWork(admin, catalogue.product)) };
  }

  describe('does not get the answer of another by its Idempotency-Key', () => {
    for (const route of routes.filter(takesKey)) {
      it(`${route.method} ${route.path}`, async () => {
        const bert = await api.key('admin', `bert-${uuidv4()}`);
        const token = await api.token({ sub: `anna-${uuidv4()}` });
        const fresh = await makeAll();
        const { path, options } = sampleOf(route, fresh);
        const key = { 'Idempotency-Key': uuidv4() };
        const ask = (by: Bearer, others = {}) =>
          api.request<{ id?: string }>(route.method, path, { ...options, headers: { ...by, ...key, ...others } });
        const callers = [
          () => ask(anna),
          () => ask(anna, { 'X-Actor': 'carl' }),
          () => ask(anna, { 'X-Actor': 'key:anna' }),
          () => ask(bert),
          () => ask(bert, { 'X-Actor': 'carl' }),
          () => ask(bert, { 'X-Actor': 'key:anna' }),
          () => ask(token),
        ];
        const first = await callers[0]?.();
        assert.ok(first && first.status < 300, first?.text);
        const made = [first.json.data.id];
        for (const caller of callers.slice(1)) {
          const reply = await caller();
          assert.equal(isReplayed(reply), false, reply.text);
          if (reply.status === 201) made.push(reply.json.data.id);
        }
        if (first.status === 201) assert.equal(new Set(made).size, made.length, 'Two callers were told of one object');
        const again = await ask(anna);
        assert.equal(isReplayed(again), true, again.text);
        assert.equal((await ask(viewer)).status, 403);
        assert.equal((await api.request(route.method, path, { ...options, headers: key })).status, 401);
      });
    }
  });

  describe('that acts for somebody', () => {
    it('must be an operator, also where it only reads', async () => {
      for (const path of ['/api/products/', '/openapi.json']) {
        const reply = await api.get(path, { headers: { ...viewer, 'X-Actor': 'carl' } });
        assert.deepEqual([reply.status, reply.json.code, reply.json['needed']], [403, 'forbidden', 'operator']);
      }
    });

    it('stays who it is: X-Actor gives nobody another role or name', async () => {
      const operator = actingAs(api, await api.key('operator', 'till'));
      const reply = await operator.post('/api/products/', { name: 'x' }, { 'X-Actor': 'key:anna' });
      assert.equal(reply.status, 403);
      const product_id = (await createProduct(actingAs(api, anna))).id;
      const { id } = await createOrder(operator, { product_id, quantity: 1 });
      const { json } = await operator.get<readonly { actor: string; on_behalf_of: string | null }[]>(
        `/api/orders/${id}/audit/`,
      );
      assert.deepEqual([json.data[0]?.actor, json.data[0]?.on_behalf_of], ['key:till', null]);
    });
  });
});
