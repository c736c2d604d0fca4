import type { Knex } from 'knex';
import { heldOrder, item, orderIn } from '../holds.ts';
import { stockedProduct } from '../orders.ts';
import { reservationOf, someOrder, type Damage } from './objects.ts';

/** What can be wrong with the lines of orders. */
export const lineDamages: readonly Damage[] = [
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
];
