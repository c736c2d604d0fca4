import assert from 'node:assert/strict';
import { waking } from '../../src/activities/wake-waiting.ts';
import { DomainError } from '../../src/domain/errors.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { readTurns } from '../../src/persistence/waiting-list.ts';
import { reserveOrder } from '../support/acting.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, heldReservation, item, orderIn, orderToReserve } from '../support/holds.ts';
import { allAtOnce } from '../support/locks.ts';
import { countIn, stockedProduct, stockOf, type StockedProduct } from '../support/orders.ts';
import { patiently } from '../support/patience.ts';
import { look, queued, reserveOrWait } from '../support/waiting.ts';
import { advanceOrder, endOrderHold, endReservationHold, leaveWaitingList, wakeWaiting } from '../support/as-worker.ts';

const database = testDatabase({ balanced: true, poolMax: 25 });

/** What a workflow does that is told of its turn, with whoever is next behind it. */
async function wake(turns: readonly string[]): Promise<void> {
  await Promise.all(turns.map((id) => patiently(() => waking(look(database.db, id), wake))));
}

interface Place {
  readonly order_id: string;
  readonly place: string;
  readonly quantity: number;
  readonly ended_as: string | null;
  /** The id of the audit entry that says how it ended: under the product's lock, so in the order of commits. */
  readonly ended: string | null;
  readonly started: string;
}

/** Everybody who ever waited for a product, in the order of their places. */
async function places({ id }: StockedProduct): Promise<Place[]> {
  const entry = (action: string) =>
    database
      .db('audit_log as a')
      .whereRaw('a.object_id = w.order_id::text')
      .where({ 'a.object_type': 'Order', 'a.action': action })
      .select('a.id');
  return database
    .db('waiting_list as w')
    .where({ product_id: id })
    .orderBy('place')
    .select('order_id', 'place', 'quantity', 'ended_as')
    .select(entry('WAITING_STARTED').as('started'), entry('WAITING_ENDED').as('ended'));
}

/** Demands that nobody was served while somebody waited before it, and that places were given out in the order of joining. */
function assertInTurn(list: readonly Place[]): void {
  const started = list.map((one) => BigInt(one.started));
  assert.deepEqual(
    started,
    started.toSorted((a, b) => (a < b ? -1 : 1)),
  );
  for (const [index, one] of list.entries()) {
    if (one.ended_as !== 'served') continue;
    for (const before of list.slice(0, index)) {
      const overtaken = before.ended === null || BigInt(before.ended) > BigInt(one.ended ?? 0);
      assert.ok(!overtaken, `place ${one.place} was served before place ${before.place}`);
    }
  }
}

