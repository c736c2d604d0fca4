import assert from 'node:assert/strict';
import { v4, v7 } from 'uuid';
import { limits } from '../../src/domain/limits.ts';
import { stockMoves } from '../../src/domain/stock.ts';
import type { StockMove } from '../../src/domain/movement.ts';
import { writeTogether, type Transaction } from '../../src/persistence/database.ts';
import { insertProduct } from '../../src/persistence/products.ts';
import { changeStock, lockStock, openStockLevels, type LockedProduct } from '../../src/persistence/stock-levels.ts';
import { readDefaultWarehouseId } from '../../src/persistence/warehouses.ts';
import { testDatabase } from '../support/database.ts';
import { cause } from '../support/holds.ts';
import { behindTheLedger } from '../support/ledger.ts';
import { untilWaiting } from '../support/locks.ts';
import { stockedProduct, stockOf, type StockedProduct } from '../support/orders.ts';
import { refusedBy } from '../support/refused-writes.ts';
import { stockLevelRow } from '../support/rows.ts';

const database = testDatabase();

/** Moves stock in the main warehouse. */
async function move(trx: Transaction, ...moves: readonly Pick<StockMove, 'productId' | 'delta'>[]): Promise<void> {
  const warehouseId = await readDefaultWarehouseId(trx);
  const of = { warehouseId, type: 'adjusted', of: {}, reason: null } as const;
  await writeTogether(
    trx,
    changeStock(
      trx,
      moves.map((move) => ({ ...of, ...move })),
      cause(),
    ),
  );
}

describe('A stock level', () => {
  database.prepare();

  let product: StockedProduct;
  beforeEach(async () => (product = await stockedProduct(database.db, { stock: 10 })));
  const change = (figures: object) =>
    behindTheLedger(database.db, (trx) => trx('stock_levels').where({ product_id: product.id }).update(figures));

  it('cannot be out of balance', async () => {
    await refusedBy('stock_levels_balance', change({ total: 11 }));
    await refusedBy('stock_levels_balance', change({ available: 9 }));
    await refusedBy('stock_levels_balance', change({ reserved: 1 }));
    await change({ total: 12, available: 5, reserved: 7 });
  });

  it('cannot hold fewer than no units, even when the sum is right', async () => {
    await refusedBy('stock_levels_available_not_negative', change({ total: 0, available: -1, reserved: 1 }));
    await refusedBy('stock_levels_reserved_not_negative', change({ total: 0, available: 1, reserved: -1 }));
    await assert.rejects(Promise.resolve(change({ total: -1, available: -1, reserved: 0 })), { code: '23514' });
  });

  it('cannot hold more units than the domain allows', async () => {
    await change({ total: limits.stock, available: limits.stock });
    await assert.rejects(Promise.resolve(change({ total: limits.stock + 1, available: limits.stock + 1 })), {
      code: '22003',
    });
  });

  it('is one per product and warehouse, and belongs to a product that exists', async () => {
    const { db } = database;
    const warehouseId = await readDefaultWarehouseId(db);
    await refusedBy('stock_levels_pkey', db('stock_levels').insert(stockLevelRow(product.id, warehouseId, 1)));
    await refusedBy('stock_levels_product_id_fkey', db('stock_levels').insert(stockLevelRow(v4(), warehouseId, 1)));
  });
});

describe('Changing stock', () => {
  database.prepare();

  it('moves several levels in one statement, each by its own figures', async () => {
    const { db } = database;
    const [first, second] = [await stockedProduct(db, { stock: 10 }), await stockedProduct(db, { stock: 20 })];
    await db.transaction(async (trx) => {
      await lockStock(trx, [first.id, second.id]);
      await move(
        trx,
        { productId: first.id, delta: stockMoves.reserve(4) },
        { productId: second.id, delta: stockMoves.adjust(5) },
      );
    });
    assert.deepEqual(await stockOf(db, first), { total: 10, available: 6, reserved: 4 });
    assert.deepEqual(await stockOf(db, second), { total: 25, available: 25, reserved: 0 });
  });
});

