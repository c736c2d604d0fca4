import assert from 'node:assert/strict';
import { presentOrder } from '../../src/api/schemas/orders.ts';
import type { OrderLine } from '../../src/domain/order.ts';
import { testDatabase } from '../support/database.ts';
import { item, orderIn } from '../support/holds.ts';
import { stockedProduct } from '../support/orders.ts';

const database = testDatabase();

describe('An order as an older version left it in its workflow', () => {
  database.prepare();

  it('is shown with the numbers of its lines, none of which came back', async () => {
    const { db } = database;
    const order = await orderIn(db, 'pending', item(await stockedProduct(db), 2), item(await stockedProduct(db)));
    const older = order.lines.map(({ product, quantity, unitPrice, lineTotal }): OrderLine => ({
      product,
      quantity,
      unitPrice,
      lineTotal,
    }));
    assert.deepEqual(presentOrder({ ...order, lines: older }, 'EUR'), presentOrder(order, 'EUR'));
    assert.deepEqual(
      presentOrder({ ...order, lines: older }, 'EUR').lines.map(({ line, returned }) => [line, returned]),
      [
        [1, 0],
        [2, 0],
      ],
    );
  });
});
