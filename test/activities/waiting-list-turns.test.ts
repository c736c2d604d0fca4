import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import { cleanExpired } from '../../src/activities/clean-expired.ts';
import { waking } from '../../src/activities/wake-waiting.ts';
import type { Freed } from '../../src/domain/waiting.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, heldReservation, item, makeOverdue, orderIn } from '../support/holds.ts';
import { countIn, stockedProduct, type StockedProduct } from '../support/orders.ts';
import { look, queued } from '../support/waiting.ts';
import {
  advanceOrder,
  endOrderHold,
  endReservationHold,
  leaveWaitingList,
  returnItems,
  wakeWaiting,
} from '../support/as-worker.ts';
import { asRole } from '../support/postgres.ts';

const database = testDatabase({ balanced: true });

/** Something that makes units free: prepared while they are there, done while somebody waits for them. */
interface Freeing {
  readonly title: string;
  /** Takes two units; what it answers frees them again, as often as it is called. */
  readonly take: (product: StockedProduct) => Promise<() => Promise<Freed<unknown>>>;
}

const freeings: readonly Freeing[] = [
  ...(['released', 'expired'] as const).flatMap((endedAs): Freeing[] => [
    {
      title: `an order is ${endedAs}`,
      take: async (product) => {
        const { id: orderId } = await heldOrder(database.db, item(product, 2));
        return () => endOrderHold(database.db, { orderId }, endedAs, cause());
      },
    },
    {
      title: `a reservation is ${endedAs}`,
      take: async (product) => {
        const { id: reservationId } = await heldReservation(database.db, item(product, 2));
        return () => endReservationHold(database.db, { reservationId }, endedAs, cause());
      },
    },
  ]),
  {
    title: 'a confirmed order is cancelled',
    take: async (product) => {
      const { id: orderId } = await orderIn(database.db, 'confirmed', item(product, 2));
      return () => advanceOrder(database.db, { orderId, newStatus: 'cancelled' }, cause());
    },
  },
  {
    title: 'what was delivered comes back',
    take: async (product) => {
      const { id: orderId } = await orderIn(database.db, 'delivered', item(product, 2));
      const input = { returnId: v7(), orderId, line: 1, quantity: 2, warehouse: 'MAIN', reason: 'too small' };
      return () => returnItems(database.db, input, cause());
    },
  },
];

