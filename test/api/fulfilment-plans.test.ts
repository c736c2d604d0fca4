import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import type { z } from 'zod';
import type { fulfilmentPlans } from '../../src/api/schemas/fulfilment-plans.ts';
import { newOrder, presentOrder } from '../../src/api/schemas/orders.ts';
import { newReservation } from '../../src/api/schemas/reservations.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { createOrder, createProduct, expectStatus, startApi, type OrderWire, type TestApi } from '../support/api.ts';
import { keyed } from '../support/idempotency.ts';
import type { StockedProduct } from '../support/orders.ts';
import { rowCounts } from '../support/row-counts.ts';
import { openWarehouses, productIn } from '../support/warehouses.ts';

type Plans = z.output<typeof fulfilmentPlans>;

describe('POST /api/fulfilment-plans/', () => {
  let api: TestApi;
  let tea: StockedProduct;
  let cup: StockedProduct;

  before(async () => {
    api = await startApi();
    await openWarehouses(
      api.db,
      { code: 'HAM', priority: 50, region: 'North' },
      { code: 'MUC', priority: 150, region: 'South' },
    );
    tea = await productIn(api.db, { HAM: 2, MAIN: 5, MUC: 9 });
    cup = await productIn(api.db, { HAM: 1, MUC: 4 });
  });
  after(() => api.stop());

  const plan = (body: object, headers: Record<string, string> = {}) =>
    api.post<Plans>('/api/fulfilment-plans/', body, headers);
  const line = ({ id, sku }: StockedProduct, quantity: number, units: Readonly<Record<string, number>>) => {
    const allocations = Object.entries(units).map(([warehouse, quantity]) => ({ warehouse, quantity }));
    return { product_id: id, sku, quantity, allocations };
  };

  it('tells of each way of allocating where the units would come from, and why not from elsewhere', async () => {
    const items = [
      { product_id: tea.id, quantity: 7 },
      { product_id: cup.id, quantity: 2 },
    ];
    assert.deepEqual(expectStatus(200, await plan({ items, region: 'north' })), {
      region: 'north',
      plans: [
        {
          allocation: 'priority',
          possible: true,
          warehouses: 3,
          lines: [line(tea, 7, { HAM: 2, MAIN: 5 }), line(cup, 2, { HAM: 1, MUC: 1 })],
          shortages: [],
          passed_over: [],
        },
        {
          allocation: 'nearest',
          possible: true,
          warehouses: 3,
          lines: [line(tea, 7, { HAM: 2, MAIN: 5 }), line(cup, 2, { HAM: 1, MUC: 1 })],
          shortages: [],
          passed_over: [],
        },
        {
          allocation: 'fewest-splits',
          possible: true,
          warehouses: 1,
          lines: [line(tea, 7, { MUC: 7 }), line(cup, 2, { MUC: 2 })],
          shortages: [],
          passed_over: [
            {
              warehouse: 'HAM',
              reason: 'more-parcels',
              detail: `HAM lacks 5 of ${tea.sku}, 1 of ${cup.sku}; MUC has everything alone.`,
            },
            {
              warehouse: 'MAIN',
              reason: 'more-parcels',
              detail: `MAIN lacks 2 of ${tea.sku}, 2 of ${cup.sku}; MUC has everything alone.`,
            },
          ],
        },
        {
          allocation: 'single',
          possible: true,
          warehouses: 1,
          lines: [line(tea, 7, { MUC: 7 }), line(cup, 2, { MUC: 2 })],
          shortages: [],
          passed_over: [
            { warehouse: 'HAM', reason: 'not-enough', detail: `HAM lacks 5 of ${tea.sku}, 1 of ${cup.sku}.` },
            { warehouse: 'MAIN', reason: 'not-enough', detail: `MAIN lacks 2 of ${tea.sku}, 2 of ${cup.sku}.` },
          ],
        },
      ],
    });
  });

  it('takes one product as well, says what is short, and leaves the nearest out without a region', async () => {
    const { region, plans } = expectStatus(200, await plan({ product_id: tea.id, quantity: 10 }));
    assert.equal(region, null);
    assert.deepEqual(
      plans.map(({ allocation, possible, warehouses }) => [allocation, possible, warehouses]),
      [
        ['priority', true, 3],
        ['fewest-splits', true, 2],
        ['single', false, 0],
      ],
    );
    assert.deepEqual(plans[2]?.shortages, [{ product_id: tea.id, sku: tea.sku, requested: 10, available: 9 }]);
    assert.deepEqual(plans[2]?.lines, [line(tea, 10, {})]);
  });

  it('touches nothing and looks at no key, good or bad: every request is asked anew', async () => {
    const rows = await rowCounts(api.db);
    for (const key of [keyed(), keyed('short')]) {
      for (const quantity of [1, 2, 2]) {
        const reply = await plan({ product_id: tea.id, quantity }, key);
        assert.equal(expectStatus(200, reply).plans[0]?.lines[0]?.quantity, quantity);
        assert.equal(reply.headers.get('Idempotent-Replayed'), null);
      }
    }
    assert.deepEqual(await rowCounts(api.db), rows);
  });

  it('waits for nobody who has the stock locked', async () => {
    await api.db.transaction(async (trx) => {
      await trx('products').where({ id: tea.id }).forUpdate().select('id');
      await trx('stock_levels').where({ product_id: tea.id }).forUpdate().select('total');
      assert.equal((await plan({ product_id: tea.id, quantity: 1 })).status, 200);
    });
  });

  it('refuses what an order would be refused: unknown and inactive products', async () => {
    const unknown = await plan({ product_id: uuidv4(), quantity: 1 });
    assert.deepEqual([unknown.status, unknown.json.code], [404, 'not-found']);
    const { id, sku } = await createProduct(api);
    await api.request('PATCH', `/api/products/${id}/`, { body: { active: false } });
    const inactive = await plan({ product_id: id, quantity: 1 });
    assert.deepEqual([inactive.status, inactive.json.code], [409, 'product-inactive']);
    assert.equal(inactive.json.detail, `Product ${sku} is not for sale.`);
  });

  it('refuses a body without items, with both forms, and with fields of an order that mean nothing here', async () => {
    for (const [body, paths] of [
      [{}, ['/product_id', '/quantity']],
      [{ product_id: tea.id, quantity: 1, items: [{ product_id: tea.id, quantity: 1 }] }, ['/product_id', '/quantity']],
      [{ product_id: tea.id, quantity: 1, allocation: 'single' }, ['/allocation']],
    ] as const) {
      const { status, json } = await plan(body);
      assert.deepEqual([status, json.errors?.map(({ path }) => path)], [400, paths]);
    }
  });
});

