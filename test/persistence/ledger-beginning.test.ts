import assert from 'node:assert/strict';
import { v4, v7 } from 'uuid';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';
import { migrateToLatest } from '../../src/persistence/migrate.ts';
import { makeRoles } from '../../src/persistence/roles.ts';
import { explainStock } from '../../src/persistence/stock-explanation.ts';
import { embeddedAccounts } from '../../src/stack/embedded-roles.ts';
import { repairBooks } from '../support/as-worker.ts';
import { cause } from '../support/holds.ts';
import { movementsOf } from '../support/ledger.ts';
import { goBackBeforeLedger } from '../support/old-schema.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';
import { endReservationHold } from '../support/acting.ts';

describe('A database from before there was a ledger', () => {
  let database: FreshDatabase;

  const product = { id: v7(), sku: 'LAMP-1' };
  const empty = v7();
  const [sold, released] = [v7(), v7()];

  /** Ten lamps in MAIN and three elsewhere; one reservation holds four over both, another one two. */
  beforeEach(async () => {
    database = await freshDatabase();
    const { db } = database;
    await goBackBeforeLedger(db);
    const [main] = (await db('warehouses').pluck('id')) as string[];
    const east = v4();
    await db('warehouses').insert({ id: east, code: 'EAST', name: 'East', priority: 200 });
    await db('products').insert([
      { ...product, name: 'Lamp', price_minor: 1250 },
      { id: empty, sku: 'CUP-1', name: 'Cup', price_minor: 100 },
    ]);
    await db('stock_levels').insert([
      { product_id: product.id, warehouse_id: main, total: 10, available: 5, reserved: 5 },
      { product_id: product.id, warehouse_id: east, total: 3, available: 2, reserved: 1 },
      { product_id: empty, warehouse_id: main },
    ]);
    const hold = { product_id: product.id, expires_at: new Date('2030-01-01') };
    await db('reservations').insert([
      { id: sold, quantity: 4, ...hold },
      { id: released, quantity: 2, ...hold },
    ]);
    await db('reservation_allocations').insert([
      { reservation_id: sold, warehouse_id: main, quantity: 3 },
      { reservation_id: sold, warehouse_id: east, quantity: 1 },
      { reservation_id: released, warehouse_id: main, quantity: 2 },
    ]);
    const counted = (code: string, total: number) => {
      const new_value = { total, available: total, reserved: 0, reason: 'initial stock' };
      return { action: 'STOCK_ADJUSTED', object_type: 'StockLevel', object_id: `${product.id}/${code}`, new_value };
    };
    const created = (object_id: string, qty: number) => {
      return { action: 'RESERVATION_CREATED', object_type: 'Reservation', object_id, new_value: { qty } };
    };
    const entries = [counted('MAIN', 10), counted('EAST', 3), created(sold, 4), created(released, 2)];
    await db('audit_log').insert(entries.map((entry) => ({ actor: 'anna', ...entry })));
    await migrateToLatest(db);
    await makeRoles(database.url, embeddedAccounts);
  });
  afterEach(() => database.drop());

  const told = async () =>
    (await movementsOf(database.db, product)).map(({ type, warehouse, change, balance }) => {
      return [type, warehouse, change, balance];
    });

  it('gets an opening balance for each level, and its books agree', async () => {
    const { db } = database;
    const [main, east] = [
      { total: 10, available: 5, reserved: 5 },
      { total: 3, available: 2, reserved: 1 },
    ];
    const rows = await told();
    assert.deepEqual(
      new Set(rows.map((row) => JSON.stringify(row))),
      new Set([JSON.stringify(['received', 'MAIN', main, main]), JSON.stringify(['received', 'EAST', east, east])]),
    );
    for (const row of await movementsOf(db, product)) {
      assert.deepEqual([row.actor, row.reason, row.reservation_id], ['system', 'opening balance', null]);
    }
    assert.equal((await movementsOf(db, { id: empty, sku: '' }))[0]?.balance.total, 0);
    assert.deepEqual(await findDiscrepancies(db), []);
  });

  it('goes on from there when what was reserved before is sold or given back', async () => {
    const { db } = database;
    await endReservationHold(db, { reservationId: sold }, 'confirmed', cause());
    await endReservationHold(db, { reservationId: released }, 'released', cause());
    assert.deepEqual((await told()).slice(2), [
      ['fulfilled', 'MAIN', { total: -3, available: 0, reserved: -3 }, { total: 7, available: 5, reserved: 2 }],
      ['fulfilled', 'EAST', { total: -1, available: 0, reserved: -1 }, { total: 2, available: 2, reserved: 0 }],
      ['released', 'MAIN', { total: 0, available: 2, reserved: -2 }, { total: 7, available: 7, reserved: 0 }],
    ]);
    assert.deepEqual(await findDiscrepancies(db), []);
  });

  it('is explained from its opening balance on', async () => {
    const { db } = database;
    await endReservationHold(db, { reservationId: sold }, 'confirmed', cause());
    const scope = { productId: product.id, warehouseId: null, at: null };
    const { figures, movements } = await explainStock(db, scope, { limit: 100, after: null });
    assert.deepEqual(figures, { total: 9, available: 7, reserved: 2 });
    assert.deepEqual(movements.items.map(({ type, balance: { total } }) => [type, total]).slice(0, 3), [
      ['fulfilled', 9],
      ['fulfilled', 10],
      ['received', 13],
    ]);
  });

  it('has lost allocations restored by the movements of the ending, which is all that the ledger has of them', async () => {
    const { db } = database;
    await endReservationHold(db, { reservationId: sold }, 'confirmed', cause());
    const allocations = await db('reservation_allocations').where({ reservation_id: sold }).orderBy('quantity');
    await db('reservation_allocations').where({ reservation_id: sold }).delete();
    const { repairs } = await repairBooks(db, cause({ actor: 'system' }));
    assert.deepEqual(
      repairs.filter(({ repaired }) => !repaired),
      [],
    );
    assert.deepEqual(
      await db('reservation_allocations').where({ reservation_id: sold }).orderBy('quantity'),
      allocations,
    );
    assert.deepEqual(await findDiscrepancies(db), []);
  });

  it('leaves to a person which warehouse a reservation is in that was made before, and still holds its units', async () => {
    const { db } = database;
    await db('reservation_allocations').where({ reservation_id: sold }).delete();
    const { repairs } = await repairBooks(db, cause({ actor: 'system' }));
    const left = repairs.filter(({ finding }) => finding.kind === 'reservation-allocations');
    assert.deepEqual([left.length, left[0]?.repaired], [1, false]);
    assert.match(left[0]?.how ?? '', /nothing says which of 2 warehouses they are in/);
  });
});
