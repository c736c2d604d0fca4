import type { Knex } from 'knex';
import { v4 } from 'uuid';
import type { StockMove } from '../../../src/domain/movement.ts';
import { insertMovements } from '../../../src/persistence/stock-movements.ts';
import { readDefaultWarehouseId } from '../../../src/persistence/warehouses.ts';
import { cause, heldReservation, item } from '../holds.ts';
import { movementsOf, tamper } from '../ledger.ts';
import { countIn, openWarehouse, stockedProduct, type StockedProduct } from '../orders.ts';
import { erase, levelOf, reservationOf, someOrder, usedProduct, type Damage } from './objects.ts';

/** Adds a movement of the main warehouse to the ledger that nothing stands behind. */
export async function claimMovement(
  db: Knex,
  { id: productId }: StockedProduct,
  move: Pick<StockMove, 'type' | 'delta'> & Partial<Pick<StockMove, 'of' | 'reason'>>,
): Promise<void> {
  const warehouseId = await readDefaultWarehouseId(db);
  const whole = { productId, warehouseId, of: {}, reason: null, ...move };
  await db.transaction(async (trx) => insertMovements(trx, [whole], cause()));
}

/** Changes the second of a product's movements, of which others have followed. */
async function changeSecond(db: Knex, changes: object | null): Promise<string> {
  const product = await usedProduct(db);
  const [, second] = await movementsOf(db, product);
  await tamper(db, async (trx) => {
    const row = trx('stock_movements').where({ id: second?.id });
    await (changes === null ? row.delete() : row.update(changes));
  });
  return levelOf(product);
}

/** What can be wrong with the ledger, and between it and the rows. */
export const ledgerDamages: readonly Damage[] = [
  {
    kind: 'stock-ledger',
    title: 'units that only the ledger knows of',
    inject: async (db) => {
      const product = await usedProduct(db);
      await claimMovement(db, product, { type: 'adjusted', delta: { total: 5, available: 5, reserved: 0 } });
      return levelOf(product);
    },
  },
  {
    kind: 'stock-ledger',
    title: 'a level without any movements',
    inject: async (db) => {
      const product = await usedProduct(db);
      await tamper(db, (trx) => trx('stock_movements').where({ product_id: product.id }).delete());
      return levelOf(product);
    },
  },
  {
    kind: 'stock-ledger',
    title: 'a level whose newest movement is gone',
    inject: async (db) => {
      const product = await usedProduct(db);
      await countIn(db, product, 3);
      const newest = (await movementsOf(db, product)).at(-1);
      await tamper(db, (trx) => trx('stock_movements').where({ id: newest?.id }).delete());
      return levelOf(product);
    },
  },
  {
    kind: 'stock-ledger',
    title: 'a level of which nothing is left but the ledger',
    inject: async (db) => {
      const product = await stockedProduct(db);
      await db('stock_levels').where({ product_id: product.id }).delete();
      await erase(db, levelOf(product));
      return levelOf(product);
    },
  },
  {
    kind: 'ledger-steps',
    title: 'a movement whose balance was changed',
    inject: (db) => changeSecond(db, { total_after: 25, available_after: 25, reserved_after: 0 }),
  },
  {
    kind: 'ledger-steps',
    title: 'a movement whose change was changed',
    inject: (db) => changeSecond(db, { total: 1, available: -2 }),
  },
  { kind: 'ledger-steps', title: 'a movement that is gone', inject: (db) => changeSecond(db, null) },
  {
    kind: 'ledger-allocations',
    title: 'a reservation that is allocated to another warehouse than its units came from',
    inject: async (db) => {
      const product = await stockedProduct(db);
      const code = `W-${v4().slice(0, 8).toUpperCase()}`;
      await openWarehouse(db, product, { code, units: 9, priority: 900 });
      const { id } = await heldReservation(db, item(product, 3));
      const [warehouse_id] = await db('warehouses').where({ code }).pluck('id');
      await db('reservation_allocations').where({ reservation_id: id }).update({ warehouse_id });
      return id;
    },
  },
  {
    kind: 'ledger-allocations',
    title: 'a sale that is not in the ledger',
    inject: async (db) => {
      const id = reservationOf(await someOrder(db, 'shipped'));
      await tamper(db, (trx) => trx('stock_movements').where({ reservation_id: id, type: 'fulfilled' }).delete());
      return id;
    },
  },
  {
    kind: 'ledger-allocations',
    title: 'a sale that is in the ledger twice',
    inject: async (db) => {
      const order = await someOrder(db, 'confirmed');
      const [reservation] = order.reservations;
      const of = { orderId: order.id, reservationId: reservationOf(order) };
      const delta = { total: -2, available: 0, reserved: -2 };
      await claimMovement(db, { id: reservation?.productId ?? '', sku: '' }, { type: 'fulfilled', delta, of });
      return of.reservationId;
    },
  },
];
