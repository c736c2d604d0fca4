import type { Knex } from 'knex';
import type { OrderStatus } from '../../../src/domain/order-status.ts';
import { heldReservation, item } from '../holds.ts';
import { claim, erase, reservationOf, someOrder, usedProduct, type Damage } from './objects.ts';

async function changeReservation(db: Knex, status: OrderStatus, fields: object): Promise<string> {
  const id = reservationOf(await someOrder(db, status));
  await db('reservations').where({ id }).update(fields);
  return id;
}

/** What can be wrong with reservations and their allocations. */
export const reservationDamages: readonly Damage[] = [
  ...(
    [
      ['pending', { ended_as: 'released' }],
      ['pending', { ended_as: 'confirmed' }],
      ['pending', { quantity: 9 }],
      ['confirmed', { ended_as: null }],
      ['delivered', { ended_as: 'expired' }],
    ] as const
  ).map(([status, fields]) => ({
    kind: 'reservation-log' as const,
    title: `a reservation of a ${status} order that says ${JSON.stringify(fields)}`,
    inject: (db: Knex) => changeReservation(db, status, fields),
  })),
  {
    kind: 'reservation-log',
    title: 'a standalone reservation that says it has ended',
    inject: async (db) => {
      const { id } = await heldReservation(db, item(await usedProduct(db), 2));
      await db('reservations').where({ id }).update({ ended_as: 'expired' });
      return id;
    },
  },
  {
    kind: 'reservation-log',
    title: 'a release that only the log tells of',
    inject: async (db) => {
      const { id } = await heldReservation(db, item(await usedProduct(db), 2));
      const qty = { qty: 2 };
      const release = { objectType: 'Reservation', objectId: id, oldValue: qty, newValue: qty } as const;
      await claim(db, { action: 'RESERVATION_RELEASED', ...release });
      return id;
    },
  },
  {
    kind: 'reservation-steps',
    title: 'an ending that is in the log twice',
    inject: async (db) => {
      const id = reservationOf(await someOrder(db, 'confirmed'));
      const qty = { qty: 2 };
      const again = { objectType: 'Reservation', objectId: id, oldValue: qty, newValue: qty } as const;
      await claim(db, { action: 'RESERVATION_RELEASED', ...again });
      return id;
    },
  },
  ...(['pending', 'confirmed'] as const).map((status) => ({
    kind: 'reservation-unrecorded' as const,
    title: `a reservation of a ${status} order that is not in the log`,
    inject: async (db: Knex) => {
      const id = reservationOf(await someOrder(db, status));
      await erase(db, id);
      return id;
    },
  })),
  ...(['pending', 'confirmed'] as const).map((status) => ({
    kind: 'reservation-allocations' as const,
    title: `a reservation of a ${status} order that is allocated more units than it is for`,
    inject: async (db: Knex) => {
      const id = reservationOf(await someOrder(db, status));
      await db('reservation_allocations').where({ reservation_id: id }).increment('quantity', 3);
      return id;
    },
  })),
  {
    kind: 'reservation-allocations',
    title: 'a reservation that is allocated nowhere',
    inject: async (db) => {
      const id = reservationOf(await someOrder(db, 'pending'));
      await db('reservation_allocations').where({ reservation_id: id }).delete();
      return id;
    },
  },
];