describe('The allocation of an order over HTTP', () => {
  let api: TestApi;
  let tea: StockedProduct;

  before(async () => {
    api = await startApi();
    await api.startWorker();
    await openWarehouses(
      api.db,
      { code: 'HAM', priority: 50, region: 'North' },
      { code: 'MUC', priority: 150, region: 'South' },
    );
  });
  after(() => api.stop());
  beforeEach(async () => {
    tea = await productIn(api.db, { HAM: 2, MAIN: 5, MUC: 9 });
  });

  for (const [allocation, expected] of [
    [undefined, { HAM: 2, MAIN: 4 }],
    ['priority', { HAM: 2, MAIN: 4 }],
    ['nearest', { MUC: 6 }],
    ['fewest-splits', { MUC: 6 }],
    ['single', { MUC: 6 }],
  ] as const) {
    it(`is ${allocation ?? 'by priority unless asked otherwise'}, is what the plan said, and is in the order`, async () => {
      const body = { product_id: tea.id, quantity: 6, region: 'SOUTH' };
      const { plans } = expectStatus(200, await api.post<Plans>('/api/fulfilment-plans/', body));
      const planned = plans.find((plan) => plan.allocation === (allocation ?? 'priority'));
      const placed = await createOrder(api, { ...body, ...(allocation && { allocation }) });
      assert.deepEqual([placed.allocation, placed.region], [allocation ?? 'priority', 'SOUTH']);
      const allocations = Object.entries(expected).map(([warehouse, quantity]) => ({ warehouse, quantity }));
      assert.deepEqual(placed.reservations[0]?.allocations, allocations);
      assert.deepEqual(planned?.lines[0]?.allocations, allocations);
      const read = expectStatus(200, await api.get<OrderWire>(`/api/orders/${placed.id}/`));
      assert.deepEqual(read, placed);
    });
  }

  it('of a reservation that stands alone is as it asks', async () => {
    const body = { product_id: tea.id, quantity: 3, allocation: 'nearest', region: 'south' };
    const reply = await api.post<OrderWire['reservations'][number]>('/api/reservations/', body);
    assert.deepEqual(expectStatus(201, reply).allocations, [{ warehouse: 'MUC', quantity: 3 }]);
  });

  it('may not be the nearest without a region', async () => {
    for (const path of ['/api/create-order/', '/api/reservations/']) {
      const { status, json } = await api.post(path, { product_id: tea.id, quantity: 1, allocation: 'nearest' });
      assert.deepEqual(
        [status, json.errors],
        [400, [{ path: '/region', message: 'is required when the allocation is nearest' }]],
      );
    }
  });

  it('from one warehouse is refused when none has all of it, with what the closest has', async () => {
    const body = { product_id: tea.id, quantity: 10, allocation: 'single' };
    const { status, json } = await api.post('/api/create-order/', body);
    assert.equal(status, 409);
    assert.equal(
      json.detail,
      `No single warehouse has everything: MUC comes closest and does not have 10 of ${tea.sku} (9 available).`,
    );
    assert.deepEqual(json['shortages'], [{ product_id: tea.id, sku: tea.sku, requested: 10, available: 9 }]);
  });

  it('leaves a body that does not speak of it as it was, so that keys of an older version still fit', () => {
    const { success, data } = newOrder.safeParse({ product_id: tea.id, quantity: 1 });
    assert.ok(success);
    assert.equal(JSON.stringify(data), `{"items":[{"productId":"${tea.id}","quantity":1}],"reference":null}`);
    assert.equal(
      JSON.stringify(newReservation.parse({ product_id: tea.id, quantity: 1 })),
      `{"product_id":"${tea.id}","quantity":1}`,
    );
  });

  it('is missing in what the workflow of an older version answered with, and was by priority', async () => {
    const { id } = await createOrder(api, { product_id: tea.id, quantity: 1 });
    const order = await readOrder(api.db, id);
    assert.ok(order);
    const { allocation: _, region: __, ...older } = order;
    const { allocation, region } = presentOrder(older, 'EUR');
    assert.deepEqual([allocation, region], ['priority', null]);
  });

  it('is part of what an Idempotency-Key stands for', async () => {
    const key = keyed();
    const body = { product_id: tea.id, quantity: 1 };
    const first = expectStatus(201, await api.post<OrderWire>('/api/create-order/', body, key));
    const other = await api.post('/api/create-order/', { ...body, allocation: 'single' }, key);
    assert.deepEqual([other.status, other.json.code], [422, 'idempotency-key-reused']);
    assert.equal(expectStatus(201, await api.post<OrderWire>('/api/create-order/', body, key)).id, first.id);
  });
});
