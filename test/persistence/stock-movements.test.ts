import assert from 'node:assert/strict';
import { v4, v7 } from 'uuid';
import type { StockMove } from '../../src/domain/movement.ts';
import { stockMoves } from '../../src/domain/stock.ts';
import { writeTogether } from '../../src/persistence/database.ts';
import { changeStock, lockStock } from '../../src/persistence/stock-levels.ts';
import { readDefaultWarehouseId, readWarehouseIds } from '../../src/persistence/warehouses.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldReservation, item } from '../support/holds.ts';
import { behindTheLedger, movementsOf } from '../support/ledger.ts';
import { countIn, openWarehouse, stockedProduct, stockOf, type StockedProduct } from '../support/orders.ts';

const database = testDatabase();

const figures = (total: number, available = total) => ({ total, available, reserved: total - available });

describe('The ledger', () => {
  database.prepare();

  /** Moves stock in one statement. */
  async function move(
    product: StockedProduct,
    moves: readonly Omit<StockMove, 'productId' | 'reason'>[],
    by = cause(),
  ) {
    const whole = moves.map((one) => ({ productId: product.id, reason: null, ...one }));
    await database.db.transaction(async (trx) => {
      await lockStock(trx, [product.id]);
      await writeTogether(trx, changeStock(trx, whole, by));
    });
  }

  it('is only ever added to', async () => {
    const { db } = database;
    const product = await stockedProduct(db);
    const before = await movementsOf(db, product);
    const append = /append-only/;
    await assert.rejects(Promise.resolve(db('stock_movements').update({ actor: 'nobody' })), append);
    await assert.rejects(
      Promise.resolve(db('stock_movements').where({ product_id: v4() }).update({ total: 1 })),
      append,
    );
    await assert.rejects(Promise.resolve(db('stock_movements').delete()), append);
    await assert.rejects(Promise.resolve(db.raw('TRUNCATE stock_movements')), append);
    assert.deepEqual(await movementsOf(db, product), before);
  });

  it('takes no row whose figures are out of balance, or of a type that nobody knows', async () => {
    const { db } = database;
    const warehouse_id = await readDefaultWarehouseId(db);
    const row = { product_id: v7(), warehouse_id, type: 'adjusted', actor: 'x' };
    const change = { total: 1, available: 1, reserved: 0 };
    const after = { total_after: 1, available_after: 1, reserved_after: 0 };
    for (const wrong of [
      { total: 2 },
      { reserved: 1 },
      { total_after: 2 },
      { available_after: 0 },
      { type: 'stolen' },
    ]) {
      const insert = db('stock_movements').insert({ ...row, ...change, ...after, ...wrong });
      await assert.rejects(Promise.resolve(insert), { code: '23514' });
    }
  });

  it('begins a level with its first movement, and goes on from the one before', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 0 });
    assert.deepEqual(await movementsOf(db, product), []);
    await countIn(db, product, 7);
    await countIn(db, product, -2);
    assert.deepEqual(
      (await movementsOf(db, product)).map(({ change, balance }) => [change, balance]),
      [
        [figures(7), figures(7)],
        [figures(-2), figures(5)],
      ],
    );
  });

  it('goes on from the row before and not from the level, so that a level that was changed by hand differs', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 10 });
    await behindTheLedger(db, (trx) =>
      trx('stock_levels').where({ product_id: product.id }).update({ total: 40, available: 40 }),
    );
    await countIn(db, product, 1);
    assert.deepEqual((await movementsOf(db, product)).at(-1)?.balance, figures(11));
    assert.deepEqual(await stockOf(db, product), figures(41));
  });

  it('has a row for each of several moves of one level in one statement, one balance after the other', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 10 });
    const code = `W-${product.id.slice(-12).toUpperCase()}`;
    await openWarehouse(db, product, { code, units: 5, priority: 200 });
    const main = await readDefaultWarehouseId(db);
    const other = (await readWarehouseIds(db, [code])).get(code) ?? '';
    const [first, second] = [v7(), v7()];
    const by = cause({ actor: 'bert', workflowId: 'order-1' });
    await move(
      product,
      [
        { warehouseId: main, type: 'reserved', delta: stockMoves.reserve(2), of: { reservationId: first } },
        { warehouseId: other, type: 'reserved', delta: stockMoves.reserve(4), of: { reservationId: first } },
        { warehouseId: main, type: 'reserved', delta: stockMoves.reserve(3), of: { reservationId: second } },
        { warehouseId: main, type: 'fulfilled', delta: stockMoves.fulfil(2), of: { reservationId: first } },
      ],
      by,
    );
    const added = (await movementsOf(db, product)).slice(2);
    assert.deepEqual(
      added.map(({ warehouse, type, balance, reservation_id }) => [warehouse, type, balance, reservation_id]),
      [
        ['MAIN', 'reserved', figures(10, 8), first],
        [code, 'reserved', figures(5, 1), first],
        ['MAIN', 'reserved', figures(10, 5), second],
        ['MAIN', 'fulfilled', figures(8, 5), first],
      ],
    );
    for (const { actor, request_id, workflow_id } of added) {
      assert.deepEqual([actor, request_id, workflow_id], ['bert', by.requestId, 'order-1']);
    }
    assert.deepEqual(await stockOf(db, product), { total: 13, available: 6, reserved: 7 });
  });

  it('has the rows of a product in the order of time and of balances, however many move it at once', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 50 });
    await Promise.all(
      Array.from({ length: 24 }, (_, n) =>
        n % 2 === 0 ? heldReservation(db, item(product, 1)) : countIn(db, product, 1),
      ),
    );
    const movements = await movementsOf(db, product);
    assert.equal(movements.length, 25);
    let balance = figures(0);
    for (const { change, balance: after } of movements) {
      balance = {
        total: balance.total + change.total,
        available: balance.available + change.available,
        reserved: balance.reserved + change.reserved,
      };
      assert.deepEqual(after, balance);
    }
    assert.deepEqual(await stockOf(db, product), balance);
    const times = movements.map(({ at }) => new Date(at).getTime());
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  });
});
