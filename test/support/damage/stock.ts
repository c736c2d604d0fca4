import type { Knex } from 'knex';
import { v4 } from 'uuid';
import { behindTheLedger } from '../ledger.ts';
import { countIn } from '../orders.ts';
import { erase, levelOf, usedProduct, type Damage } from './objects.ts';

async function changeLevel(db: Knex, by: { total: number; available: number; reserved: number }): Promise<string> {
  const product = await usedProduct(db);
  const changes = Object.entries(by).map(([column, delta]) => [column, db.raw('?? + ?', [column, delta])]);
  await behindTheLedger(db, (trx) =>
    trx('stock_levels').where({ product_id: product.id }).update(Object.fromEntries(changes)),
  );
  return levelOf(product);
}

/** What can be wrong with stock levels. */
export const stockDamages: readonly Damage[] = [
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
      await behindTheLedger(db, (trx) =>
        trx('stock_levels').insert({ product_id: product.id, warehouse_id: id, total: 7, available: 7 }),
      );
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
];
