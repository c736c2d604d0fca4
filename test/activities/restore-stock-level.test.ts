import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';
import { cause, heldReservation, item, orderIn } from '../support/holds.ts';
import { untilWaiting } from '../support/locks.ts';
import { beginLedgerNow, behindTheLedger } from '../support/ledger.ts';
import { countIn, openWarehouse, stockedProduct, stockOf, type StockedProduct } from '../support/orders.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';
import { endReservationHold } from '../support/acting.ts';
import { repairBooks, restoreStockLevel } from '../support/as-worker.ts';

let database: FreshDatabase;
let db: Knex;

const levelsOf = (product: StockedProduct): Promise<object[]> =>
  db('stock_levels').where({ product_id: product.id }).orderBy('total');

/** A product in two warehouses of which a shipped order has sold units. */
async function spreadProduct(): Promise<StockedProduct> {
  const product = await stockedProduct(db, { stock: 100 });
  await openWarehouse(db, product, { code: `W-${product.id.slice(-12).toUpperCase()}`, units: 3, priority: 200 });
  return product;
}

async function loseRows(table: 'reservations' | 'reservation_allocations'): Promise<void> {
  await db('reservation_allocations').delete();
  if (table === 'reservations') await db('reservations').delete();
}

describe('A stock level that is restored', () => {
  beforeEach(async () => {
    database = await freshDatabase();
    ({ db } = database);
  });
  afterEach(() => database.drop());

  it('does not get back what a reservation sold whose row is gone, nor when that row comes back', async () => {
    const product = await stockedProduct(db, { stock: 100 });
    const { id: reservationId } = await heldReservation(db, item(product, 5));
    await endReservationHold(db, { reservationId }, 'confirmed', cause());
    const backup = [await db('reservations'), await db('reservation_allocations')] as const;
    await loseRows('reservations');

    await repairBooks(db, cause());
    assert.deepEqual(await stockOf(db, product), { total: 95, available: 95, reserved: 0 });
    const left = (await findDiscrepancies(db)).map(({ kind }) => kind);
    assert.deepEqual(left, ['reservation-missing']);

    const [{ is_active: _, confirmed: __, ...row }] = backup[0] as [Record<string, unknown>];
    await db('reservations').insert(row);
    await db('reservation_allocations').insert(backup[1]);
    assert.deepEqual((await repairBooks(db, cause())).repairs, []);
    assert.deepEqual(await stockOf(db, product), { total: 95, available: 95, reserved: 0 });
  });

  it('is still what its entries add up to where lost reservations do not explain the difference', async () => {
    const product = await stockedProduct(db, { stock: 100 });
    const { id: reservationId } = await heldReservation(db, item(await stockedProduct(db), 5));
    await endReservationHold(db, { reservationId }, 'confirmed', cause());
    await loseRows('reservations');
    await behindTheLedger(db, (trx) =>
      trx('stock_levels').where({ product_id: product.id }).update({ total: 40, available: 40 }),
    );
    await repairBooks(db, cause());
    assert.deepEqual(await stockOf(db, product), { total: 100, available: 100, reserved: 0 });
  });

  for (const table of ['reservations', 'reservation_allocations'] as const) {
    it(`is left alone while nothing says where sold units were: ${table} are gone, and there are two warehouses`, async () => {
      const products = [await spreadProduct(), await spreadProduct()] as const;
      await orderIn(db, 'shipped', item(products[0], 5), item(products[1], 6));
      const before = await Promise.all(products.map(levelsOf));
      await beginLedgerNow(db);
      await loseRows(table);
      const { repairs } = await repairBooks(db, cause());
      assert.deepEqual(
        repairs.filter(({ repaired }) => repaired),
        [],
      );
      const stock = repairs.filter(({ finding }) => finding.kind === 'stock-log');
      assert.equal(stock.length, 2);
      for (const { how } of stock) assert.match(how, /repair that first/);
      assert.deepEqual(await Promise.all(products.map(levelsOf)), before);
    });
  }

  it('keeps its total when the entry of its first units is gone, and later ones are there', async () => {
    const product = await stockedProduct(db, { stock: 100 });
    await db.transaction(async (trx) => {
      await trx.raw('ALTER TABLE audit_log DISABLE TRIGGER audit_log_append_only');
      await trx('audit_log').where({ object_type: 'StockLevel' }).delete();
      await trx.raw('ALTER TABLE audit_log ENABLE TRIGGER audit_log_append_only');
    });
    await countIn(db, product, 5);
    await repairBooks(db, cause());
    assert.deepEqual(await stockOf(db, product), { total: 105, available: 105, reserved: 0 });
    assert.deepEqual(await findDiscrepancies(db), []);
  });

  it('waits for whoever has the lock of its product, even when it is the last level and gone', async () => {
    const product = await stockedProduct(db, { stock: 7 });
    await db('stock_levels').where({ product_id: product.id }).delete();
    let restoring: Promise<unknown> = Promise.resolve();
    await db.transaction(async (trx) => {
      await trx('products').where({ id: product.id }).forNoKeyUpdate().select('id');
      restoring = restoreStockLevel(db, `${product.id}/MAIN`, cause());
      await untilWaiting(db);
      assert.deepEqual(await trx('stock_levels').where({ product_id: product.id }), []);
    });
    await restoring;
    assert.deepEqual(await stockOf(db, product), { total: 7, available: 7, reserved: 0 });
  });
});
