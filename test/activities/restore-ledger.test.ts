import assert from 'node:assert/strict';
import { systemActor } from '../../src/domain/audit.ts';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';
import { explainStock } from '../../src/persistence/stock-explanation.ts';
import { claim, erase } from '../support/damage.ts';
import { claimMovement } from '../support/damage/ledger.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldReservation, item, recording } from '../support/holds.ts';
import { behindTheLedger, movementsOf, tamper } from '../support/ledger.ts';
import { countIn, stockedProduct, stockOf, type StockedProduct } from '../support/orders.ts';
import { restoreStockLevel } from '../support/as-worker.ts';

const database = testDatabase();

const bySystem = () => cause({ actor: systemActor });
const units = (total: number, available = total) => ({ total, available, reserved: total - available });

/** What is to be found about some objects. */
const kinds = async (...ids: readonly string[]) =>
  (await findDiscrepancies(database.db)).filter(({ objectId }) => ids.includes(objectId)).map(({ kind }) => kind);

describe('A stock level and its movements', () => {
  database.prepare();

  let product: StockedProduct;
  let level: string;
  beforeEach(async () => {
    product = await stockedProduct(database.db, { stock: 10 });
    level = `${product.id}/MAIN`;
  });

  /** Restores the level and gives what was done, what the audit log says of it, and the movements that were added. */
  async function restore() {
    const { db } = database;
    const before = (await movementsOf(db, product)).length;
    const by = bySystem();
    const { result, entries } = await recording(db, () => restoreStockLevel(db, level, by));
    const movements = (await movementsOf(db, product)).slice(before);
    for (const { type, actor, request_id, workflow_id, reservation_id } of movements) {
      const told = [type, actor, request_id, workflow_id, reservation_id];
      assert.deepEqual(told, ['adjusted', 'system', by.requestId, null, null]);
    }
    return {
      result,
      values: entries.map(({ action, oldValue, newValue }) => [action, oldValue, newValue]),
      movements: movements.map(({ change, balance, reason }) => [change, balance, reason]),
    };
  }

  const goesOn = 'the ledger did not agree: it goes on from what the level has';

  it('agree again by a movement when only the ledger was wrong', async () => {
    await claimMovement(database.db, product, { type: 'adjusted', delta: units(5) });
    assert.deepEqual(await kinds(level), ['stock-ledger']);
    assert.deepEqual(await restore(), {
      result: goesOn,
      values: [['REPAIRED', { ...units(10), ledger: units(15) }, { ...units(10), ledger: units(10), reason: goesOn }]],
      movements: [[units(-5), units(10), `repaired: ${goesOn}`]],
    });
    assert.deepEqual(await stockOf(database.db, product), units(10));
    assert.deepEqual(await kinds(level), []);
    assert.deepEqual(await restore(), { result: undefined, values: [], movements: [] });
  });

  it('have a movement of nothing when the level is brought to where the ledger is', async () => {
    await behindTheLedger(database.db, (trx) =>
      trx('stock_levels').where({ product_id: product.id }).update(units(12)),
    );
    assert.deepEqual(await kinds(level), ['stock-log', 'stock-ledger']);
    const reason = 'restored from its audit entries';
    const values = [['REPAIRED', units(12), { ...units(10), reason }]];
    const movements = [[units(0), units(10), `repaired: ${reason}`]];
    assert.deepEqual(await restore(), { result: reason, values, movements });
    assert.deepEqual(await kinds(level), []);
    const scope = { productId: product.id, warehouseId: null, at: null };
    const [newest] = (await explainStock(database.db, scope, { limit: 1, after: null })).movements.items;
    assert.deepEqual([newest?.type, newest?.reason, newest?.balance], ['adjusted', `repaired: ${reason}`, units(10)]);
  });

  it('both follow the audit log when neither agrees with it', async () => {
    const { db } = database;
    await heldReservation(db, item(product, 3));
    await behindTheLedger(db, (trx) => trx('stock_levels').where({ product_id: product.id }).update(units(12)));
    await claimMovement(db, product, { type: 'adjusted', delta: units(5) });
    const reason = 'restored from its audit entries';
    assert.deepEqual((await restore()).movements, [[units(-5), units(10, 7), `repaired: ${reason}`]]);
    assert.deepEqual(await stockOf(db, product), units(10, 7));
    assert.deepEqual(await kinds(level), []);
  });

  it('follow a level that is taken as it stands', async () => {
    const { db } = database;
    await erase(db, level);
    await behindTheLedger(db, (trx) => trx('stock_levels').where({ product_id: product.id }).update(units(12)));
    const { result, movements } = await restore();
    assert.deepEqual(movements, [[units(2), units(12), `repaired: ${result}`]]);
    assert.deepEqual(await kinds(level), []);
  });

  it('bring back a level that nothing else tells of', async () => {
    const { db } = database;
    await db('stock_levels').where({ product_id: product.id }).delete();
    await erase(db, level);
    assert.deepEqual(await kinds(level), ['stock-ledger']);
    const reason = 'its row was gone, and no audit entry tells of it: restored from the ledger';
    assert.deepEqual(await restore(), {
      result: reason,
      values: [['REPAIRED', null, { ...units(10), reason }]],
      movements: [[units(0), units(10), `repaired: ${reason}`]],
    });
    assert.deepEqual([await stockOf(db, product), await kinds(level)], [units(10), []]);
  });

  it('cannot be repaired without their warehouse', async () => {
    const nowhere = `${product.id}/NOWHERE`;
    assert.equal(await restoreStockLevel(database.db, nowhere, bySystem()), undefined);
    const newValue = units(3);
    await claim(database.db, {
      action: 'STOCK_ADJUSTED',
      objectType: 'StockLevel',
      objectId: nowhere,
      oldValue: null,
      newValue,
    });
    await assert.rejects(restoreStockLevel(database.db, nowhere, bySystem()), {
      name: 'NeedsPerson',
      message: `The warehouse of stock level ${nowhere} is gone: restore its row from a backup.`,
    });
    await erase(database.db, nowhere);
  });

  describe('of which one was changed by hand', () => {
    /** Changes the balance of the second of three movements. */
    async function forge(): Promise<string> {
      const { db } = database;
      await countIn(db, product, 2);
      await countIn(db, product, 3);
      const [, second] = await movementsOf(db, product);
      const forged = { total_after: 40, available_after: 40 };
      await tamper(db, (trx) => trx('stock_movements').where({ id: second?.id }).update(forged));
      return second?.id ?? '';
    }

    it('are told apart by the balances that do not follow, the first by its id', async () => {
      const id = await forge();
      const [finding] = (await findDiscrepancies(database.db)).filter(({ objectId }) => objectId === level);
      assert.deepEqual([finding?.kind, finding?.found], ['ledger-steps', { astray: 2, first: id }]);
      await restore();
    });

    it('go on from a line that a repair draws, and what was before it stays as it is', async () => {
      const { db } = database;
      await forge();
      const before = await movementsOf(db, product);
      const { movements, values } = await restore();
      assert.deepEqual(movements, [[units(0), units(15), `repaired: ${goesOn}`]]);
      const [found, repaired] = [units(15), { ...units(15), reason: goesOn }];
      const ledger = units(15);
      assert.deepEqual(values, [['REPAIRED', { ...found, ledger }, { ...repaired, ledger }]]);
      assert.deepEqual((await movementsOf(db, product)).slice(0, -1), before);
      assert.deepEqual(await kinds(level), []);
      const scope = { productId: product.id, warehouseId: null, at: null };
      const explained = await explainStock(db, scope, { limit: 9, after: null });
      assert.deepEqual(
        explained.movements.items.map(({ balance }) => balance.total),
        [15, 15, 40, 10],
      );
    });

    it('are found again when one is changed after that', async () => {
      const { db } = database;
      await forge();
      await restore();
      await countIn(db, product, 1);
      await countIn(db, product, 1);
      const newest = (await movementsOf(db, product)).at(-2);
      await tamper(db, (trx) => trx('stock_movements').where({ id: newest?.id }).update({ total: 5, available: 5 }));
      assert.deepEqual(await kinds(level), ['ledger-steps']);
      await restore();
      assert.deepEqual(await kinds(level), []);
    });

    it('have no line drawn by what somebody else says', async () => {
      const { db } = database;
      await forge();
      const delta = units(0);
      const move = { type: 'adjusted', delta, reason: `repaired: ${goesOn}` } as const;
      await claimMovement(db, product, move);
      assert.deepEqual(await kinds(level), ['ledger-steps']);
      await restore();
    });
  });
});
