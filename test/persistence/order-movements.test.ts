import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { v4 } from 'uuid';
import { listOrderMovements } from '../../src/persistence/order-movements.ts';
import { testDatabase } from '../support/database.ts';
import { heldOrder, item } from '../support/holds.ts';
import { stockedProduct } from '../support/orders.ts';

const database = testDatabase({ poolMax: 1 });

describe('The movements of an order', () => {
  database.prepare();

  it('are found by an index, however much moved of its products', async () => {
    const { db } = database;
    const product = await stockedProduct(db);
    const { id } = await heldOrder(db, item(product, 2));
    const { warehouse_id } = await db('stock_levels').where({ product_id: product.id }).first('warehouse_id');
    await db.raw(
      `INSERT INTO stock_movements (product_id, warehouse_id, type, total, available, reserved,
                                    total_after, available_after, reserved_after, order_id, actor)
       SELECT ?, ?, 'reserved', 0, 0, 0, 0, 0, 0, gen_random_uuid(), 'x' FROM generate_series(1, 20000)`,
      [product.id, warehouse_id],
    );
    await db.raw('ANALYZE stock_movements');
    const asked: Knex.QueryBuilder[] = [];
    db.on('start', (query: Knex.QueryBuilder) => void asked.push(query.clone()));
    const { items } = await listOrderMovements(db, id, { limit: 20, after: null });
    db.removeAllListeners('start');
    assert.deepEqual(
      items.map(({ type, orderId }) => [type, orderId]),
      [['reserved', id]],
    );
    const { rows } = await db.raw<{ rows: [{ 'QUERY PLAN': unknown }] }>('EXPLAIN (FORMAT JSON) ?', asked as never);
    assert.match(JSON.stringify(rows[0]['QUERY PLAN']), /"Index Name":"stock_movements_order"/);
  });

  it('are none of an order that is not there', async () => {
    const { items, next } = await listOrderMovements(database.db, v4(), { limit: 20, after: null });
    assert.deepEqual([items, next], [[], null]);
  });
});
