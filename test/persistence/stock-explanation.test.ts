import assert from 'node:assert/strict';
import { v4, v7 } from 'uuid';
import type { StockFigures } from '../../src/domain/stock.ts';
import {
  explainStock,
  type ExplainedMovement,
  type ExplanationScope,
} from '../../src/persistence/stock-explanation.ts';
import { readDefaultWarehouseId, readWarehouseIds } from '../../src/persistence/warehouses.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, heldReservation, item } from '../support/holds.ts';
import { tamper } from '../support/ledger.ts';
import { countIn, openWarehouse, stockedProduct, stockOf, type StockedProduct } from '../support/orders.ts';
import { everyPage } from '../support/pages.ts';
import { endReservationHold } from '../support/acting.ts';

const database = testDatabase({ balanced: true });

const none: StockFigures = { total: 0, available: 0, reserved: 0 };
const figures = (total: number, available = total): StockFigures => ({ total, available, reserved: total - available });

const explain = (product: StockedProduct, scope: Partial<ExplanationScope> = {}, limit = 100) =>
  explainStock(database.db, { productId: product.id, warehouseId: null, at: null, ...scope }, { limit, after: null });

const told = (movements: readonly ExplainedMovement[]) =>
  movements.map(({ type, warehouse, change, balance }) => [type, warehouse, change, balance]);

const codeFor = ({ id }: StockedProduct) => `W-${id.slice(-12).toUpperCase()}`;

/** A product with 3 units in MAIN and 5 in a second warehouse, of which a reservation took 4. */
async function spreadProduct(): Promise<{ product: StockedProduct; main: string; other: string; code: string }> {
  const { db } = database;
  const product = await stockedProduct(db, { stock: 3 });
  const code = codeFor(product);
  await openWarehouse(db, product, { code, units: 5, priority: 200 });
  const { id: reservationId } = await heldReservation(db, item(product, 4));
  await endReservationHold(db, { reservationId }, 'confirmed', cause());
  const other = (await readWarehouseIds(db, [code])).get(code) ?? '';
  return { product, code, other, main: await readDefaultWarehouseId(db) };
}

