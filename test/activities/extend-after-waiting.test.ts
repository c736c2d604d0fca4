import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import { testDatabase } from '../support/database.ts';
import { cause, item } from '../support/holds.ts';
import { reserveOrder } from '../support/acting.ts';
import { stockedProduct } from '../support/orders.ts';
import { extendOrderHold, leaveWaitingList } from '../support/as-worker.ts';

const database = testDatabase({ balanced: true });

describe('An order that waited in vain', () => {
  database.prepare();

  for (const [left, endedAs] of [
    ['cancelled', 'released'],
    ['not-available', 'expired'],
  ] as const) {
    it(`and left its list as ${left} cannot be extended: it never had a hold`, async () => {
      const { db } = database;
      const product = await stockedProduct(db, { stock: 1 });
      const orderId = v7();
      const input = {
        orderId,
        items: [item(product, 2)],
        holdSeconds: 600,
        reference: null,
        onShortage: 'wait',
      } as const;
      const { order } = await reserveOrder(db, input, cause());
      assert.equal(order.waiting?.position, 1);
      await leaveWaitingList(db, { orderId, endedAs: left }, cause());

      const extension = { orderId, seconds: 60, expiresAt: order.createdAt };
      const details = { code: 'reservation-ended', details: { endedAs } };
      await assert.rejects(extendOrderHold(db, extension, 3, cause()), (error: object) => {
        const { code, details: found } = error as typeof details;
        assert.deepEqual({ code, details: found }, details);
        return true;
      });
    });
  }
});
