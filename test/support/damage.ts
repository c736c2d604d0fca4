import type { Knex } from 'knex';
import { v4 } from 'uuid';
import { endOrderHold } from '../../src/activities/end-hold.ts';
import { statusChange } from '../../src/activities/status-change.ts';
import type { BookFindingKind } from '../../src/domain/finding.ts';
import type { CancelReason, Order } from '../../src/domain/order.ts';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import type { ReservationEnding } from '../../src/domain/reservation.ts';
import { returnDamages } from './damage-returns.ts';
import { claim, erase } from './false-log.ts';
import { cause, heldOrder, heldReservation, item, orderIn } from './holds.ts';
import { countIn, stockedProduct, type StockedProduct } from './orders.ts';

export { claim, erase } from './false-log.ts';

/** One way in which the books can be made wrong: it damages one object and gives the id that the finding is to have. */
export interface Damage {
  readonly kind: BookFindingKind;
  readonly title: string;
  readonly inject: (db: Knex) => Promise<string>;
}

const levelOf = ({ id }: StockedProduct) => `${id}/MAIN`;
const reservationOf = ({ reservations: [reservation] }: Order) => reservation?.id ?? '';

/** A product of which an order and a reservation hold some units. */
async function usedProduct(db: Knex): Promise<StockedProduct> {
  const product = await stockedProduct(db, { stock: 20 });
  await heldOrder(db, item(product, 3));
  await heldReservation(db, item(product, 2));
  await orderIn(db, 'confirmed', item(product, 4));
  return product;
}

async function someOrder(db: Knex, status: OrderStatus): Promise<Order> {
  return orderIn(db, status, item(await usedProduct(db), 2), item(await usedProduct(db), 1));
}

/** Changes rows as nothing of Earmark does. */
async function changeOrder(db: Knex, status: OrderStatus, fields: object): Promise<string> {
  const { id } = await someOrder(db, status);
  await db('orders').where({ id }).update(fields);
  return id;
}

async function changeReservation(db: Knex, status: OrderStatus, fields: object): Promise<string> {
  const id = reservationOf(await someOrder(db, status));
  await db('reservations').where({ id }).update(fields);
  return id;
}

async function changeLevel(db: Knex, by: { total: number; available: number; reserved: number }): Promise<string> {
  const product = await usedProduct(db);
  const changes = Object.entries(by).map(([column, delta]) => [column, db.raw('?? + ?', [column, delta])]);
  await db('stock_levels').where({ product_id: product.id }).update(Object.fromEntries(changes));
  return levelOf(product);
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

export const damages: readonly Damage[] = [
  {
    kind: 'stock-log',
    title: 'units that nobody counted in',
    inject: (db) => changeLevel(db, { total: 5, available: 5, reserved: 0 }),
  },
  {
    kind: 'stock-log',
    title: 'units that vanished',
    inject: (db) => changeLevel(db, { total: -2, available: -2, reserved: 0 }),
  },
  {
    kind: 'stock-reserved',
    title: 'units reserved for nobody',
    inject: (db) => changeLevel(db, { total: 0, available: -2, reserved: 2 }),
  },
  {
    kind: 'stock-reserved',
    title: 'reserved units that count as available',
    inject: (db) => changeLevel(db, { total: 0, available: 4, reserved: -4 }),
  },
  {
    kind: 'stock-unrecorded',
    title: 'a level that no entry tells of',
    inject: async (db) => {
      const product = await usedProduct(db);
      const code = `W-${v4().slice(0, 8).toUpperCase()}`;
      const [{ id }] = (await db('warehouses').insert({ id: v4(), code, name: code }).returning('id')) as [
        { id: string },
      ];
      await db('stock_levels').insert({ product_id: product.id, warehouse_id: id, total: 7, available: 7 });
      return `${product.id}/${code}`;
    },
  },
  {
    kind: 'stock-unrecorded',
    title: 'a level whose first units are not in the log',
    inject: async (db) => {
      const product = await usedProduct(db);
      await erase(db, levelOf(product));
      await countIn(db, product, 5);
      return levelOf(product);
    },
  },
  {
    kind: 'stock-missing',
    title: 'a level whose row is gone',
    inject: async (db) => {
      const product = await usedProduct(db);
      await db('stock_levels').where({ product_id: product.id }).delete();
      return levelOf(product);
    },
  },
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
  ...(['pending', 'shipped'] as const).map((status) => ({
    kind: 'line-reservation' as const,
    title: `a line of a ${status} order whose reservation is gone`,
    inject: async (db: Knex) => {
      const order = await someOrder(db, status);
      await db('reservation_allocations')
        .where({ reservation_id: reservationOf(order) })
        .delete();
      await db('reservations')
        .where({ id: reservationOf(order) })
        .delete();
      return order.id;
    },
  })),
  {
    kind: 'line-reservation',
    title: 'a line that says another quantity than its reservation',
    inject: async (db) => {
      const { id } = await someOrder(db, 'confirmed');
      await db('order_lines').where({ order_id: id, line: 1 }).update({ quantity: 5 });
      return id;
    },
  },
  {
    kind: 'order-lines',
    title: 'a line that says another price',
    inject: async (db) => {
      const { id } = await orderIn(db, 'processing', item(await stockedProduct(db), 3));
      await db('order_lines').where({ order_id: id }).update({ unit_price_minor: 1 });
      return id;
    },
  },
  {
    kind: 'order-lines',
    title: 'one of two lines that says another price',
    inject: async (db) => {
      const [tea, cup] = [await stockedProduct(db, { priceMinor: 700n }), await stockedProduct(db)];
      const { id } = await heldOrder(db, item(tea, 3), item(cup, 2));
      await db('order_lines').where({ order_id: id, line: 2 }).update({ unit_price_minor: 1 });
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
  {
    kind: 'refused-and-placed',
    title: 'an order that is remembered as refused',
    inject: async (db) => {
      const { id } = await someOrder(db, 'pending');
      await db('refusals').insert({ id, refusal: '{}' });
      return id;
    },
  },
  {
    kind: 'refused-and-placed',
    title: 'a reservation that is remembered as refused',
    inject: async (db) => {
      const { id } = await heldReservation(db, item(await usedProduct(db)));
      await db('refusals').insert({ id, refusal: '{}' });
      return id;
    },
  },
  ...returnDamages,
];
