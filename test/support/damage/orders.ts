import type { Knex } from 'knex';
import { statusChange } from '../../../src/activities/status-change.ts';
import type { CancelReason, Order } from '../../../src/domain/order.ts';
import type { OrderStatus } from '../../../src/domain/order-status.ts';
import type { ReservationEnding } from '../../../src/domain/reservation.ts';
import { cause } from '../holds.ts';
import { claim, erase, someOrder, type Damage } from './objects.ts';
import { endOrderHold } from '../acting.ts';

/** Changes rows as nothing of Earmark does. */
async function changeOrder(db: Knex, status: OrderStatus, fields: object): Promise<string> {
  const { id } = await someOrder(db, status);
  await db('orders').where({ id }).update(fields);
  return id;
}

/** Moves an order on by itself, entry included, and leaves its reservations where they are. */
export async function moveAlone(
  db: Knex,
  { id, status }: Order,
  to: OrderStatus,
  cancelReason: CancelReason | null = null,
): Promise<string> {
  await db('orders').where({ id }).update({ status: to, cancel_reason: cancelReason });
  await claim(db, statusChange(id, status, to));
  return id;
}

/** Ends a pending order's reservations by themselves, stock and entries included; the order is left pending, or confirmed. */
export async function endAlone(
  db: Knex,
  { id }: Order,
  endedAs: ReservationEnding,
  status: 'pending' | 'confirmed' = 'pending',
): Promise<string> {
  await endOrderHold(db, { orderId: id }, endedAs, cause());
  await db('orders').where({ id }).update({ status, cancel_reason: null });
  await erase(db, id, 'ORDER_STATUS_CHANGED');
  if (status !== 'pending') await claim(db, statusChange(id, 'pending', status));
  return id;
}

/** What can be wrong with orders. */
export const orderDamages: readonly Damage[] = [
  ...(
    [
      ['pending', { status: 'confirmed' }],
      ['confirmed', { status: 'pending' }],
      ['shipped', { status: 'delivered' }],
      ['delivered', { status: 'processing' }],
      ['confirmed', { status: 'cancelled', cancel_reason: 'requested' }],
      ['pending', { status: 'cancelled', cancel_reason: 'expired' }],
      ['cancelled', { status: 'confirmed', cancel_reason: null }],
      ['cancelled', { cancel_reason: 'expired' }],
      ['processing', { quantity: 7 }],
      ['pending', { total_minor: 1 }],
      ['delivered', { reference: 'somebody else' }],
    ] as const
  ).map(([status, fields]) => ({
    kind: 'order-log' as const,
    title: `a ${status} order that says ${JSON.stringify(fields)}`,
    inject: (db: Knex) => changeOrder(db, status, fields),
  })),
  {
    kind: 'order-steps',
    title: 'a step in the log that the table forbids',
    inject: async (db) => {
      const { id } = await someOrder(db, 'pending');
      await claim(db, statusChange(id, 'pending', 'delivered'));
      return id;
    },
  },
  {
    kind: 'order-steps',
    title: 'a step that is in the log twice',
    inject: async (db) => {
      const { id } = await someOrder(db, 'processing');
      await claim(db, statusChange(id, 'confirmed', 'processing'));
      return id;
    },
  },
  {
    kind: 'order-steps',
    title: 'an order whose beginning is not in the log',
    inject: async (db) => {
      const { id } = await someOrder(db, 'shipped');
      await erase(db, id, 'ORDER_CREATED');
      return id;
    },
  },
  {
    kind: 'order-unrecorded',
    title: 'an order that is not in the log',
    inject: async (db) => {
      const { id } = await someOrder(db, 'confirmed');
      await erase(db, id);
      return id;
    },
  },
  {
    kind: 'order-reservations',
    title: 'an order that was cancelled without giving its units back',
    inject: async (db) => moveAlone(db, await someOrder(db, 'pending'), 'cancelled', 'requested'),
  },
  {
    kind: 'order-reservations',
    title: 'an order that was confirmed without selling its units',
    inject: async (db) => moveAlone(db, await someOrder(db, 'pending'), 'confirmed'),
  },
  {
    kind: 'order-reservations',
    title: 'a pending order that gave its units back',
    inject: async (db) => endAlone(db, await someOrder(db, 'pending'), 'released'),
  },
  {
    kind: 'order-reservations',
    title: 'a pending order whose units were sold',
    inject: async (db) => endAlone(db, await someOrder(db, 'pending'), 'confirmed'),
  },
  {
    kind: 'order-reservations',
    title: 'a confirmed order that gave its units back',
    inject: async (db) => endAlone(db, await someOrder(db, 'pending'), 'expired', 'confirmed'),
  },
];