describe('A crowd that waits', function () {
  this.timeout(60_000);
  database.prepare();

  it('is served in the order of places, whatever happens at once, and no unit stays free that the first could have', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 40 });
    const orders = await Promise.all(Array.from({ length: 10 }, () => heldOrder(db, item(product))));
    const alone = await Promise.all(Array.from({ length: 10 }, () => heldReservation(db, item(product))));
    const paid = await Promise.all(Array.from({ length: 10 }, () => orderIn(db, 'confirmed', item(product))));
    await Promise.all(Array.from({ length: 5 }, () => heldOrder(db, item(product, 2))));
    const sizes = [1, 3, 2, 7, 1];
    const waiting = await Promise.all(
      Array.from({ length: 30 }, (_, n) => patiently(() => queued(db, product, sizes[n % sizes.length]))),
    );

    const refused: string[] = [];
    const newcomer = async (onShortage: 'reject' | 'partial'): Promise<void> => {
      try {
        await patiently(() => reserveOrder(db, orderToReserve({ items: [item(product)], onShortage }), cause()));
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        refused.push(error.code);
      }
    };
    const frees = [
      ...orders.map(({ id: orderId }, n) => () => {
        return waking<unknown>(endOrderHold(db, { orderId }, n % 2 === 0 ? 'released' : 'expired', cause()), wake);
      }),
      ...alone.map(({ id: reservationId }, n) => () => {
        return waking<unknown>(
          endReservationHold(db, { reservationId }, n % 2 === 0 ? 'released' : 'expired', cause()),
          wake,
        );
      }),
      ...paid.map(({ id: orderId }) => () => {
        return waking<unknown>(advanceOrder(db, { orderId, newStatus: 'cancelled' }, cause()), wake);
      }),
      ...waiting
        .filter((_, n) => n % 6 === 3)
        .map(({ id: orderId }, n) => () => {
          const endedAs = n % 2 === 0 ? 'cancelled' : 'not-available';
          return waking<unknown>(leaveWaitingList(db, { orderId, endedAs }, cause()), wake);
        }),
      ...Array.from({ length: 5 }, () => async () => {
        await countIn(db, product, 2);
        await wakeWaiting(db, wake);
      }),
      ...Array.from({ length: 8 }, () => () => reserveOrWait(db, { items: [item(product, 2)] })),
      // Also those whose turn it is not look, again and again.
      ...waiting.map(
        ({ id }) =>
          () =>
            waking(look(db, id), wake),
      ),
      ...Array.from({ length: 8 }, (_, n) => () => newcomer(n % 2 === 0 ? 'reject' : 'partial')),
    ];
    // As if at random, and alike in every run.
    const shuffled = frees.map((free, n) => ({ free, at: (n * 37) % 101 })).toSorted((a, b) => a.at - b.at);
    await Promise.all(shuffled.map(({ free }) => patiently<unknown>(free)));

    const list = await places(product);
    assertInTurn(list);
    assert.ok(list.filter(({ ended_as: endedAs }) => endedAs === 'served').length >= 10);
    assert.deepEqual(await readTurns(db, [product.id]), []);
    assert.deepEqual(new Set(refused), new Set(['insufficient-stock']));
    const served = list.filter(({ ended_as: endedAs }) => endedAs === 'served');
    const units = served.reduce((sum, { quantity }) => sum + quantity, 0);
    // 40 and 10 more, of which 10 were sold and came back; the five of two each are held all the time.
    assert.deepEqual(await stockOf(db, product), { total: 50, available: 40 - units, reserved: 10 + units });
    for (const { order_id: id, quantity } of served) {
      const order = await readOrder(db, id);
      assert.deepEqual([order?.status, order?.reservations.map((one) => one.quantity)], ['pending', [quantity]]);
    }
  });

  it('of one each gets exactly what comes in, the first of them', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 0 });
    const waiting: string[] = [];
    for (let n = 0; n < 12; n++) waiting.push((await queued(db, product)).id);
    await Promise.all(
      Array.from({ length: 7 }, async () => {
        await patiently(() => countIn(db, product, 1));
        await wakeWaiting(db, wake);
      }),
    );
    const list = await places(product);
    assertInTurn(list);
    assert.deepEqual(
      list.filter(({ ended_as: endedAs }) => endedAs === 'served').map(({ order_id: id }) => id),
      waiting.slice(0, 7),
    );
    assert.deepEqual(await stockOf(db, product), { total: 7, available: 0, reserved: 7 });
  });
});

