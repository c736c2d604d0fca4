import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { assertBooksBalance } from '../support/books.ts';
import { testDatabase } from '../support/database.ts';
import { inOrder, readBooks } from './books.ts';
import { limits, openings, operations } from './draws.ts';
import { carryOut, type Limits, type Opening, type Operation } from './operations.ts';
import { drawn, manyRuns } from './runs.ts';
import { Shop } from './shop.ts';
import { StockModel } from './stock-model.ts';

const database = testDatabase();

describe('A shop with three warehouses, whatever is done one after the other', function () {
  this.timeout(manyRuns.timeout);
  database.prepare();

  it('answers and keeps its books as the model does', async () => {
    const runs = fc.array(operations, { minLength: 1, maxLength: 60, size: 'max' });
    await fc.assert(fc.asyncProperty(openings, limits, runs, sameAsModel), drawn(manyRuns.alone));
    await assertBooksBalance(database.db);
  });
});

async function sameAsModel(opening: Opening, limits: Limits, operations: readonly Operation[]): Promise<void> {
  const opens = { actor: 'keeper', step: 0 };
  const model = new StockModel(limits);
  model.open(opens, opening);
  const shop = await Shop.open(database.db, opens, opening, limits);
  for (const [index, operation] of operations.entries()) {
    const expected = carryOut(model, operation, index + 1);
    const answer = await carryOut(shop, operation, index + 1);
    assert.deepEqual(answer, expected, `the answer to operation ${index + 1}`);
  }
  const { levels, movements, entries } = await readBooks(shop);
  const { books } = model;
  assert.deepEqual(levels, books.levels, 'the stock levels');
  assert.deepEqual(inOrder(movements), inOrder(books.movements), 'the ledger');
  assert.deepEqual(inOrder(entries), inOrder(books.entries), 'the audit log');
  assert.deepEqual(await shop.readOrders(), model.listOrders(), 'the orders');
  assert.deepEqual(await shop.readWaiting(), model.listWaiting(), 'the waiting lists');
}
