import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import {
  codeConstraint,
  insertWarehouse,
  listWarehouses,
  lockWarehouse,
  readWarehouse,
  readWarehouseIds,
  updateWarehouse,
  type NewWarehouse,
} from '../../src/persistence/warehouses.ts';
import { insertStockLevels } from '../../src/persistence/stock-levels.ts';
import { writeTogether } from '../../src/persistence/database.ts';
import { testDatabase } from '../support/database.ts';
import { cause } from '../support/holds.ts';
import { untilWaiting } from '../support/locks.ts';
import { stockedProduct } from '../support/orders.ts';
import { everyPage } from '../support/pages.ts';
import { refusedBy } from '../support/refused-writes.ts';
import { oneMillisecond } from '../support/rows.ts';

const database = testDatabase();

function warehouse(fields: Partial<NewWarehouse>): NewWarehouse {
  return { id: v7(), code: 'EAST', name: 'East', region: null, priority: 100, active: true, ...fields };
}

const insert = (fields: Partial<NewWarehouse>) => insertWarehouse(database.db, warehouse(fields));

describe('A warehouse in the database', () => {
  database.prepare();

  it('has a code of its own', async () => {
    await insert({ code: 'TWICE' });
    await refusedBy(codeConstraint, insert({ code: 'TWICE' }));
  });

  it('has a code in upper case of 1 to 32 characters, the first a letter or a digit', async () => {
    for (const code of ['', 'east', '-EAST', 'EAST/1', 'E T', 'X'.repeat(33), 'EAST\n', '\u00c4']) {
      await refusedBy('warehouses_code_form', insert({ code }));
    }
    for (const code of ['7', 'E.A_S-T', 'X'.repeat(32)]) await insert({ code });
  });

  it('has a priority of 0 or more', async () => {
    await refusedBy('warehouses_priority_not_negative', insert({ code: 'NEGATIVE', priority: -1 }));
    await insert({ code: 'FIRST', priority: 0 });
  });

  it('is active when it is the default one', async () => {
    await refusedBy('warehouses_main_is_active', updateWarehouse(database.db, 'MAIN', { active: false }));
  });
});

describe('Reading and changing a warehouse', () => {
  database.prepare();

  it('gives all of it', async () => {
    await insert({ code: 'ALL', name: 'All', region: 'north', priority: 3, active: false });
    const { createdAt, updatedAt, ...fields } = (await readWarehouse(database.db, 'ALL')) ?? assert.fail('not found');
    assert.deepEqual(fields, { code: 'ALL', name: 'All', region: 'north', priority: 3, active: false });
    assert.equal(updatedAt, createdAt);
    assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000, createdAt);
  });

  it('knows nothing of one that is not there', async () => {
    const { db } = database;
    assert.equal(await readWarehouse(db, 'NOWHERE'), undefined);
    assert.equal(await db.transaction((trx) => lockWarehouse(trx, 'NOWHERE')), undefined);
    await insert({ id: '01985b3e-7a10-7c3e-8f5a-0d2a6c1e4b01', code: 'HERE' });
    assert.deepEqual(Array.from(await readWarehouseIds(db, ['HERE', 'NOWHERE'])), [
      ['HERE', '01985b3e-7a10-7c3e-8f5a-0d2a6c1e4b01'],
    ]);
  });

  for (const [index, change] of [
    { name: 'Changed' },
    { region: 'south' },
    { region: null },
    { priority: 0 },
    { active: false },
    { name: 'Changed', region: null, priority: 7, active: false },
  ].entries()) {
    it(`changes ${JSON.stringify(change)} of one and nothing else`, async () => {
      const { db } = database;
      const code = `CHANGED-${index}`;
      await insert({ code, region: 'north' });
      const [before, other] = [await readWarehouse(db, code), await readWarehouse(db, 'MAIN')];
      await db('warehouses').where({ code }).update({ updated_at: oneMillisecond });
      await updateWarehouse(db, code, change);
      const after = (await readWarehouse(db, code)) ?? assert.fail('not found');
      assert.deepEqual(after, { ...before, ...change, updatedAt: after.updatedAt });
      assert.notEqual(after.updatedAt, oneMillisecond.toISOString());
      assert.deepEqual(await readWarehouse(db, 'MAIN'), other);
    });
  }

  it('locks it against other changes, and sees it as it is after a wait', async () => {
    const { db } = database;
    await insert({ code: 'LOCKED' });
    const { second } = await db.transaction(async (trx) => {
      await lockWarehouse(trx, 'LOCKED');
      const second = db.transaction((waiting) => lockWarehouse(waiting, 'LOCKED'));
      await untilWaiting(db);
      await updateWarehouse(trx, 'LOCKED', { name: 'Changed' });
      return { second };
    });
    assert.equal((await second)?.name, 'Changed');
  });

  it('lets others open stock levels there while it is locked', async () => {
    const { db } = database;
    const product = await stockedProduct(db);
    const id = v7();
    await insert({ id, code: 'BUSY' });
    await db.transaction(async (holder) => {
      await lockWarehouse(holder, 'BUSY');
      await db.transaction(async (trx) => {
        await trx.raw(`SET LOCAL lock_timeout = '100ms'`);
        const opening = { productId: product.id, warehouseId: id, units: 0 };
        await writeTogether(trx, insertStockLevels(trx, [opening], cause()));
      });
    });
  });
});

describe('The list of warehouses', () => {
  database.prepare();

  before(async () => {
    const many = Array.from({ length: 60 }, (_, n) =>
      warehouse({ code: `W-${n}`, priority: [2, 10, 100][n % 3] ?? 0, active: n % 2 === 0 }),
    );
    await database.db('warehouses').insert(many);
  });

  for (const limit of [1, 7, 100]) {
    it(`gives each once in the order in which they are used, ${limit} a page`, async () => {
      const { db } = database;
      const found = await everyPage((page) => listWarehouses(db, {}, page), limit);
      const expected: string[] = await db('warehouses').orderBy(['priority', 'code']).pluck('code');
      assert.equal(expected.length, 61);
      assert.deepEqual(
        found.map(({ code }) => code),
        expected,
      );
    });
  }

  it('has those that are active, or those that are not', async () => {
    for (const active of [true, false]) {
      const found = await everyPage((page) => listWarehouses(database.db, { active }, page), 20);
      assert.equal(found.length, active ? 31 : 30);
      assert.ok(found.every((one) => one.active === active));
    }
  });
});
