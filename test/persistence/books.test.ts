import assert from 'node:assert/strict';
import { checkBooks } from '../../src/persistence/books/check.ts';
import { testDatabase } from '../support/database.ts';
import { heldOrder, heldReservation, item } from '../support/holds.ts';
import { stockedProduct } from '../support/orders.ts';

describe('A look at the books', () => {
  const database = testDatabase();
  database.prepare();

  it('counts what it looked at, reads all of it from one snapshot, and can write nothing', async () => {
    const { db } = database;
    const product = await stockedProduct(db);
    await heldOrder(db, item(product), item(await stockedProduct(db)));
    await heldReservation(db, item(product));
    const statements: string[] = [];
    db.on('query', ({ sql }: { sql: string }) => statements.push(sql));
    assert.deepEqual(await checkBooks(db), { orders: 1, reservations: 3, stockLevels: 2, findings: [] });
    assert.equal(statements[0], 'BEGIN TRANSACTION ISOLATION LEVEL repeatable read READ ONLY;');
    assert.equal(statements.filter((sql) => sql.startsWith('BEGIN')).length, 1);
    assert.equal(statements[1], `SET LOCAL work_mem = '64MB'; SET LOCAL jit = off`);
  });
});
