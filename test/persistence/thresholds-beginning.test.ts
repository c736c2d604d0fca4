import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { v7 } from 'uuid';
import { migrateToLatest } from '../../src/persistence/migrate.ts';
import { readProduct } from '../../src/persistence/products.ts';
import { goBackBeforeThresholds } from '../support/old-schema.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';

describe('A database of the version before products had thresholds', () => {
  let database: FreshDatabase;
  let db: Knex;
  let product: string;
  before(async () => {
    database = await freshDatabase();
    ({ db } = database);
    await goBackBeforeThresholds(db);
    product = v7();
    await db('products').insert({ id: product, sku: 'TEA', name: 'Tea', price_minor: 1250 });
    await db('audit_log').insert({
      actor: 'anna',
      action: 'PRODUCT_CREATED',
      object_type: 'Product',
      object_id: product,
    });
  });
  after(() => database.drop());

  it('keeps its products, which have none', async () => {
    assert.deepEqual(await migrateToLatest(db), ['0008-low-stock', '0009-order-movements']);
    assert.deepEqual((await readProduct(db, product))?.lowStockThreshold, null);
  });

  it('takes products of code that knows none, and thresholds from 0 on', async () => {
    await db('products').insert({ id: v7(), sku: 'CUP', name: 'Cup', price_minor: 99 });
    await db('products').where({ id: product }).update({ low_stock_threshold: 0 });
    const refused = { code: '23514', constraint: 'products_low_stock_threshold_not_negative' };
    await assert.rejects(
      Promise.resolve(db('products').where({ id: product }).update({ low_stock_threshold: -1 })),
      refused,
    );
  });

  it('keeps its audit log, whose entries satisfy the new constraint', async () => {
    await db.raw('ALTER TABLE audit_log VALIDATE CONSTRAINT audit_log_action_known');
    assert.deepEqual(await db('audit_log').pluck('action'), ['PRODUCT_CREATED']);
  });
});
