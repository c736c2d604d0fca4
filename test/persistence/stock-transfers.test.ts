import assert from 'node:assert/strict';
import { v4, v7 } from 'uuid';
import { transferStock } from '../../src/api/stock.ts';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';
import { readTransfer } from '../../src/persistence/stock-transfers.ts';
import { testDatabase } from '../support/database.ts';
import { cause } from '../support/holds.ts';
import { behindTheLedger } from '../support/ledger.ts';
import { openWarehouse, stockedProduct } from '../support/orders.ts';

const database = testDatabase();

describe('A transfer in the database', () => {
  database.prepare();

  const move = async (quantity: number) => {
    const product = await stockedProduct(database.db, { stock: 10 });
    const code = `W-${v4().slice(0, 8)}`.toUpperCase();
    await openWarehouse(database.db, product, { code, units: 1, priority: 5 });
    const transfer = { id: v7(), productId: product.id, from: 'MAIN', to: code, quantity, reason: 'closer' };
    const { value: made } = await transferStock(database.db, transfer, cause({ actor: 'bert' }));
    return { transfer, made };
  };

  it('is read from its two movements, each by its own id', async () => {
    const [one, two] = [await move(3), await move(4)];
    for (const { transfer, made } of [one, two]) {
      const { createdAt, ...rest } = (await readTransfer(database.db, transfer.id)) ?? assert.fail('not found');
      assert.deepEqual(rest, { ...transfer, actor: 'bert' });
      assert.deepEqual({ createdAt, ...rest }, made);
    }
  });

  it('is not there by another id', async () => {
    const { transfer } = await move(1);
    assert.equal(await readTransfer(database.db, v7()), undefined);
    assert.equal(await readTransfer(database.db, transfer.productId), undefined);
  });

  it('counts for the books: units that went nowhere are found', async () => {
    const { db } = database;
    const { transfer } = await move(2);
    assert.deepEqual(await findDiscrepancies(db), []);
    const target = db('warehouses').where({ code: transfer.to }).select('id');
    const level = { product_id: transfer.productId, warehouse_id: target };
    const set = (figures: object) => behindTheLedger(db, (trx) => trx('stock_levels').where(level).update(figures));
    await set({ total: 1, available: 1 });
    const findings = await findDiscrepancies(db);
    assert.deepEqual(
      findings
        .map(({ kind, objectId, expected }) => ({ kind, objectId, expected }))
        .filter(({ kind }) => kind === 'stock-log'),
      [
        {
          kind: 'stock-log',
          objectId: `${transfer.productId}/${transfer.to}`,
          expected: { total: 3, available: 3, reserved: 0 },
        },
      ],
    );
    await set({ total: 3, available: 3 });
  });
});