describe('The turn of whoever waits', () => {
  database.prepare();
  let product: StockedProduct;
  beforeEach(async () => {
    product = await stockedProduct(database.db, { stock: 2 });
  });
  // What a test leaves waiting would be woken by the next one.
  afterEach(async () => {
    const waiting = await database.db('waiting_list').whereNull('ended_as').pluck<string[]>('order_id');
    for (const orderId of waiting) await leaveWaitingList(database.db, { orderId, endedAs: 'cancelled' }, cause());
  });

  for (const { title, take } of freeings) {
    it(`has come when ${title}, also for whoever does it again, and at once`, async () => {
      const free = await take(product);
      const { id } = await queued(database.db, product, 2);
      await queued(database.db, product, 1);
      const both = await Promise.all([free(), free()]);
      for (const { turns } of [...both, await free()]) assert.deepEqual(turns, [id]);
    });

    it(`has not come when ${title} and that is not enough`, async () => {
      const free = await take(product);
      await queued(database.db, product, 3);
      await queued(database.db, product, 1);
      assert.deepEqual((await free()).turns, []);
    });

    it(`is nobody's when ${title} and nobody waits`, async () => {
      const free = await take(product);
      assert.deepEqual((await free()).turns, []);
    });
  }

  it('comes for each product of an order whose hold ends', async () => {
    const { db } = database;
    const other = await stockedProduct(db, { stock: 1 });
    const { id: orderId } = await heldOrder(db, item(product, 2), item(other));
    const waiting = [await queued(db, product, 2), await queued(db, other)];
    const { turns } = await endOrderHold(db, { orderId }, 'expired', cause());
    assert.deepEqual(turns.toSorted(), waiting.map(({ id }) => id).toSorted());
  });

  it('does not come with a return that cannot be sold again', async () => {
    const { db } = database;
    const { id: orderId } = await orderIn(db, 'delivered', item(product, 2));
    await queued(db, product, 1);
    const input = { returnId: v7(), orderId, line: 1, quantity: 2, warehouse: null, reason: 'broken' };
    assert.deepEqual((await returnItems(db, input, cause())).turns, []);
  });

  it('does not come when a hold ends with a sale', async () => {
    const { db } = database;
    const { id: orderId } = await heldOrder(db, item(product, 1));
    await queued(db, product, 2);
    assert.deepEqual((await endOrderHold(db, { orderId }, 'confirmed', cause())).turns, []);
  });

  it('comes when the big one before it leaves, and when it is served', async () => {
    const { db } = database;
    const [big, first, second] = [
      await queued(db, product, 9),
      await queued(db, product, 1),
      await queued(db, product, 1),
    ];
    const leaving = await leaveWaitingList(db, { orderId: big.id, endedAs: 'not-available' }, cause());
    assert.deepEqual(leaving.turns, [first.id]);
    assert.deepEqual((await look(db, first.id)).turns, [second.id]);
    assert.deepEqual((await look(db, second.id)).turns, []);
  });

  it('comes with the sweep for overdue holds, one at a time', async () => {
    const { db } = database;
    const [order, reservation] = [await heldOrder(db, item(product)), await heldReservation(db, item(product))];
    await makeOverdue(db, { orderId: order.id }, 100);
    await makeOverdue(db, { reservationId: reservation.id }, 90);
    const { id } = await queued(db, product, 2);
    const woken: (readonly string[])[] = [];
    await cleanExpired(
      {
        db: asRole(db, 'worker'),
        owningWorkflow: async () => ({ workflowId: 'gone', state: 'gone' }),
        wake: async (turns) => void woken.push(turns),
      },
      { graceSeconds: 60, batchSize: 10, dryRun: false, requestId: null },
    );
    assert.deepEqual(woken, [[id]]);
  });

  it('is told behind the commit, and to nobody when it is nobody’s', async () => {
    const told: (readonly string[])[] = [];
    const wake = async (turns: readonly string[]): Promise<void> => void told.push(turns);
    assert.equal(await waking(Promise.resolve({ value: 1, turns: [] }), wake), 1);
    assert.deepEqual(told, []);
    const { db } = database;
    const { id: orderId } = await heldOrder(db, item(product, 2));
    const { id } = await queued(db, product, 2);
    await waking(endOrderHold(db, { orderId }, 'released', cause()), async (turns) => {
      await wake(turns);
      // Whoever is told finds the units there.
      assert.equal((await look(db, id)).value.order.waiting, null);
    });
    assert.deepEqual(told, [[id]]);
  });

  it('is made good by the backstop, once for every product, until it was taken', async () => {
    const { db } = database;
    const other = await stockedProduct(db, { stock: 0 });
    const scarce = await stockedProduct(db, { stock: 0 });
    const { id: orderId } = await heldOrder(db, item(product, 2));
    const heads = [await queued(db, product), await queued(db, other)];
    await queued(db, product);
    await queued(db, scarce);
    const lost = async (): Promise<void> => undefined;
    await waking(endOrderHold(db, { orderId }, 'released', cause()), lost);
    await countIn(db, other, 5);
    const told: string[] = [];
    const wake = async (turns: readonly string[]): Promise<void> => void told.push(...turns);
    assert.equal(await wakeWaiting(db, wake), 2);
    assert.deepEqual(told.toSorted(), heads.map(({ id }) => id).toSorted());
    assert.equal(await wakeWaiting(db, lost), 2);
    for (const id of told) await look(db, id);
    assert.equal(await wakeWaiting(db, lost), 1);
  });
});
