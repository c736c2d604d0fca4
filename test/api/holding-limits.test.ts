import assert from 'node:assert/strict';
import type { HoldRules } from '../../src/domain/holding-limits.ts';
import { createProduct, expectStatus, startApi, type TestApi } from '../support/api.ts';
import { until } from '../support/until.ts';

const holdRules: HoldRules = {
  maxFactor: 3,
  lateSeconds: 3600,
  limits: { lineUnits: 5, heldUnits: 7, openHolds: 2 },
};

describe('Limits against hoarding', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
    await api.startWorker({ holdRules });
  });
  after(() => api.stop());

  const ask = (path: string, actor: string | undefined, body: object) =>
    api.post<{ id: string }>(path, body, actor === undefined ? {} : { 'X-Actor': actor });
  const [orders, reservations] = ['/api/create-order/', '/api/reservations/'];

  it('refuse an order and a reservation with 409, naming the limit and what is left of it', async () => {
    const { id: product_id, sku } = await createProduct(api);
    for (const [path, actor] of [
      [orders, 'anna'],
      [reservations, 'bert'],
    ] as const) {
      const tooMany = await ask(path, actor, { product_id, quantity: 6 });
      const { code, limit, allowed, left } = tooMany.json;
      assert.deepEqual([tooMany.status, code, limit, allowed, left], [409, 'limit-exceeded', 'units-per-line', 5, 5]);
      expectStatus(201, await ask(path, actor, { product_id, quantity: 5 }));
      const held = await ask(path, actor, { product_id, quantity: 3 });
      assert.deepEqual([held.status, held.json.code], [409, 'limit-exceeded']);
      assert.deepEqual([held.json['limit'], held.json['allowed'], held.json['left']], ['held-units', 7, 2]);
      assert.equal(
        held.json.detail,
        `${actor} holds or waits for 5 units of ${sku}, and 3 more are too many: the limit is 7, 2 are left. ` +
          'Ask for fewer, or confirm or give up others first.',
      );
      expectStatus(201, await ask(path, actor, { product_id, quantity: 1 }));
      const open = await ask(path, actor, { product_id, quantity: 1 });
      assert.deepEqual([open.json['limit'], open.json['allowed'], open.json['left']], ['open-holds', 2, 0]);
    }
  });

  it('take all callers without a name for one, anonymous', async () => {
    const { id: product_id } = await createProduct(api);
    expectStatus(201, await ask(orders, undefined, { product_id, quantity: 1 }));
    expectStatus(201, await ask(reservations, 'anonymous', { product_id, quantity: 1 }));
    const refused = await ask(orders, undefined, { product_id, quantity: 1 });
    assert.deepEqual([refused.status, refused.json['limit'], refused.json['left']], [409, 'open-holds', 0]);
    assert.match(refused.json.detail ?? '', /^anonymous has 2 orders and reservations/);
    expectStatus(201, await ask(orders, 'carla', { product_id, quantity: 1 }));
  });

  it('give the same answer to the same key, and room to another one when something was given up', async () => {
    const { id: product_id } = await createProduct(api);
    const attempt = (key: string) =>
      api.post<{ id: string }>(
        reservations,
        { product_id, quantity: 1 },
        { 'X-Actor': 'dora', 'Idempotency-Key': `${key}-${product_id}` },
      );
    const { id } = expectStatus(201, await attempt('first'));
    expectStatus(201, await attempt('second'));
    assert.equal((await attempt('third')).json.code, 'limit-exceeded');
    expectStatus(200, await api.post(`/api/reservations/${id}/release/`, {}, { 'X-Actor': 'dora' }));
    assert.equal((await attempt('third')).json.code, 'limit-exceeded');
    expectStatus(201, await attempt('fourth'));
  });

  it('are told at the address of what was only accepted', async () => {
    const other = await startApi();
    try {
      const { id: product_id } = await createProduct(other);
      const accepted = await Promise.all(
        [orders, reservations].map((path) => other.post<{ id: string }>(path, { product_id, quantity: 6 })),
      );
      for (const reply of accepted) expectStatus(202, reply);
      await other.startWorker({ holdRules });
      for (const { headers } of accepted) {
        const address = headers.get('Location') ?? '';
        await until(async () => (await other.get(address)).status !== 202);
        const { status, json } = await other.get(address);
        assert.deepEqual([status, json.code, json['limit']], [409, 'limit-exceeded', 'units-per-line']);
      }
    } finally {
      await other.stop();
    }
  });
});
