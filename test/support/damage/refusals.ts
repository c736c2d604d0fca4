import { heldReservation, item } from '../holds.ts';
import { someOrder, usedProduct, type Damage } from './objects.ts';

/** What can be wrong with refusals. */
export const refusalDamages: readonly Damage[] = [
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
];
