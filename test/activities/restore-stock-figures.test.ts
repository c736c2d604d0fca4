import assert from 'node:assert/strict';
import { v4 } from 'uuid';
import { limits } from '../../src/domain/limits.ts';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';
import { claim } from '../support/damage.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldReservation, item, recording } from '../support/holds.ts';
import { behindTheLedger } from '../support/ledger.ts';
import { stockedProduct, stockOf, type StockedProduct } from '../support/orders.ts';
import { restoreStockLevel } from '../support/as-worker.ts';

describe('A stock level that differs from its audit entries or from the reservations', () => {
  const database = testDatabase();
  database.prepare();

  let product: StockedProduct;
  let id: string;
  beforeEach(async () => {
    product = await stockedProduct(database.db);
    await heldReservation(database.db, item(product, 4));
    id = `${product.id}/MAIN`;
  });

  const right = { total: 10, available: 6, reserved: 4 };
  const odd = { total: 8, available: 7, reserved: 1 };
  const set = (figures: object) =>
    behindTheLedger(database.db, (trx) => trx('stock_levels').where({ product_id: product.id }).update(figures));

  /** An entry of the level, as a count of units writes it. */
  const counted = (total: number) => {
    const newValue = { total, available: total, reserved: 0 };
    return claim(database.db, {
      action: 'STOCK_ADJUSTED',
      objectType: 'StockLevel',
      objectId: id,
      oldValue: { total: 0, available: 0, reserved: 0 },
      newValue,
    });
  };

  /** Restores the level and gives what was done and written. */
  async function restore(level = id) {
    const by = cause();
    const { result, entries } = await recording(database.db, () => restoreStockLevel(database.db, level, by));
    for (const { requestId, ...entry } of entries) {
      const { action, objectType, objectId } = entry;
      assert.deepEqual([action, objectType, objectId, requestId], ['REPAIRED', 'StockLevel', level, by.requestId]);
    }
    return { result, values: entries.map(({ oldValue, newValue }) => [oldValue, newValue]) };
  }

  it('gets the total of its entries and reserves what reservations hold', async () => {
    await set(odd);
    const findings = (await findDiscrepancies(database.db)).filter(({ kind }) => kind === 'stock-log');
    assert.deepEqual(
      findings.map(({ objectId, expected, found }) => [objectId, expected, found]),
      [[id, right, odd]],
    );
    const reason = 'restored from its audit entries';
    assert.deepEqual(await restore(), { result: reason, values: [[odd, { ...right, reason }]] });
    assert.deepEqual(await stockOf(database.db, product), right);
    assert.deepEqual(await restore(), { result: undefined, values: [] });
  });

  it('comes back when its row is gone', async () => {
    await database.db('stock_levels').where({ product_id: product.id }).delete();
    const reason = 'restored from its audit entries';
    assert.deepEqual(await restore(), { result: reason, values: [[null, { ...right, reason }]] });
    assert.deepEqual(await stockOf(database.db, product), right);
  });

  it('keeps its total when no entry says how it began', async () => {
    const { db } = database;
    const code = `W-${v4().slice(0, 8).toUpperCase()}`;
    const [{ id: warehouse_id }] = (await db('warehouses').insert({ id: v4(), code, name: code }).returning('id')) as [
      { id: string },
    ];
    await behindTheLedger(db, (trx) =>
      trx('stock_levels').insert({ product_id: product.id, warehouse_id, total: 7, available: 5, reserved: 2 }),
    );
    const reason = 'no audit entry said how it began: taken as it stands';
    const [found, repaired] = [
      { total: 7, available: 5, reserved: 2 },
      { total: 7, available: 7, reserved: 0 },
    ];
    const level = `${product.id}/${code}`;
    const ledger = { total: 0, available: 0, reserved: 0 };
    assert.deepEqual(await restore(level), {
      result: reason,
      values: [
        [
          { ...found, ledger },
          { ...repaired, ledger: repaired, reason },
        ],
      ],
    });
    assert.deepEqual(await stockOf(db, product), { total: 17, available: 13, reserved: 4 });
  });

  it('is a case for a person when reservations hold more than there is', async () => {
    await counted(-7);
    const message =
      `Stock level ${id} would have 3 units, and reservations hold 4: count the units, adjust the product's stock by what is ` +
      'missing in the books, and run this again.';
    await assert.rejects(restore(), { name: 'NeedsPerson', message });
    await counted(1);
    assert.equal((await restore()).result, 'restored from its audit entries');
    assert.deepEqual(await stockOf(database.db, product), { total: 4, available: 0, reserved: 4 });
  });

  it('is a case for a person when the entries add up to more than a level can hold', async () => {
    await counted(limits.stock - 9);
    await assert.rejects(restore(), { name: 'NeedsPerson', message: /would have 2147483648 units/ });
    await counted(-1);
    assert.equal((await restore()).result, 'restored from its audit entries');
    assert.equal((await stockOf(database.db, product)).total, limits.stock);
  });
});
