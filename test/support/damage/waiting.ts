import type { Knex } from 'knex';
import { v7 } from 'uuid';
import { waitingEnded } from '../../../src/activities/serve-waiting.ts';
import type { Order } from '../../../src/domain/order.ts';
import type { WaitEnding } from '../../../src/domain/waiting.ts';
import { endOrderHold, reserveOrder } from '../acting.ts';
import { cause, heldOrder, item, orderToReserve } from '../holds.ts';
import { stockedProduct, type StockedProduct } from '../orders.ts';
import { claim, erase, type Damage } from './objects.ts';
import { moveAlone } from './orders.ts';
import { leaveWaitingList, rescueOrder } from '../as-worker.ts';

/** An order of two units that has joined the waiting list of a product, of which by default there is nothing. */
export async function waitingOrder(db: Knex, product?: StockedProduct): Promise<Order> {
  const items = [item(product ?? (await stockedProduct(db, { stock: 0 })), 2)];
  const { order } = await reserveOrder(db, orderToReserve({ items, onShortage: 'wait' }), cause());
  if (!order.waiting) throw new Error('There was enough for it');
  return order;
}

/** An order that has left its waiting list, with others before and behind it. */
export async function onceWaiting(db: Knex, endedAs: WaitEnding): Promise<Order> {
  const product = await stockedProduct(db, { stock: 2 });
  const { id: inTheWay } = await heldOrder(db, item(product, 2));
  const { id: orderId } = await waitingOrder(db, product);
  await waitingOrder(db, product);
  if (endedAs !== 'served') {
    return (await leaveWaitingList(db, { orderId, endedAs }, cause())).value.order;
  }
  await endOrderHold(db, { orderId: inTheWay }, 'released', cause());
  const { order } = await reserveOrder(db, orderToReserve({ orderId, items: [item(product, 2)] }), cause());
  if (order.waiting) throw new Error('It was not served');
  return order;
}

/** An expired order, and the one that takes its place. */
export async function rescuedOrder(db: Knex): Promise<{ readonly expired: string; readonly id: string }> {
  const { id: expired } = await heldOrder(db, item(await stockedProduct(db)));
  await endOrderHold(db, { orderId: expired }, 'expired', cause());
  const id = v7();
  await rescueOrder(db, { orderId: id, rescuedFrom: expired, holdSeconds: 600 }, 3600, cause());
  return { expired, id };
}

/** A change of a place in a waiting list as nothing of Earmark makes it; null to take it away. */
async function changeWait(db: Knex, order: Promise<Order>, fields: object | null): Promise<string> {
  const { id } = await order;
  const row = db('waiting_list').where({ order_id: id });
  await (fields === null ? row.delete() : row.update(fields));
  return id;
}

async function claimEnding(db: Knex, { id, lines: [line] }: Order, endedAs: WaitEnding): Promise<void> {
  await claim(db, waitingEnded(id, line?.product.id ?? '', 2, endedAs));
}

async function eraseWaiting(db: Knex, { id }: Order): Promise<string> {
  for (const action of ['WAITING_STARTED', 'WAITING_ENDED']) await erase(db, id, action);
  return id;
}

const states = ['waiting', 'served', 'cancelled', 'not-available'] as const;

const inState = (db: Knex, state: (typeof states)[number]): Promise<Order> =>
  state === 'waiting' ? waitingOrder(db) : onceWaiting(db, state);

