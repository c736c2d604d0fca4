import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import { limits } from '../../src/domain/limits.ts';
import { insertProduct, listProducts, skuConstraint } from '../../src/persistence/products.ts';
import { testDatabase } from '../support/database.ts';
import { stockedProduct } from '../support/orders.ts';
import { everyPage } from '../support/pages.ts';
import { refusedBy } from '../support/refused-writes.ts';
import { oneMillisecond } from '../support/rows.ts';

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