describe('At the very moment', () => {
  database.prepare();

  for (const again of [1, 2, 3, 4]) {
    it(`when the first leaves, the second is served or woken, never forgotten (${again})`, async () => {
      const { db } = database;
      const product = await stockedProduct(db, { stock: 1 });
      const [first, second] = [await queued(db, product, 2), await queued(db, product, 1)];
      const steps = [
        () => leaveWaitingList(db, { orderId: first.id, endedAs: 'cancelled' }, cause()),
        () => look(db, second.id),
      ];
      const done = await allAtOnce(db, product.id, 2, () =>
        Promise.all((again % 2 === 0 ? steps : steps.toReversed()).map((step) => step())),
      );
      const isServed = (await readOrder(db, second.id))?.waiting === null;
      assert.ok(isServed || done.some(({ turns }) => turns.includes(second.id)));
    });

    it(`when units come free, whoever joins gets them or is woken (${again})`, async () => {
      const { db } = database;
      const product = await stockedProduct(db, { stock: 1 });
      const { id: orderId } = await heldOrder(db, item(product));
      const input = orderToReserve({ items: [item(product)] });
      const steps = [
        async () => (await endOrderHold(db, { orderId }, 'released', cause())).turns,
        async () => (await reserveOrWait(db, input)).turns,
      ];
      const turns = await allAtOnce(db, product.id, 2, () =>
        Promise.all((again % 2 === 0 ? steps : steps.toReversed()).map((step) => step())),
      );
      const isServed = (await readOrder(db, input.orderId))?.waiting === null;
      assert.ok(isServed || turns.flat().includes(input.orderId));
    });

    it(`when its time is over, it is served or cancelled, and its units are one's only (${again})`, async () => {
      const { db } = database;
      const product = await stockedProduct(db, { stock: 0 });
      const [first, second] = [await queued(db, product), await queued(db, product)];
      await countIn(db, product, 1);
      const steps = [
        () => leaveWaitingList(db, { orderId: first.id, endedAs: 'not-available' }, cause()),
        () => look(db, first.id),
      ];
      const done = await allAtOnce(db, product.id, 2, () =>
        Promise.all((again % 2 === 0 ? steps : steps.toReversed()).map((step) => step())),
      );
      const order = await readOrder(db, first.id);
      const isServed = order?.status === 'pending';
      assert.equal(order?.reservations.length, isServed ? 1 : 0);
      // Both are told the same of it once both are through.
      assert.deepEqual(await stockOf(db, product), {
        total: 1,
        available: isServed ? 0 : 1,
        reserved: isServed ? 1 : 0,
      });
      assert.equal(
        done.some(({ turns }) => turns.includes(second.id)),
        !isServed,
      );
    });
  }
});

describe('An attempt that slept past its time', () => {
  database.prepare();

  it('serves nobody who has left meanwhile', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 0 });
    const { id } = await queued(db, product);
    await leaveWaitingList(db, { orderId: id, endedAs: 'not-available' }, cause());
    await countIn(db, product, 1);
    const { value } = await look(db, id);
    assert.equal(value.order.cancelReason, 'not-available');
    assert.deepEqual(await stockOf(db, product), { total: 1, available: 1, reserved: 0 });
  });

  it('puts nobody back into the list who was served or has left', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 0 });
    const input = orderToReserve({ items: [item(product)] });
    await reserveOrWait(db, input);
    await countIn(db, product, 1);
    await look(db, input.orderId);
    await endOrderHold(db, { orderId: input.orderId }, 'released', cause());
    await reserveOrWait(db, input);
    const { turns } = await leaveWaitingList(db, { orderId: input.orderId, endedAs: 'cancelled' }, cause());
    assert.deepEqual(turns, []);
    assert.deepEqual(await stockOf(db, product), { total: 1, available: 1, reserved: 0 });
    assert.deepEqual(
      (await places(product)).map(({ ended_as: endedAs }) => endedAs),
      ['served'],
    );
  });

  it('ends the hold of an order that was served while it waited for its locks, under the lock of the stock', async () => {
    const { db } = database;
    const product = await stockedProduct(db, { stock: 0 });
    const { id: orderId } = await queued(db, product);
    await countIn(db, product, 1);
    // The order is served before the release has the lock of its product, and after it began.
    const [served, released] = await allAtOnce(db, product.id, 2, async () => {
      const serving = look(db, orderId);
      return Promise.all([
        serving,
        endOrderHold(db, { orderId }, 'released', cause()).catch((error: unknown) => error),
      ]);
    });
    if (released instanceof DomainError) assert.equal(released.code, 'not-reserved');
    else if (released instanceof Error) throw released;
    const isHeld = released instanceof DomainError;
    assert.ok(served);
    assert.deepEqual(await stockOf(db, product), { total: 1, available: isHeld ? 0 : 1, reserved: isHeld ? 1 : 0 });
  });
});
