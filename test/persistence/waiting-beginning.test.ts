import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { v4, v7 } from 'uuid';
import { orderStatuses, type OrderStatus } from '../../src/domain/order-status.ts';
import { reservationEndings, type ReservationEnding } from '../../src/domain/reservation.ts';
import { migrateToLatest } from '../../src/persistence/migrate.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { goBackBeforeWaiting } from '../support/old-schema.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';

/** What the reservation of an order in each status has become. */
const endings: Readonly<Record<OrderStatus, ReservationEnding | null>> = {
  pending: null,
  confirmed: 'confirmed',
  processing: 'confirmed',
  shipped: 'confirmed',
  delivered: 'confirmed',
  cancelled: 'expired',
};

describe('A database of the version before the waiting lists', () => {
  let database: FreshDatabase;
  let db: Knex;
  let product: string;
  beforeEach(async () => {
    database = await freshDatabase();
    ({ db } = database);
    await goBackBeforeWaiting(db);
    product = v7();
    await db('products').insert({ id: product, sku: 'TEA', name: 'Tea', price_minor: 1250 });
  });
  afterEach(() => database.drop());

  const expires_at = new Date('2026-05-06T07:08:09.123Z');

  /** A reservation as that version writes it. */
  const oldReservation = (fields: object) => ({ id: v7(), product_id: product, quantity: 2, expires_at, ...fields });

  async function oldOrder(status: OrderStatus): Promise<{ readonly order: string; readonly reservation: string }> {
    const order = v7();
    await db('orders').insert({
      id: order,
      status,
      quantity: 2,
      total_minor: 2500,
      cancel_reason: status === 'cancelled' ? 'expired' : null,
      placed_by: `placer of ${status}`,
      expires_at,
      request_id: v4(),
    });
    const of = { order_id: order, line: 1 };
    await db('order_lines').insert({ ...of, product_id: product, quantity: 2, unit_price_minor: 1250 });
    const reservation = oldReservation({ ...of, ended_as: endings[status] });
    await db('reservations').insert(reservation);
    return { order, reservation: reservation.id };
  }

  async function oldStandalone(ended_as: ReservationEnding | null, actors: readonly string[]): Promise<string> {
    const row = oldReservation({ ended_as });
    await db('reservations').insert(row);
    for (const actor of actors) {
      const entry = { action: 'RESERVATION_CREATED', object_type: 'Reservation', object_id: row.id };
      await db('audit_log').insert({ actor, ...entry, new_value: { qty: 2 } });
    }
    return row.id;
  }

  const heldBy = async (id: string): Promise<unknown> =>
    (await db('reservations').where({ id }).first('held_by')).held_by;

  it('keeps its orders in every state, which ask for nothing new', async () => {
    const orders = new Map<OrderStatus, string>();
    for (const status of orderStatuses) orders.set(status, (await oldOrder(status)).order);
    assert.deepEqual(await migrateToLatest(db), [
      '0005-waiting-lists',
      '0006-credentials',
      '0007-fast-lists',
      '0008-low-stock',
      '0009-order-movements',
    ]);
    for (const [status, id] of orders) {
      const order = await readOrder(db, id);
      assert.deepEqual(
        [order?.status, order?.onShortage, order?.waiting, order?.rescuedFrom, order?.rescuedBy, order?.expiresAt],
        [status, 'reject', null, null, null, expires_at.toISOString()],
      );
      const [line] = order?.lines ?? [];
      assert.deepEqual([line?.quantity, line?.orderedQuantity, line?.reservedQuantity], [2, 2, 2]);
      assert.equal(order?.reservations[0]?.extendedSeconds, 0);
    }
    assert.deepEqual(await db('waiting_list'), []);
  });

  it('tells of each active reservation who holds it: who placed its order, or asked for it, or else the system', async () => {
    const { reservation: pending } = await oldOrder('pending');
    const { reservation: sold } = await oldOrder('shipped');
    const asked = await oldStandalone(null, ['zoe', 'a later one']);
    const unrecorded = await oldStandalone(null, []);
    const ended: string[] = [];
    for (const ending of reservationEndings) ended.push(await oldStandalone(ending, ['zoe']));
    await migrateToLatest(db);
    assert.deepEqual(
      [await heldBy(pending), await heldBy(asked), await heldBy(unrecorded)],
      ['placer of pending', 'zoe', 'system'],
    );
    for (const id of [sold, ...ended]) assert.equal(await heldBy(id), null);
  });

  it('has rows that satisfy every constraint, also those that are not checked for them', async () => {
    for (const status of orderStatuses) await oldOrder(status);
    for (const ending of [null, ...reservationEndings]) await oldStandalone(ending, ['zoe']);
    await migrateToLatest(db);
    const unchecked = await db('pg_constraint as c')
      .join('pg_class as t', 't.oid', 'c.conrelid')
      .where({ contype: 'c', convalidated: false })
      .select('c.conname as name', 't.relname as table');
    assert.ok(unchecked.some(({ name }) => name === 'reservations_held_by_somebody'));
    for (const { name, table } of unchecked) await db.raw('ALTER TABLE ?? VALIDATE CONSTRAINT ??', [table, name]);
  });

  it('takes no reservation any more of code that names nobody', async () => {
    const { order } = await oldOrder('pending');
    const old = oldReservation({});
    await migrateToLatest(db);
    const refused = { code: '23514', constraint: 'reservations_held_by_somebody' };
    await assert.rejects(Promise.resolve(db('reservations').insert(old)), refused);
    await db('reservations').insert({ ...old, held_by: 'zoe' });
    // What is there already, that code may still end.
    await db('reservations').where({ order_id: order }).update({ ended_as: 'released' });
  });
});