/** What can be wrong with waiting lists, and with what becomes of who waited. */
export const waitingDamages: readonly Damage[] = [
  ...(
    [
      ['waiting', { quantity: 9 }],
      ['waiting', { ended_as: 'served' }],
      ['waiting', { ended_as: 'not-available' }],
      ['served', { ended_as: null }],
      ['served', { quantity: 1 }],
      ['cancelled', { ended_as: 'not-available' }],
      ['not-available', { ended_as: null }],
    ] as const
  ).map(([state, fields]) => ({
    kind: 'waiting-log' as const,
    title: `the place of an order that is ${state}, which says ${JSON.stringify(fields)}`,
    inject: (db: Knex) => changeWait(db, inState(db, state), fields),
  })),
  ...states.map((state) => ({
    kind: 'waiting-log' as const,
    title: `the place of an order that is ${state}, whose row is gone`,
    inject: (db: Knex) => changeWait(db, inState(db, state), null),
  })),
  ...states.map((state) => ({
    kind: 'waiting-log' as const,
    title: `the place of an order that is ${state}, which is not in the log`,
    inject: async (db: Knex) => eraseWaiting(db, await inState(db, state)),
  })),
  {
    kind: 'waiting-log',
    title: 'an ending of waiting that is in the log twice',
    inject: async (db) => {
      const order = await onceWaiting(db, 'served');
      await claimEnding(db, order, 'cancelled');
      return order.id;
    },
  },
  {
    kind: 'waiting-log',
    title: 'a place of which another product is said',
    inject: async (db) => changeWait(db, waitingOrder(db), { product_id: (await stockedProduct(db)).id }),
  },
  {
    kind: 'order-waiting',
    title: 'an order that was cancelled and still waits',
    inject: async (db) => moveAlone(db, await waitingOrder(db), 'cancelled', 'requested'),
  },
  ...(['cancelled', 'not-available'] as const).map((endedAs) => ({
    kind: 'order-waiting' as const,
    title: `a pending order that left its waiting list as ${endedAs}`,
    inject: async (db: Knex) => {
      const order = await waitingOrder(db);
      await db('waiting_list').where({ order_id: order.id }).update({ ended_as: endedAs });
      await claimEnding(db, order, endedAs);
      return order.id;
    },
  })),
  {
    kind: 'order-waiting',
    title: 'an order that has its units and still waits',
    inject: async (db) => {
      const { id } = await onceWaiting(db, 'served');
      await db('waiting_list').where({ order_id: id }).update({ ended_as: null });
      await erase(db, id, 'WAITING_ENDED');
      return id;
    },
  },
  {
    kind: 'order-waiting',
    title: 'an order that has its units and left its waiting list without them',
    inject: async (db) => {
      const order = await onceWaiting(db, 'served');
      await db('waiting_list').where({ order_id: order.id }).update({ ended_as: 'cancelled' });
      await erase(db, order.id, 'WAITING_ENDED');
      await claimEnding(db, order, 'cancelled');
      return order.id;
    },
  },
  {
    kind: 'order-waiting',
    title: 'an order that was served and got nothing',
    inject: async (db) => {
      const order = await waitingOrder(db);
      await db('waiting_list').where({ order_id: order.id }).update({ ended_as: 'served' });
      await claimEnding(db, order, 'served');
      return order.id;
    },
  },
  {
    kind: 'order-waiting',
    title: 'an order that waits and has a hold',
    inject: async (db) => {
      const { id } = await waitingOrder(db);
      await db('orders').where({ id }).update({ expires_at: db.fn.now() });
      return id;
    },
  },
  {
    kind: 'order-waiting',
    title: 'an order that was served and has no hold',
    inject: async (db) => {
      const { id } = await onceWaiting(db, 'served');
      await db('orders').where({ id }).update({ expires_at: null });
      return id;
    },
  },
  {
    kind: 'order-waiting',
    title: 'an order that never waited and has no hold',
    inject: async (db) => {
      const { id } = await heldOrder(db, item(await stockedProduct(db)));
      await db('orders').where({ id }).update({ expires_at: null });
      return id;
    },
  },
];

/** What can be wrong with orders that take the place of others. */
export const rescueDamages: readonly Damage[] = [
  {
    kind: 'order-rescue',
    title: 'an order that does not say whose place it takes',
    inject: async (db) => {
      const { id } = await rescuedOrder(db);
      await db('orders').where({ id }).update({ rescued_from: null });
      return id;
    },
  },
  {
    kind: 'order-rescue',
    title: 'an order that says it takes the place of one that nobody confirmed too late',
    inject: async (db) => {
      const { id: rescued_from } = await heldOrder(db, item(await stockedProduct(db)));
      await endOrderHold(db, { orderId: rescued_from }, 'expired', cause());
      const { id } = await heldOrder(db, item(await stockedProduct(db)));
      await db('orders').where({ id }).update({ rescued_from });
      return id;
    },
  },
  {
    kind: 'order-rescue',
    title: 'an order that takes the place of another, which the log of that one does not tell',
    inject: async (db) => {
      const { id, expired } = await rescuedOrder(db);
      await erase(db, expired, 'RESERVATION_RESCUED');
      return id;
    },
  },
];
