import assert from 'node:assert/strict';
import { v4 } from 'uuid';
import type { Change } from '../../src/domain/audit.ts';
import type { StockMove } from '../../src/domain/movement.ts';
import { stockMoves } from '../../src/domain/stock.ts';
import { auditEntries } from '../../src/persistence/audit-log.ts';
import { writeTogether, type Queryable, type Transaction } from '../../src/persistence/database.ts';
import { setStockLevel } from '../../src/persistence/repairs.ts';
import { changeStock } from '../../src/persistence/stock-levels.ts';
import { insertMovements } from '../../src/persistence/stock-movements.ts';
import { readDefaultWarehouseId } from '../../src/persistence/warehouses.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldReservation, item } from '../support/holds.ts';
import { stockedProduct, stockOf, type StockedProduct } from '../support/orders.ts';
import { rowCounts } from '../support/row-counts.ts';
import { stockLevelRow } from '../support/rows.ts';

const database = testDatabase();

describe('A stock level that would change without its movement', () => {
  database.prepare();

  let product: StockedProduct;
  let main: string;
  beforeEach(async () => {
    product = await stockedProduct(database.db, { stock: 10 });
    main = await readDefaultWarehouseId(database.db);
  });

  const levelIn = (db: Queryable, { id } = product) => db('stock_levels').where({ product_id: id });

  /** Units counted in, or out, as a move in the main warehouse. */
  const counted = (units: number, { id: productId } = product): StockMove => {
    return { productId, warehouseId: main, type: 'adjusted', delta: stockMoves.adjust(units), of: {}, reason: null };
  };

  /** Another warehouse, with no level of the product. */
  async function elsewhere(): Promise<{ readonly id: string; readonly code: string }> {
    const id = v4();
    const code = `W-${id.slice(0, 8)}`.toUpperCase();
    await database.db('warehouses').insert({ id, code, name: code });
    return { id, code };
  }

  /** Demands that a transaction is refused for this level, and that nothing of it stays. */
  async function refusedFor(level: string, work: (trx: Transaction) => PromiseLike<unknown>): Promise<void> {
    const { db } = database;
    const state = async () => [await rowCounts(db), await db('stock_levels').orderBy(['product_id', 'warehouse_id'])];
    const before = await state();
    const message =
      `stock level ${level} was changed without a movement in the ledger; ` +
      'an older version of Earmark must not run on this database';
    const refusal = db.transaction(async (trx) => void (await work(trx)));
    await assert.rejects(refusal, (error: Error & { readonly code?: string; readonly table?: string }) => {
      assert.equal(error.message.split(' - ').at(-1), message);
      assert.deepEqual([error.code, error.table], ['23001', 'stock_levels']);
      return true;
    });
    assert.deepEqual(await state(), before);
  }

  const refused = (work: (trx: Transaction) => PromiseLike<unknown>) => refusedFor(`${product.id}/MAIN`, work);

  it('is refused, whichever of its figures would change', async () => {
    await refused((trx) => levelIn(trx).update({ total: 9, available: 9 }));
    await refused((trx) => levelIn(trx).update({ available: 8, reserved: 2 }));
    await refused((trx) => levelIn(trx).update({ total: 12, reserved: 2 }));
    await refused((trx) => setStockLevel(trx, product.id, main, { total: 0, available: 0, reserved: 0 }));
  });

  it('is refused as the version before changes it, and its transaction with it', async () => {
    const { id } = await heldReservation(database.db, item(product, 1));
    const [action, objectType, qty] = ['RESERVATION_FULFILLED', 'Reservation', { qty: 1 }] as const;
    const fulfilled: Change = { action, objectType, objectId: id, oldValue: qty, newValue: qty };
    await refused(async (trx) => {
      await trx('reservations').where({ id }).update({ ended_as: 'confirmed' });
      await auditEntries(trx, [fulfilled], cause());
      await trx.raw('UPDATE stock_levels SET total = total - 1, reserved = reserved - 1 WHERE product_id = ?', [
        product.id,
      ]);
    });
    assert.deepEqual(await database.db('reservations').where({ id }).pluck('ended_as'), [null]);
  });

  it('is refused when it begins with units, and may begin empty', async () => {
    const { id, code } = await elsewhere();
    const begin = (units: number) => (trx: Queryable) =>
      trx('stock_levels').insert(stockLevelRow(product.id, id, units));
    await refusedFor(`${product.id}/${code}`, begin(1));
    await begin(0)(database.db);
  });

  it('is refused when it goes to another warehouse', async () => {
    const { id, code } = await elsewhere();
    await refusedFor(`${product.id}/${code}`, (trx) => levelIn(trx).update({ warehouse_id: id }));
  });

  it('is refused when the movement is one of an earlier transaction', async () => {
    const { db } = database;
    await db.transaction((trx) => insertMovements(trx, [counted(2)], cause()));
    await refused((trx) => levelIn(trx).update({ total: 12, available: 12 }));
  });

  it('is refused when the movement is of another level', async () => {
    const { db } = database;
    const other = await stockedProduct(db, { stock: 10 });
    await refused((trx) =>
      writeTogether(trx, [
        trx('stock_levels').whereIn('product_id', [product.id, other.id]).update({ total: 12, available: 12 }),
        insertMovements(trx, [counted(2, other)], cause()),
      ]),
    );
  });

  it('is refused when the movement would only come after the statement', async () => {
    await refused(async (trx) => {
      await levelIn(trx).update({ total: 12, available: 12 });
      await insertMovements(trx, [counted(2)], cause());
    });
  });

  it('changes with it: by one statement, or by a movement before in the same transaction', async () => {
    const { db } = database;
    const other = await stockedProduct(db, { stock: 10 });
    await db.transaction(async (trx) => {
      await writeTogether(trx, changeStock(trx, [counted(2), counted(3, other)], cause()));
      await insertMovements(trx, [counted(-1)], cause());
      await levelIn(trx).update({ total: 11, available: 11 });
    });
    assert.deepEqual(await stockOf(db, product), { total: 11, available: 11, reserved: 0 });
    assert.deepEqual(await stockOf(db, other), { total: 13, available: 13, reserved: 0 });
  });

  it('may be written as it is', async () => {
    const before = await levelIn(database.db);
    await levelIn(database.db).update({ total: 10, available: 10, reserved: 0 });
    assert.deepEqual(await levelIn(database.db), before);
  });
});
