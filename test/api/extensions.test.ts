import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import {
  clientOfNobody,
  createOrder,
  createProduct,
  createReservation,
  expectStatus,
  moveThrough,
  startApi,
  type OrderWire,
  type ReservationWire,
  type TestApi,
} from '../support/api.ts';
import { assertBooksBalance } from '../support/books.ts';
import { until } from '../support/until.ts';

interface OrderExtended {
  readonly seconds_left: number;
  readonly order: OrderWire;
}

interface ReservationExtended {
  readonly seconds_left: number;
  readonly reservation: ReservationWire;
}

const later = (at: string | null, seconds: number) => new Date(Date.parse(at ?? '') + seconds * 1000).toISOString();

describe('Extending a hold over HTTP', () => {
  let api: TestApi;
  before(async () => {
    api = await startApi();
    await api.startWorker();
  });
  after(() => api.stop());
  afterEach(() => assertBooksBalance(api.db));

  const held = async (fields: object = {}) =>
    createOrder(api, { product_id: (await createProduct(api)).id, quantity: 1, hold_seconds: 600, ...fields });
  const extend = (id: string, body: object, headers = {}) =>
    api.post<OrderExtended>(`/api/orders/${id}/extend/`, body, headers);
  const extendAlone = (id: string, body: object) =>
    api.post<ReservationExtended>(`/api/reservations/${id}/extend/`, body);

  it('gives an order more time, and says how much is left', async () => {
    const { id, expires_at } = await held();
    const first = expectStatus(200, await extend(id, { seconds: 500, reason: 'waits for the bank' }));
    assert.deepEqual([first.seconds_left, first.order.expires_at], [700, later(expires_at, 500)]);
    assert.deepEqual(
      first.order.reservations.map((one) => one.extended_seconds),
      [500],
    );
    const second = expectStatus(200, await extend(id, { seconds: 700 }));
    assert.deepEqual([second.seconds_left, second.order.expires_at], [0, later(expires_at, 1200)]);
    const { status, json } = await extend(id, { seconds: 1 });
    assert.deepEqual([status, json.code], [409, 'limit-exceeded']);
    assert.deepEqual([json['limit'], json['allowed'], json['left']], ['hold-extension', 1200, 0]);
    assert.deepEqual(expectStatus(200, await api.get(`/api/orders/${id}/`)), second.order);
  });

  it('gives a reservation more time, and says how much is left', async () => {
    const { id: product_id } = await createProduct(api);
    const { id, expires_at } = await createReservation(api, { product_id, quantity: 1, hold_seconds: 60 });
    const { seconds_left, reservation } = expectStatus(200, await extendAlone(id, { seconds: 20 }));
    assert.deepEqual([seconds_left, reservation.expires_at], [100, later(expires_at, 20)]);
    assert.equal((await extendAlone(id, { seconds: 101 })).json.code, 'limit-exceeded');
  });

  it('does it once for one key, and again for another', async () => {
    const { id, expires_at } = await held();
    const key = { 'Idempotency-Key': `extends-${id}` };
    const first = await extend(id, { seconds: 10 }, key);
    const again = await extend(id, { seconds: 10 }, key);
    assert.deepEqual([again.status, again.json.data], [200, first.json.data]);
    assert.equal(again.headers.get('Idempotent-Replayed'), 'true');
    assert.equal((await extend(id, { seconds: 11 }, key)).json.code, 'idempotency-key-reused');
    const other = expectStatus(200, await extend(id, { seconds: 10 }, { 'Idempotency-Key': `extends-more-${id}` }));
    assert.equal(other.order.expires_at, later(expires_at, 20));
  });

  it('never goes beyond the bounds, however many ask at once', async () => {
    const { id, expires_at } = await held({ hold_seconds: 100 });
    const replies = await Promise.all(Array.from({ length: 8 }, () => extend(id, { seconds: 60 })));
    assert.equal(replies.filter(({ status }) => status === 200).length, 3);
    const { json } = await api.get<OrderWire>(`/api/orders/${id}/`);
    assert.equal(json.data.expires_at, later(expires_at, 180));
  });

  it('is refused when the hold is over, with how it ended', async () => {
    const ended = async (id: string) => {
      const { status, json } = await extend(id, { seconds: 1 });
      return [status, json.code, json['ended_as']];
    };
    const [confirmed, cancelled] = [await held(), await held()];
    await moveThrough(api, confirmed.id, ['confirmed']);
    await moveThrough(api, cancelled.id, ['cancelled']);
    assert.deepEqual(await ended(confirmed.id), [409, 'reservation-ended', 'confirmed']);
    assert.deepEqual(await ended(cancelled.id), [409, 'reservation-ended', 'released']);
    const expired = await held({ hold_seconds: 1 });
    const look = async () => (await api.get<OrderWire>(`/api/orders/${expired.id}/`)).json.data.status;
    await until(async () => (await look()) === 'cancelled', 20_000);
    assert.deepEqual(await ended(expired.id), [409, 'reservation-ended', 'expired']);

    const { id: product_id } = await createProduct(api);
    const { id } = await createReservation(api, { product_id, quantity: 1 });
    expectStatus(200, await api.post(`/api/reservations/${id}/release/`, undefined));
    const alone = await extendAlone(id, { seconds: 1 });
    assert.deepEqual([alone.json.code, alone.json['ended_as']], ['reservation-ended', 'released']);
  });

  it('is refused while an order waits for its units', async () => {
    const { id: product_id } = await createProduct(api, { total_stock: 0 });
    const { id, waiting } = await createOrder(api, { product_id, quantity: 1, on_shortage: 'wait' });
    const { status, json } = await extend(id, { seconds: 1 });
    assert.deepEqual([status, json.code, json['until']], [409, 'not-reserved', waiting?.until]);
  });

  it('is not for the reservation of an order, nor for what does not exist', async () => {
    const { id, reservations } = await held();
    const own = await extendAlone(reservations[0]?.id ?? '', { seconds: 1 });
    assert.deepEqual([own.status, own.json.code, own.json['order_id']], [409, 'belongs-to-order', id]);
    assert.match(own.json.detail ?? '', /extend that order/);
    for (const reply of [await extend(v7(), { seconds: 1 }), await extendAlone(v7(), { seconds: 1 })]) {
      assert.deepEqual([reply.status, reply.json.code], [404, 'not-found']);
    }
  });

  it('is 503 without Temporal, and when the workflow of what is open is gone', async () => {
    const { id } = await held();
    const alone = await startApi({ db: api.db, client: clientOfNobody() });
    try {
      const { status, json } = await alone.post(`/api/orders/${id}/extend/`, { seconds: 1 });
      assert.deepEqual([status, json.code], [503, 'unavailable']);
    } finally {
      await alone.stop();
    }
    await api.client.workflow.getHandle(`order-${id}`).terminate();
    const orphaned = await extend(id, { seconds: 1 });
    assert.deepEqual([orphaned.status, orphaned.json.code], [503, 'unavailable']);
    assert.match(orphaned.json.detail ?? '', /The workflow of order .* is gone/);
  });
});
