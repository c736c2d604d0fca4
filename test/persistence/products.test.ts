import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import { limits } from '../../src/domain/limits.ts';
import type { Product } from '../../src/domain/product.ts';
import {
  insertProduct,
  listProducts,
  readProduct,
  skuConstraint,
  updateProduct,
  type ProductChanges,
} from '../../src/persistence/products.ts';
import { readDefaultWarehouseId } from '../../src/persistence/warehouses.ts';
import { testDatabase } from '../support/database.ts';
import { behindTheLedger } from '../support/ledger.ts';
import { stockedProduct } from '../support/orders.ts';
import { everyPage } from '../support/pages.ts';
import { refusedBy } from '../support/refused-writes.ts';
import { oneMillisecond, stockLevelRow } from '../support/rows.ts';

const database = testDatabase();

describe('A product in the database', () => {
  database.prepare();

  const insert = (fields: object) =>
    insertProduct(database.db, { id: v7(), sku: v7(), name: 'Tea', priceMinor: 1n, ...fields });

  it('has a SKU of its own, whatever its case', async () => {
    await insert({ sku: 'Tea-1' });
    await refusedBy(skuConstraint, insert({ sku: 'tea-1' }));
  });

  it('has a price within bounds', async () => {
    await refusedBy('products_price_in_range', insert({ priceMinor: -1n }));
    await refusedBy('products_price_in_range', insert({ priceMinor: limits.priceMinor + 1n }));
    await insert({ priceMinor: limits.priceMinor });
    await insert({ priceMinor: 0n });
  });
});

describe('Reading and changing a product', () => {
  database.prepare();

  it('gives all of it, its stock summed over the warehouses', async () => {
    const { db } = database;
    const id = v7();
    await insertProduct(db, { id, sku: 'Tea-2', name: 'Green tea', priceMinor: 1250n });
    const empty = { totalStock: 0, availableStock: 0, reservedStock: 0, stock: [], lowStockThreshold: null };
    const { createdAt, updatedAt, ...fields } = (await readProduct(db, id)) ?? assert.fail('not found');
    assert.deepEqual(fields, { id, sku: 'Tea-2', name: 'Green tea', price: '12.50', active: true, ...empty });
    assert.equal(updatedAt, createdAt);
    assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000, createdAt);

    const second = v7();
    await db('warehouses').insert({ id: second, code: 'A-SECOND', name: 'Second warehouse', active: false });
    const first = await readDefaultWarehouseId(db);
    const figures = { total: 9, available: 7, reserved: 2 };
    const levels = [stockLevelRow(id, first, 5), { product_id: id, warehouse_id: second, ...figures }];
    await behindTheLedger(db, (trx) => trx('stock_levels').insert(levels));
    const { totalStock, availableStock, reservedStock, stock } =
      (await readProduct(db, id)) ?? assert.fail('not found');
    assert.deepEqual([totalStock, availableStock, reservedStock], [14, 12, 2]);
    const [there, main] = [
      { warehouse: 'A-SECOND', ...figures },
      { warehouse: 'MAIN', total: 5, available: 5, reserved: 0 },
    ];
    assert.deepEqual(stock, [there, main]);
    await db('warehouses').where({ id: second }).update({ priority: 101 });
    assert.deepEqual((await readProduct(db, id))?.stock, [main, there]);
    const [listed] = (await listProducts(db, {}, { limit: 1, after: null })).items;
    assert.deepEqual(listed?.stock, [main, there]);
  });

  it('knows nothing of a product that is not there', async () => {
    assert.equal(await readProduct(database.db, v7()), undefined);
  });

  const changes: readonly (readonly [ProductChanges, Partial<Product>])[] = [
    [{ name: 'Black tea' }, { name: 'Black tea' }],
    [{ priceMinor: 1n }, { price: '0.01' }],
    [{ active: false }, { active: false }],
    [{ lowStockThreshold: 3 }, { lowStockThreshold: 3 }],
    [
      { name: 'Tea', priceMinor: 0n, active: false },
      { name: 'Tea', price: '0.00', active: false },
    ],
  ];
  for (const [change, changed] of changes) {
    it(`changes ${Object.keys(change).join(', ')} of one product and nothing else`, async () => {
      const { db } = database;
      const [product, other] = [await stockedProduct(db), await stockedProduct(db)];
      const [before, otherBefore] = [await readProduct(db, product.id), await readProduct(db, other.id)];
      await db('products').where({ id: product.id }).update({ updated_at: oneMillisecond });
      await updateProduct(db, product.id, change);
      const after = (await readProduct(db, product.id)) ?? assert.fail('not found');
      assert.deepEqual(after, { ...before, ...changed, updatedAt: after.updatedAt });
      assert.notEqual(after.updatedAt, oneMillisecond.toISOString());
      assert.deepEqual(await readProduct(db, other.id), otherBefore);
    });
  }

  it('refuses to work without the default warehouse and says what makes it', async () => {
    const { db } = database;
    const undone = db.transaction(async (trx) => {
      await trx('warehouses').where({ code: 'MAIN' }).update({ code: 'OTHER' });
      await readDefaultWarehouseId(trx);
    });
    await assert.rejects(undone, { message: 'The warehouse MAIN is missing; run earmark migrate.' });
  });
});

describe('The list of products', () => {
  database.prepare();

  const list = (filters: Parameters<typeof listProducts>[1]) =>
    everyPage((page) => listProducts(database.db, filters, page), 100);

  for (const limit of [1, 20, 100]) {
    it(`gives each of 200 products of one millisecond once, ${limit} a page`, async () => {
      const { db } = database;
      const prefix = `page-of-${limit}-`;
      const rows = Array.from({ length: 200 }, (_, n) => ({
        id: v7(),
        sku: `${prefix}${n}`,
        name: 'Tea',
        price_minor: 1,
        created_at: oneMillisecond,
      }));
      await db('products').insert(rows);
      const found = await everyPage((page) => listProducts(db, { search: prefix }, page), limit);
      assert.deepEqual(found.map(({ id }) => id).sort(), rows.map(({ id }) => id).sort());
    });
  }

  it('finds SKUs in any case, and parts of names and SKUs', async () => {
    const tea = await stockedProduct(database.db, { sku: 'Oolong-7', name: 'Green tea 100%' });
    for (const filters of [
      { skus: ['oolong-7', 'none'] },
      { search: 'LONG' },
      { search: 'green T' },
      { search: '100%' },
    ]) {
      assert.deepEqual(
        (await list(filters)).map(({ id }) => id),
        [tea.id],
        JSON.stringify(filters),
      );
    }
  });

  it('takes the wildcards of SQL as the characters they are', async () => {
    const plain = await stockedProduct(database.db, { sku: 'Sencha-7', name: 'Brown tea' });
    const marked = await stockedProduct(database.db, { sku: 'Sencha_7\\', name: 'Brown%' });
    const found = async (search: string) => (await list({ search })).map(({ id }) => id).sort();
    assert.deepEqual(await found('sencha'), [plain.id, marked.id].sort());
    for (const search of ['Sencha_7', 'Brown%', '7\\']) assert.deepEqual(await found(search), [marked.id], search);
    for (const search of ['Br_wn tea', 'Brown\\']) assert.deepEqual(await found(search), [], search);
  });
});
