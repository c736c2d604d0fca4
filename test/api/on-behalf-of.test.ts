import assert from 'node:assert/strict';
import { defaultHoldRules } from '../../src/domain/holding-limits.ts';
import { roles, type Role } from '../../src/domain/identity.ts';
import {
  createOrder,
  createProduct,
  expectStatus,
  startApi,
  type OrderWire,
  type ReservationWire,
  type ReturnWire,
  type TestApi,
} from '../support/api.ts';
import { startGuardedApi, type Bearer, type GuardedApi } from '../support/credentials.ts';

interface EntryWire {
  readonly actor: string;
  readonly on_behalf_of: string | null;
  readonly action: string;
}

describe('Acting on behalf of somebody (X-Actor with credentials)', () => {
  let api: GuardedApi;
  const keys: Partial<Record<Role, Bearer>> = {};

  before(async () => {
    api = await startGuardedApi();
    const limits = { lineUnits: null, heldUnits: 5, openHolds: null };
    await api.startWorker({ holdRules: { ...defaultHoldRules, limits } });
    for (const role of roles) keys[role] = await api.key(role);
  });
  after(() => api.stop());

  const as = (role: Role, party?: string) => ({ ...keys[role], ...(party === undefined ? {} : { 'X-Actor': party }) });
  /** A product with units, made by the admin. */
  const product = async () => {
    const made = await api.post<{ id: string }>(
      '/api/products/',
      { name: 'Lamp', price: '1.00', total_stock: 20 },
      as('admin'),
    );
    return expectStatus(201, made).id;
  };
  const said = async (path: string) =>
    expectStatus(200, await api.get<EntryWire[]>(path, { headers: as('viewer') })).map(
      ({ action, actor, on_behalf_of }) => `${action} ${actor} ${on_behalf_of}`,
    );

  it('is told apart from who acts, in every entry that an order makes from its placing to its return', async () => {
    const body = { product_id: await product(), quantity: 2 };
    const order = expectStatus(201, await api.post<OrderWire>('/api/create-order/', body, as('operator', 'anna')));
    assert.equal(order.placed_by, 'anna');
    const path = `/api/orders/${order.id}`;
    expectStatus(200, await api.post(`${path}/extend/`, { seconds: 60 }, as('operator', 'ben')));
    for (const new_status of ['confirmed', 'processing', 'shipped', 'delivered']) {
      expectStatus(200, await api.post(`${path}/transition/`, { new_status }, as('admin', 'carla')));
    }
    const back = { line: 1, quantity: 1, restock: true, reason: 'too bright' };
    const returned = await api.post<ReturnWire>(`${path}/returns/`, back, as('operator', 'dora'));
    assert.equal(expectStatus(201, returned).returned_by, 'dora');

    assert.deepEqual(await said(`${path}/audit/?limit=100`), [
      'ORDER_CREATED key:operator anna',
      'RESERVATION_CREATED key:operator anna',
      'HOLD_EXTENDED key:operator ben',
      'RESERVATION_FULFILLED key:admin carla',
      'ORDER_STATUS_CHANGED key:admin carla',
      'ORDER_STATUS_CHANGED key:admin carla',
      'ORDER_STATUS_CHANGED key:admin carla',
      'ORDER_STATUS_CHANGED key:admin carla',
      'ITEMS_RETURNED key:operator dora',
    ]);
    assert.equal((await said('/api/audit-log/?on_behalf_of=dora')).length, 2, 'the return and its stock');
  });

  it('is recorded of cancelled waiting orders, of signals and of reservations, too', async () => {
    const of = await product();
    const rest = { product_id: of, quantity: 5 };
    for (const party of ['p1', 'p2', 'p3', 'p4'])
      expectStatus(201, await api.post('/api/create-order/', rest, as('operator', party)));
    const waits = { product_id: of, quantity: 1, on_shortage: 'wait' };
    const waiting = expectStatus(201, await api.post<OrderWire>('/api/create-order/', waits, as('operator', 'anna')));
    const cancel = { new_status: 'cancelled' };
    expectStatus(200, await api.post(`/api/orders/${waiting.id}/transition/`, cancel, as('operator', 'ben')));
    assert.deepEqual((await said(`/api/orders/${waiting.id}/audit/`)).slice(-2).toSorted(), [
      'ORDER_STATUS_CHANGED key:operator ben',
      'WAITING_ENDED key:operator ben',
    ]);

    const alone = { product_id: await product(), quantity: 1 };
    const held = expectStatus(201, await api.post<ReservationWire>('/api/reservations/', alone, as('operator', 'eve')));
    expectStatus(200, await api.post(`/api/reservations/${held.id}/release/`, undefined, as('operator', 'finn')));
    assert.deepEqual(await said(`/api/audit-log/?object_type=Reservation&object_id=${held.id}`), [
      'RESERVATION_RELEASED key:operator finn',
      'RESERVATION_CREATED key:operator eve',
    ]);
  });

  it('is recorded of what the API does itself', async () => {
    const id = await product();
    expectStatus(
      200,
      await api.post(`/api/products/${id}/adjust-stock/`, { delta: 1, reason: 'found' }, as('admin', 'gil')),
    );
    assert.equal((await said(`/api/audit-log/?object_type=StockLevel&limit=1`))[0], 'STOCK_ADJUSTED key:admin gil');
  });

  it('is whose the limits on holdings are, and not the caller who acts for all', async () => {
    const body = { product_id: await product(), quantity: 4 };
    for (const party of ['hal', 'ida'])
      expectStatus(201, await api.post('/api/create-order/', body, as('operator', party)));
    const more = await api.post('/api/create-order/', body, as('operator', 'hal'));
    assert.deepEqual([more.status, more.json.code], [409, 'limit-exceeded']);
  });

  it('is not for viewers', async () => {
    const { status, json } = await api.get('/api/products/', { headers: as('viewer', 'anna') });
    assert.deepEqual([status, json.code, json['needed'], json['role']], [403, 'forbidden', 'operator', 'viewer']);
  });

  it('is never of a name that credentials or commands give', async () => {
    for (const party of ['key:admin', 'JWT:anna', 'cli:root', 'system']) {
      const { status, json } = await api.get('/api/products/', { headers: as('admin', party) });
      assert.deepEqual([status, json.errors?.map(({ path }) => path)], [400, ['X-Actor']], party);
    }
  });

  it('leaves the actor alone when nobody is named', async () => {
    const body = { product_id: await product(), quantity: 1 };
    const order = expectStatus(201, await api.post<OrderWire>('/api/create-order/', body, as('operator')));
    assert.equal(order.placed_by, 'key:operator');
    assert.deepEqual((await said(`/api/orders/${order.id}/audit/`))[0], 'ORDER_CREATED key:operator null');
  });
});

describe('A name that only credentials or commands give', () => {
  let api: TestApi;
  before(async () => {
    api = await startApi();
    await api.startWorker();
  });
  after(() => api.stop());

  for (const name of ['key:web-shop', 'KEY:web-shop', 'jwt:anna', 'cli:root']) {
    it(`cannot be claimed without them: ${name}`, async () => {
      const { status, json } = await api.get('/api/products/', { headers: { 'X-Actor': name } });
      assert.equal(status, 400);
      assert.deepEqual(
        json.errors?.map(({ path }) => path),
        ['X-Actor'],
      );
    });
  }

  it('leaves others alone', async () => {
    const { id } = await createProduct(api);
    const order = await createOrder(api, { product_id: id, quantity: 1 });
    assert.equal(order.placed_by, 'anonymous');
    expectStatus(200, await api.get('/api/products/', { headers: { 'X-Actor': 'keyboard:jwt' } }));
  });
});
