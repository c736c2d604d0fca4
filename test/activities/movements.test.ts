import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import type { MovementType } from '../../src/domain/movement.ts';
import type { ReservationEnding } from '../../src/domain/reservation.ts';
import type { StockFigures } from '../../src/domain/stock.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, heldReservation, item, orderToReserve } from '../support/holds.ts';
import { movementsOf, type MovementRow } from '../support/ledger.ts';
import { countIn, openWarehouse, stockedProduct, type StockedProduct } from '../support/orders.ts';
import { advanceOrder, endOrderHold, endReservationHold, reserveOrder } from '../support/acting.ts';

const database = testDatabase({ balanced: true });

const by = cause({ actor: 'bert', workflowId: 'order-17' });

describe('Every way in which stock moves is in the ledger', () => {
  database.prepare();

  let product: StockedProduct;
  beforeEach(async () => (product = await stockedProduct(database.db, { stock: 10 })));

  /** The movements that some work writes. */
  async function written(work: () => Promise<unknown>): Promise<MovementRow[]> {
    const before = (await movementsOf(database.db, product)).length;
    await work();
    return (await movementsOf(database.db, product)).slice(before);
  }

  /** Demands one movement in MAIN: what it is, its change and the balance after it, and what it was for. */
  function assertOne(
    movements: readonly MovementRow[],
    type: MovementType,
    [change, balance]: readonly [StockFigures, StockFigures],
    of: Partial<MovementRow>,
  ): void {
    const known = { order_id: null, reservation_id: null, reason: null, workflow_id: null, actor: 'bert' };
    assert.equal(movements.length, 1);
    const [{ id, at, ...movement }] = movements as [MovementRow];
    assert.match(id, /^\d+$/);
    assert.ok(new Date(at).getTime() > 0);
    assert.deepEqual(movement, {
      product_id: product.id,
      warehouse: 'MAIN',
      type,
      change,
      balance,
      ...known,
      request_id: by.requestId,
      workflow_id: by.workflowId,
      ...of,
    });
  }

  const byKeeper = (movements: readonly MovementRow[]) => {
    const request_id = movements[0]?.request_id ?? '';
    assert.match(request_id ?? '', /^[0-9a-f-]{36}$/);
    return { actor: 'stock keeper', request_id, workflow_id: null };
  };

  it('the first units of a product', async () => {
    const movements = await movementsOf(database.db, product);
    const units = { total: 10, available: 10, reserved: 0 };
    assertOne(movements, 'received', [units, units], { reason: 'initial stock', ...byKeeper(movements) });
  });

  it('but not a level that is opened without any', async () => {
    product = await stockedProduct(database.db, { stock: 0 });
    assert.deepEqual(await movementsOf(database.db, product), []);
  });

  it('units that are counted in or out', async () => {
    for (const [delta, total] of [
      [3, 13],
      [-5, 8],
    ] as const) {
      const movements = await written(() => countIn(database.db, product, delta));
      const [change, balance] = [delta, total].map((units) => ({ total: units, available: units, reserved: 0 })) as [
        StockFigures,
        StockFigures,
      ];
      assertOne(movements, 'adjusted', [change, balance], { reason: 'counted', ...byKeeper(movements) });
    }
  });

  const reserve = (quantity: number): readonly [StockFigures, StockFigures] => [
    { total: 0, available: -quantity, reserved: quantity },
    { total: 10, available: 10 - quantity, reserved: quantity },
  ];
  const endings: Readonly<Record<ReservationEnding, [MovementType, StockFigures, StockFigures]>> = {
    confirmed: ['fulfilled', { total: -4, available: 0, reserved: -4 }, { total: 6, available: 6, reserved: 0 }],
    released: ['released', { total: 0, available: 4, reserved: -4 }, { total: 10, available: 10, reserved: 0 }],
    expired: ['expired', { total: 0, available: 4, reserved: -4 }, { total: 10, available: 10, reserved: 0 }],
  };

  for (const endedAs of Object.keys(endings) as ReservationEnding[]) {
    const [type, change, balance] = endings[endedAs];

    it(`an order that is reserved and ${endedAs}, with order and reservation`, async () => {
      const { db } = database;
      const orderId = v7();
      const reserved = await written(() =>
        reserveOrder(db, orderToReserve({ orderId, items: [item(product, 4)] }), by),
      );
      const [reservation_id] = await db('reservations').where({ order_id: orderId }).pluck('id');
      const of = { order_id: orderId, reservation_id };
      assertOne(reserved, 'reserved', reserve(4), of);
      const ended = await written(() => endOrderHold(db, { orderId, reason: 'said so' }, endedAs, by));
      assertOne(ended, type, [change, balance], { ...of, reason: 'said so' });
      assert.deepEqual(await written(() => endOrderHold(db, { orderId }, endedAs, by)), []);
    });

    it(`a reservation that stands alone and is ${endedAs}`, async () => {
      const { db } = database;
      const { id: reservationId } = await heldReservation(db, item(product, 4));
      const ended = await written(() => endReservationHold(db, { reservationId }, endedAs, by));
      assertOne(ended, type, [change, balance], { reservation_id: reservationId });
    });
  }

  it('an order that is cancelled after its confirmation', async () => {
    const { db } = database;
    const { id: orderId, reservations } = await heldOrder(db, item(product, 4));
    await endOrderHold(db, { orderId }, 'confirmed', cause());
    const movements = await written(() => advanceOrder(db, { orderId, newStatus: 'cancelled' }, by));
    const change = { total: 4, available: 4, reserved: 0 };
    const of = { order_id: orderId, reservation_id: reservations[0]?.id ?? '', reason: 'order cancelled' };
    assertOne(movements, 'restocked', [change, { total: 10, available: 10, reserved: 0 }], of);
  });

  it('but no step that moves nothing, and nothing that is refused', async () => {
    const { db } = database;
    const { id: orderId } = await heldOrder(db, item(product, 4));
    await endOrderHold(db, { orderId }, 'confirmed', cause());
    const movements = await written(async () => {
      await advanceOrder(db, { orderId, newStatus: 'processing' }, by);
      await assert.rejects(advanceOrder(db, { orderId, newStatus: 'cancelled' }, by));
      await assert.rejects(heldOrder(db, item(product, 7)));
      await assert.rejects(countIn(db, product, -7));
    });
    assert.deepEqual(movements, []);
  });

  it('an order over several warehouses and products, one row for each level', async () => {
    const { db } = database;
    const code = `W-${product.id.slice(-12).toUpperCase()}`;
    await openWarehouse(db, product, { code, units: 5, priority: 200 });
    const other = await stockedProduct(db, { stock: 3 });
    const { id: orderId } = await heldOrder(db, item(product, 12), item(other, 1));
    await endOrderHold(db, { orderId }, 'released', cause());
    const moved = (await movementsOf(db, product)).slice(2);
    assert.deepEqual(
      moved.map(({ type, warehouse, change: { available } }) => [type, warehouse, available]),
      [
        ['reserved', 'MAIN', -10],
        ['reserved', code, -2],
        ['released', 'MAIN', 10],
        ['released', code, 2],
      ],
    );
    assert.equal((await movementsOf(db, other)).length, 3);
  });
});