describe('Locking stock', () => {
  database.prepare();

  /** Locks in one transaction, then in another, lets the first change things, and gives what the second has read. */
  async function readAfterWaiting(
    product: StockedProduct,
    change: (trx: Transaction) => Promise<unknown>,
    lock: (trx: Transaction) => Promise<Map<string, LockedProduct>>,
  ): Promise<LockedProduct | undefined> {
    const { db } = database;
    const { second } = await db.transaction(async (trx) => {
      await lockStock(trx, [product.id]);
      const second = db.transaction(lock);
      await untilWaiting(db);
      await change(trx);
      return { second };
    });
    return (await second).get(product.id);
  }

  it('sees the figures as they are after its wait, not before', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 10 });
    const reserve = (trx: Transaction) => move(trx, { productId: product.id, delta: stockMoves.reserve(4) });
    const locked = await readAfterWaiting(product, reserve, (trx) => lockStock(trx, [product.id]));
    const { total, available, reserved } = locked?.levels[0] ?? {};
    assert.deepEqual({ total, available, reserved }, { total: 10, available: 6, reserved: 4 });
  });

  it('sees them as well when a subquery names the products', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 10 });
    const adjust = (trx: Transaction) => move(trx, { productId: product.id, delta: stockMoves.adjust(-3) });
    const locked = await readAfterWaiting(product, adjust, (trx) =>
      lockStock(trx, trx('products').where({ sku: product.sku }).select('id')),
    );
    assert.equal(locked?.levels[0]?.available, 7);
  });

  it('sees a level that is opened while it waits, and a warehouse that is closed', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 10 });
    const other = { id: v4(), code: 'WAITED-FOR', name: 'Opened meanwhile', priority: 1 };
    await db('warehouses').insert(other);
    const open = async (trx: Transaction): Promise<void> => {
      await openStockLevels(trx, [{ productId: product.id, warehouseId: other.id }]);
      await trx('warehouses').where({ id: other.id }).update({ active: false });
    };
    const locked = await readAfterWaiting(product, open, (trx) => lockStock(trx, [product.id]));
    const levels = locked?.levels.map(({ warehouse, active }) => ({ warehouse, active }));
    assert.deepEqual(levels, [
      { warehouse: 'WAITED-FOR', active: false },
      { warehouse: 'MAIN', active: true },
    ]);
  });

  it('sees price and activity as they are after its wait', async () => {
    const product = await stockedProduct(database.db, { priceMinor: 100n });
    const update = (trx: Transaction) =>
      Promise.resolve(trx('products').where({ id: product.id }).update({ price_minor: 250, active: false }));
    const locked = await readAfterWaiting(product, update, (trx) => lockStock(trx, [product.id]));
    assert.deepEqual([locked?.priceMinor, locked?.active], [250n, false]);
  });

  it('takes products in the order of their ids, however they are named or stored, so that no two carts deadlock', async () => {
    const { db } = database;
    const [low, high] = [v7(), v7()];
    const warehouseId = await readDefaultWarehouseId(db);
    for (const [id, sku] of [
      [high, `1-${high}`],
      [low, `2-${low}`],
    ] as const) {
      await insertProduct(db, { id, sku, name: 'Tea', priceMinor: 1n });
      await behindTheLedger(db, (trx) => trx('stock_levels').insert(stockLevelRow(id, warehouseId, 1)));
    }
    const { both } = await db.transaction(async (trx) => {
      await lockStock(trx, [low]);
      const both = db.transaction((waiting) => lockStock(waiting, [high, low]));
      await untilWaiting(db);
      // Whoever waits for the lower id holds nothing yet: the higher one is free.
      await db.transaction(async (other) => {
        await other.raw(`SET LOCAL lock_timeout = '100ms'`);
        await lockStock(other, [high]);
      });
      return { both };
    });
    assert.deepEqual(Array.from((await both).keys()), [low, high]);
  });

  it('leaves out products that are not there', async () => {
    const product = await stockedProduct(database.db);
    const locked = await database.db.transaction((trx) => lockStock(trx, [v7(), product.id]));
    assert.deepEqual(Array.from(locked.keys()), [product.id]);
  });

  it('gives the levels in the order in which warehouses are used: priority, then code', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 1 });
    const warehouses = [
      { id: v4(), code: 'ZZZ', name: 'first', priority: 1 },
      { id: v4(), code: 'BBB', name: 'third', priority: 5 },
      { id: v4(), code: 'AAA', name: 'second', priority: 5, active: false },
    ];
    await db('warehouses').insert(warehouses);
    await behindTheLedger(db, (trx) =>
      trx('stock_levels').insert(warehouses.map(({ id }) => stockLevelRow(product.id, id, 2))),
    );
    const locked = await db.transaction((trx) => lockStock(trx, [product.id]));
    const levels = locked.get(product.id)?.levels.map(({ warehouse, active }) => ({ warehouse, active }));
    assert.deepEqual(levels, [
      { warehouse: 'ZZZ', active: true },
      { warehouse: 'AAA', active: false },
      { warehouse: 'BBB', active: true },
      { warehouse: 'MAIN', active: true },
    ]);
  });

  it('lets others write rows that refer to a locked product', async () => {
    const { db } = database;
    const product = await stockedProduct(db);
    await db.transaction(async (holder) => {
      await lockStock(holder, [product.id]);
      const row = { id: v7(), product_id: product.id, quantity: 1, expires_at: db.fn.now(), held_by: 'anna' };
      await db('reservations').insert(row);
    });
  });
});
