import assert from 'node:assert/strict';
import { makeProducts, openWarehouses, stockOf } from '../../bench/stock.ts';
import type { System } from '../../bench/system.ts';
import { createProduct } from '../../src/api/catalogue.ts';
import { testDatabase } from '../support/database.ts';

describe('the products of a benchmark', () => {
  const database = testDatabase({ balanced: true });
  database.prepare();

  const system = () => ({ name: 'bare', db: database.db }) as unknown as System;

  it('are as many as are asked for, over several transactions, with stock where it is to be', async () => {
    await openWarehouses(system(), ['MAIN', 'EAST']);
    const ids = await makeProducts(system(), 230, { EAST: 7 });
    assert.equal(new Set(ids).size, 230);
    for (const id of [ids[0], ids[99], ids[100], ids[229]]) {
      assert.deepEqual(await stockOf(system(), id ?? ''), { total: 7, available: 7, reserved: 0 });
    }
  });

  it('leave the same traces as one that the API creates', async () => {
    const [made = ''] = await makeProducts(system(), 1, { MAIN: 5 });
    const created = '0193f5a0-0000-7000-8000-000000000001';
    const by = { actor: 'bench', requestId: null, workflowId: null };
    const product = { id: created, sku: `BENCH-${created}`, name: 'Product 0001', priceMinor: 1250n };
    await createProduct(database.db, product, [{ warehouse: 'MAIN', units: 5 }], by);
    assert.deepEqual(await tracesOf(made), await tracesOf(created));
  });

  /** What is written of a product, without what differs from one to the next. */
  async function tracesOf(id: string) {
    const { db } = database;
    const told = async (table: string, where: object, columns: readonly string[]) =>
      JSON.stringify(
        await db(table)
          .where(where)
          .orderBy(columns[0] ?? '')
          .select(columns),
      )
        .replaceAll(id, '<id>')
        .replaceAll(`Product ${id.slice(-4)}`, '<name>');
    return {
      product: await told('products', { id }, ['sku', 'name', 'price_minor', 'active']),
      levels: await told('stock_levels', { product_id: id }, ['total', 'available', 'reserved']),
      movements: await told('stock_movements', { product_id: id }, ['type', 'total', 'total_after', 'reason', 'actor']),
      audit: [
        await told('audit_log', { object_id: id }, ['action', 'object_type', 'old_value', 'new_value', 'actor']),
        await told('audit_log', { object_id: `${id}/MAIN` }, [
          'action',
          'object_type',
          'old_value',
          'new_value',
          'actor',
        ]),
      ],
    };
  }
});