describe('An explanation of stock', () => {
  database.prepare();

  it('has the movements that made the figures, newest first, each with what there was after it', async () => {
    const product = await stockedProduct(database.db, { stock: 10 });
    await countIn(database.db, product, -1);
    const { id: reservationId } = await heldReservation(database.db, item(product, 4));
    await endReservationHold(database.db, { reservationId }, 'expired', cause());
    const { figures: now, since, movements } = await explain(product);
    assert.deepEqual(now, figures(9));
    assert.deepEqual(told(movements.items), [
      ['expired', 'MAIN', { total: 0, available: 4, reserved: -4 }, figures(9)],
      ['reserved', 'MAIN', { total: 0, available: -4, reserved: 4 }, figures(9, 5)],
      ['adjusted', 'MAIN', figures(-1), figures(9)],
      ['received', 'MAIN', figures(10), figures(10)],
    ]);
    assert.equal(since, movements.items.at(-1)?.at);
    assert.equal(movements.next, null);
  });

  it('adds warehouses up, or tells of one alone', async () => {
    const { product, main, other, code } = await spreadProduct();
    const sold = (units: number) => ({ total: -units, available: 0, reserved: -units });
    const all = await explain(product);
    assert.deepEqual(all.figures, await stockOf(database.db, product));
    assert.deepEqual(told(all.movements.items), [
      ['fulfilled', code, sold(1), figures(4)],
      ['fulfilled', 'MAIN', sold(3), figures(5, 4)],
      ['reserved', code, { total: 0, available: -1, reserved: 1 }, figures(8, 4)],
      ['reserved', 'MAIN', { total: 0, available: -3, reserved: 3 }, figures(8, 5)],
      ['received', code, figures(5), figures(8)],
      ['received', 'MAIN', figures(3), figures(3)],
    ]);
    const one = await explain(product, { warehouseId: other });
    assert.deepEqual(one.figures, figures(4));
    assert.deepEqual(told(one.movements.items), [
      ['fulfilled', code, sold(1), figures(4)],
      ['reserved', code, { total: 0, available: -1, reserved: 1 }, figures(5, 4)],
      ['received', code, figures(5), figures(5)],
    ]);
    assert.notEqual(one.since, null);
    assert.deepEqual((await explain(product, { warehouseId: main })).figures, none);
  });

  it('is empty where the product never was', async () => {
    const product = await stockedProduct(database.db, { stock: 0 });
    const nothing = { since: null, figures: none, movements: { items: [], next: null } };
    assert.deepEqual(await explain(product), nothing);
    const { other } = await spreadProduct();
    assert.deepEqual(await explain(product, { warehouseId: other }), nothing);
  });

  it('looks back to a moment, with what happened in that very millisecond', async () => {
    const { db } = database;
    const product = { id: v7(), sku: 'none' };
    const warehouse_id = await readDefaultWarehouseId(db);
    const times = ['10:00:00.000', '10:00:01.000', '10:00:01.000', '10:00:02.500'].map((time) => `2026-05-06T${time}Z`);
    const rows = times.map((at, n) => {
      const balance = { total_after: n + 1, available_after: n + 1, reserved_after: 0 };
      const change = { type: 'adjusted', total: 1, available: 1, reserved: 0, actor: 'x' };
      return { at, product_id: product.id, warehouse_id, ...change, ...balance };
    });
    await db('stock_movements').insert(rows);
    const units = async (time: string) => {
      const { figures, movements, since } = await explain(product, { at: new Date(`2026-05-06T${time}Z`) });
      assert.equal(movements.items.length, figures.total);
      assert.equal(since, figures.total === 0 ? null : times[0]);
      assert.deepEqual(movements.items[0]?.balance ?? none, figures);
      return figures.total;
    };
    assert.equal(await units('09:59:59.999'), 0);
    assert.equal(await units('10:00:00.000'), 1);
    assert.equal(await units('10:00:00.999'), 1);
    assert.equal(await units('10:00:01.000'), 3);
    assert.equal(await units('10:00:02.499'), 3);
    assert.equal(await units('10:00:02.500'), 4);
    assert.equal(await units('23:00:00.000'), 4);
    // The database is compared with its ledger after each test, and this product is in nothing else.
    await tamper(db, (trx) => trx('stock_movements').where({ product_id: product.id }).delete());
  });

  it('is of a state that the stock was in, even when the clock was set back in between', async () => {
    const { db } = database;
    const product = { id: v7(), sku: 'none' };
    const warehouse_id = await readDefaultWarehouseId(db);
    const times = ['10:00:05', '10:00:03', '10:00:09'].map((time) => `2026-05-06T${time}Z`);
    const rows = times.map((at, n) => {
      const balance = { total_after: n + 1, available_after: n + 1, reserved_after: 0 };
      const change = { type: 'adjusted', total: 1, available: 1, reserved: 0, actor: 'x' };
      return { at, product_id: product.id, warehouse_id, ...change, ...balance };
    });
    await db('stock_movements').insert(rows);
    const { figures: then, movements } = await explain(product, { at: new Date('2026-05-06T10:00:04Z') });
    assert.deepEqual([then, movements.items.length], [figures(2), 2]);
    await tamper(db, (trx) => trx('stock_movements').where({ product_id: product.id }).delete());
  });

  it('has the same balances on all pages, whatever their size, while units go on moving', async () => {
    const { db } = database;
    const { product, main } = await spreadProduct();
    for (let n = 1; n <= 4; n++) await countIn(db, product, n);
    await heldOrder(db, item(product, 6));
    const whole = (await explain(product)).movements.items;
    for (const limit of [1, 2, 3, 5]) {
      for (const warehouseId of [null, main]) {
        const known = (await explain(product, { warehouseId })).movements.items;
        const pages = await everyPage(async (page) => {
          const { movements } = await explainStock(db, { productId: product.id, warehouseId, at: null }, page);
          if (page.after === null || Number(page.after[0]) % 4 === 0) await countIn(db, product, 1);
          return movements;
        }, limit);
        assert.ok(known.length < 100);
        assert.deepEqual(pages, known);
      }
    }
    assert.deepEqual((await explain(product)).movements.items.slice(-whole.length), whole);
  });

  it('has what the ledger says where somebody changed it by hand', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 10 });
    await countIn(db, product, 2);
    await countIn(db, product, 3);
    const [, second] = (await explain(product)).movements.items;
    const forge = (units: number) =>
      tamper(db, (trx) =>
        trx('stock_movements').where({ id: second?.id }).update({ total_after: units, available_after: units }),
      );
    await forge(40);
    const balances = (await explain(product)).movements.items.map(({ balance }) => balance.total);
    assert.deepEqual(balances, [15, 40, 10]);
    await forge(12);
  });

  it('carries on whose behalf units moved, and what for', async () => {
    const { db } = database;
    const product = await stockedProduct(db);
    const [transferId, returnId, requestId] = [v4(), v4(), v4()];
    const warehouse_id = await readDefaultWarehouseId(db);
    const level = { product_id: product.id, warehouse_id, type: 'adjusted', total: 0, available: 0, reserved: 0 };
    const balance = { total_after: 10, available_after: 10, reserved_after: 0 };
    const by = { actor: 'anna', reason: 'because', request_id: requestId, workflow_id: 'order-1' };
    await db('stock_movements').insert({ ...level, ...balance, ...by, transfer_id: transferId, return_id: returnId });
    const [movement] = (await explain(product, {}, 1)).movements.items;
    assert.deepEqual(
      [movement?.orderId, movement?.reservationId, movement?.transferId, movement?.returnId],
      [null, null, transferId, returnId],
    );
    assert.deepEqual(
      [movement?.actor, movement?.reason, movement?.requestId, movement?.workflowId],
      ['anna', 'because', requestId, 'order-1'],
    );
  });
});
