import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { v7 } from 'uuid';
import { adjustStock } from '../../src/api/stock.ts';
import { changeWarehouse, createWarehouse } from '../../src/api/warehouses.ts';
import { lockProducts } from '../../src/persistence/stock-levels.ts';
import { testDatabase } from '../support/database.ts';
import { cause, item } from '../support/holds.ts';
import { untilWaiting } from '../support/locks.ts';
import { stockedProduct, type StockedProduct } from '../support/orders.ts';
import { look, queued, reserveOrWait } from '../support/waiting.ts';

const database = testDatabase({ balanced: true });

describe('A warehouse that becomes active', () => {
  database.prepare();
  let product: StockedProduct;
  let code: string;
  beforeEach(async () => {
    product = await stockedProduct(database.db, { stock: 0 });
    code = `W${product.id.slice(-8).toUpperCase()}`;
    const warehouse = { id: v7(), code, name: code, region: null, priority: 5, active: false };
    await createWarehouse(database.db, warehouse, cause());
  });

  const countIn = (db: Knex) => adjustStock(db, product.id, { delta: 2, warehouse: code, reason: 'counted' }, cause());

  it('makes the turn of whoever waits for units that are just being counted in', async () => {
    const { id } = await queued(database.db, product, 2);
    const { changing } = await database.db.transaction(async (trx) => {
      assert.deepEqual((await countIn(trx)).turns, [], 'it is inactive');
      const changing = changeWarehouse(database.db, code, { active: true }, cause());
      await untilWaiting(trx);
      return { changing };
    });
    assert.deepEqual((await changing).turns, [id]);
    assert.equal((await look(database.db, id)).value.order.waiting, null);
  });

  it('is changed although a product that is waited for stays busy', async () => {
    const { id } = await queued(database.db, product, 2);
    await countIn(database.db);
    await database.db.transaction(async (trx) => {
      await lockProducts(trx, [product.id]);
      const { value, turns } = await changeWarehouse(database.db, code, { active: true }, cause());
      assert.deepEqual([value.active, turns], [true, []]);
    });
    assert.equal((await look(database.db, id)).value.order.waiting, null);
  });

  it('makes the turn of whoever is just joining the list', async () => {
    await countIn(database.db);
    const orderId = v7();
    const { joining } = await database.db.transaction(async (trx) => {
      await trx.raw('LOCK TABLE waiting_list IN EXCLUSIVE MODE');
      const joining = reserveOrWait(database.db, { orderId, items: [item(product, 2)] });
      await untilWaiting(trx);
      assert.deepEqual((await changeWarehouse(database.db, code, { active: true }, cause())).turns, []);
      return { joining };
    });
    const { value, turns } = await joining;
    assert.ok(value.order.waiting, 'it saw the warehouse inactive');
    assert.deepEqual(turns, [orderId]);
    assert.equal((await look(database.db, orderId)).value.order.waiting, null);
  });
});
