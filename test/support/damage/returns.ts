import type { Knex } from 'knex';
import { v4, v7 } from 'uuid';
import { type ReturnItemsInput } from '../../../src/activities/return-items.ts';
import type { Change } from '../../../src/domain/audit.ts';
import { claim, type Damage } from './objects.ts';
import { cause, item, orderIn } from '../holds.ts';
import { stockedProduct } from '../orders.ts';
import { returnItems } from '../acting.ts';

/** A delivered order of which two units were restocked and one was not. */
export async function returnedOrder(db: Knex): Promise<{ id: string; restocked: string; discarded: string }> {
  const { id: orderId } = await orderIn(db, 'delivered', item(await stockedProduct(db), 4));
  const take = async (of: Pick<ReturnItemsInput, 'quantity' | 'warehouse'>) =>
    (await returnItems(db, { returnId: v7(), orderId, line: 1, reason: 'wrong colour', ...of }, cause())).id;
  return {
    id: orderId,
    restocked: await take({ quantity: 2, warehouse: 'MAIN' }),
    discarded: await take({ quantity: 1, warehouse: null }),
  };
}

/** Changes a row of a return as nothing of Earmark does. */
async function changeReturn(db: Knex, fields: object): Promise<string> {
  const { id, restocked } = await returnedOrder(db);
  await db('returns').where({ id: restocked }).update(fields);
  return id;
}

/** Ways in which returns can be made wrong, for the list of all damages. */
export const returnDamages: readonly Damage[] = [
  {
    kind: 'order-returns',
    title: 'a return whose row is gone',
    inject: async (db) => {
      const { id, restocked } = await returnedOrder(db);
      await db('returns').where({ id: restocked }).delete();
      return id;
    },
  },
  ...[{ quantity: 1 }, { reason: 'another' }, { restock: false, warehouse_id: null }].map((fields) => ({
    kind: 'order-returns' as const,
    title: `a return that says ${JSON.stringify(fields)}`,
    inject: (db: Knex) => changeReturn(db, fields),
  })),
  {
    kind: 'order-returns',
    title: 'a return that is not in the log',
    inject: async (db) => {
      const { id } = await orderIn(db, 'delivered', item(await stockedProduct(db), 4));
      const row = { order_id: id, line: 1, quantity: 1, restock: false, reason: 'another', returned_by: 'x' };
      await db('returns').insert({ id: v4(), request_id: v4(), ...row });
      return id;
    },
  },
  {
    kind: 'order-returns',
    title: 'a return that is in the log twice',
    inject: async (db) => {
      const { id, discarded } = await returnedOrder(db);
      const newValue = { return: discarded, line: 1, qty: 1, restock: false, warehouse: null, reason: 'wrong colour' };
      const again: Change = { action: 'ITEMS_RETURNED', objectType: 'Order', objectId: id, oldValue: null, newValue };
      await claim(db, again);
      return id;
    },
  },
  {
    kind: 'order-returns',
    title: 'an order with returns that says it was only shipped',
    inject: async (db) => {
      const { id } = await returnedOrder(db);
      await db('orders').where({ id }).update({ status: 'shipped' });
      return id;
    },
  },
];
