import assert from 'node:assert/strict';
import { v4 } from 'uuid';
import {
  cleanExpired,
  type CleanExpiredInput,
  type CleanExpiredSummary,
  type OwningWorkflow,
  type WorkflowState,
} from '../../src/activities/clean-expired.ts';
import type { WakeWaiting } from '../../src/domain/waiting.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { readReservation, type Holder } from '../../src/persistence/reservations.ts';
import { testDatabase } from '../support/database.ts';
import { cause, heldOrder, heldReservation, item, makeOverdue, recording } from '../support/holds.ts';
import { behindTheLedger } from '../support/ledger.ts';
import { countIn, stockedProduct, stockOf, type StockedProduct } from '../support/orders.ts';
import { endOrderHold } from '../support/acting.ts';
import { look, makeWaitOverdue, queued } from '../support/waiting.ts';
import { leaveWaitingList } from '../support/as-worker.ts';
import { asRole } from '../support/postgres.ts';

const database = testDatabase({ balanced: true });
let product: StockedProduct;

function prepare(): void {
  // What a test leaves overdue would be found by the next one.
  afterEach(() => clean(temporal(), { graceSeconds: 0 }));
  database.prepare();

  beforeEach(async () => (product = await stockedProduct(database.db, { stock: 100 })));
}

const idOf = (holder: Holder): string => ('orderId' in holder ? holder.orderId : holder.reservationId);

/** A Temporal that knows these workflows by the ids of what they own; of all others it knows nothing any more. */
function temporal(states: Readonly<Record<string, WorkflowState>> = {}) {
  const asked: string[] = [];
  const owningWorkflow = async (holder: Holder): Promise<OwningWorkflow> => {
    const id = idOf(holder);
    asked.push(id);
    return { workflowId: `workflow-of-${id}`, state: states[id] ?? 'gone' };
  };
  return { asked, owningWorkflow };
}

function clean(
  { owningWorkflow }: Pick<ReturnType<typeof temporal>, 'owningWorkflow'>,
  input: Partial<CleanExpiredInput> = {},
  onProgress: (summary: CleanExpiredSummary) => void = () => undefined,
  wake: WakeWaiting = async () => undefined,
): Promise<CleanExpiredSummary> {
  const settings = { graceSeconds: 60, batchSize: 100, dryRun: false, requestId: null, ...input };
  return cleanExpired({ db: asRole(database.db, 'worker'), owningWorkflow, wake, onProgress }, settings);
}

async function overdueOrder(secondsAgo = 100, ...items: ReturnType<typeof item>[]): Promise<string> {
  const { id: orderId } = await heldOrder(database.db, ...(items.length === 0 ? [item(product)] : items));
  await makeOverdue(database.db, { orderId }, secondsAgo);
  return orderId;
}

async function overdueReservation(secondsAgo = 100): Promise<string> {
  const { id: reservationId } = await heldReservation(database.db, item(product));
  await makeOverdue(database.db, { reservationId }, secondsAgo);
  return reservationId;
}

const nothing: CleanExpiredSummary = {
  overdue: 0,
  released: 0,
  waitsEnded: 0,
  ordersCancelled: 0,
  open: 0,
  openWorkflows: [],
};

describe('Cleaning expired holds', () => {
  prepare();

  it('finds nothing where every hold is running, and does not bother Temporal', async () => {
    await heldOrder(database.db, item(product));
    await heldReservation(database.db, item(product));
    const { asked, owningWorkflow } = temporal();
    assert.deepEqual(await clean({ owningWorkflow }), nothing);
    assert.deepEqual(asked, []);
  });

  it('gives back what a closed or lost workflow left behind, and cancels its order as expired', async () => {
    const { db } = database;
    const [closed, gone, alone] = [await overdueOrder(), await overdueOrder(), await overdueReservation()];
    const summary = await clean(temporal({ [closed]: 'closed' }));
    assert.deepEqual(summary, { ...nothing, overdue: 3, released: 3, ordersCancelled: 2 });
    for (const id of [closed, gone]) {
      const order = await readOrder(db, id);
      assert.deepEqual([order?.status, order?.cancelReason], ['cancelled', 'expired']);
    }
    assert.equal((await readReservation(db, alone))?.endedAs, 'expired');
    assert.deepEqual(await stockOf(db, product), { total: 100, available: 100, reserved: 0 });
    assert.deepEqual(await clean(temporal()), nothing);
  });

  it('writes the audit log as system, under the request of whoever asked, and for no workflow', async () => {
    const { db } = database;
    const [id, requestId] = [await overdueOrder(), v4()];
    const reservation = (await readOrder(db, id))?.reservations[0];
    const { entries } = await recording(db, () => clean(temporal(), { requestId }));
    const by = { actor: 'system', requestId, workflowId: null };
    assert.deepEqual(entries, [
      {
        ...by,
        action: 'RESERVATION_EXPIRED',
        objectType: 'Reservation',
        objectId: reservation?.id,
        oldValue: { qty: 1 },
        newValue: { qty: 1 },
      },
      {
        ...by,
        action: 'ORDER_STATUS_CHANGED',
        objectType: 'Order',
        objectId: id,
        oldValue: { status: 'pending' },
        newValue: { status: 'cancelled' },
      },
    ]);
  });

  it('counts and names open workflows, and leaves what they own alone', async () => {
    const { db } = database;
    const [open, gone, alone] = [await overdueOrder(300), await overdueOrder(), await overdueReservation(200)];
    const summary = await clean(temporal({ [open]: 'open', [alone]: 'open' }));
    const openWorkflows = [`workflow-of-${open}`, `workflow-of-${alone}`];
    assert.deepEqual(summary, { ...nothing, overdue: 3, released: 1, ordersCancelled: 1, open: 2, openWorkflows });
    assert.equal((await readOrder(db, open))?.status, 'pending');
    assert.equal((await readReservation(db, alone))?.isActive, true);
    assert.equal((await readOrder(db, gone))?.status, 'cancelled');
  });

  it('names the first ten open workflows and counts the rest', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) ids.push(await overdueOrder(100 + n));
    const { open, openWorkflows } = await clean(temporal(Object.fromEntries(ids.map((id) => [id, 'open']))));
    assert.equal(open, 12);
    assert.deepEqual(
      openWorkflows,
      ids
        .toReversed()
        .slice(0, 10)
        .map((id) => `workflow-of-${id}`),
    );
  });

  it('leaves a hold alone until it is overdue by more than the grace period', async () => {
    const [id] = [await overdueOrder(100)];
    assert.deepEqual(await clean(temporal(), { graceSeconds: 110 }), nothing);
    assert.equal((await clean(temporal(), { graceSeconds: 90 })).released, 1);
    assert.equal((await readOrder(database.db, id))?.cancelReason, 'expired');
  });

  it('touches nothing on a dry run and counts what it would do', async () => {
    const { db } = database;
    const [first, alone, open] = [await overdueOrder(), await overdueReservation(), await overdueOrder()];
    const known = temporal({ [open]: 'open' });
    const { result, entries } = await recording(db, () => clean(known, { dryRun: true, batchSize: 1 }));
    const openWorkflows = [`workflow-of-${open}`];
    assert.deepEqual(result, { ...nothing, overdue: 3, released: 2, ordersCancelled: 1, open: 1, openWorkflows });
    assert.deepEqual(entries, []);
    assert.equal((await readOrder(db, first))?.status, 'pending');
    assert.equal((await readReservation(db, alone))?.isActive, true);
    assert.deepEqual(await clean(known), result);
  });

  it('does not count what somebody else ended meanwhile', async () => {
    const { db } = database;
    const [paid, left] = [await overdueOrder(), await overdueOrder()];
    const { owningWorkflow } = temporal();
    const summary = await clean({
      owningWorkflow: async (holder) => {
        if (idOf(holder) === paid) await endOrderHold(db, { orderId: paid }, 'confirmed', cause());
        return owningWorkflow(holder);
      },
    });
    assert.deepEqual(summary, { ...nothing, overdue: 2, released: 1, ordersCancelled: 1 });
    assert.equal((await readOrder(db, paid))?.status, 'confirmed');
    assert.equal((await readOrder(db, left))?.status, 'cancelled');
  });
});

describe('Cleaning expired holds while Temporal does not answer', () => {
  prepare();

  it('touches nothing: no answer is not "gone"', async () => {
    const { db } = database;
    const ids = [await overdueOrder(), await overdueOrder(), await overdueReservation()];
    const { owningWorkflow } = temporal();
    const silent = {
      owningWorkflow: async (holder: Holder) => {
        if (idOf(holder) === ids[2]) throw new Error('no answer');
        return owningWorkflow(holder);
      },
    };
    const { entries } = await recording(db, () => assert.rejects(clean(silent), { message: 'no answer' }));
    assert.deepEqual(entries, []);
    assert.deepEqual(await stockOf(db, product), { total: 100, available: 97, reserved: 3 });
  });

  it('touches nothing of the batch it could not look up whole, and keeps what earlier batches did', async () => {
    const { db } = database;
    const ids = [await overdueOrder(400), await overdueOrder(300), await overdueOrder(200), await overdueOrder(100)];
    const { owningWorkflow } = temporal();
    const dying = {
      owningWorkflow: async (holder: Holder) => {
        if (idOf(holder) === ids[3]) throw new Error('no answer');
        return owningWorkflow(holder);
      },
    };
    await assert.rejects(clean(dying, { batchSize: 2 }), { message: 'no answer' });
    const statuses = await Promise.all(ids.map(async (id) => (await readOrder(db, id))?.status));
    assert.deepEqual(statuses, ['cancelled', 'cancelled', 'pending', 'pending']);
  });
});

describe('Cleaning expired holds in batches', () => {
  prepare();

  for (const batchSize of [1, 2, 3, 100]) {
    it(`of ${batchSize} ends every hold once, also of orders whose lines straddle two batches`, async () => {
      const { db } = database;
      const cup = await stockedProduct(db, { stock: 100 });
      const tea = await stockedProduct(db, { stock: 100 });
      const ids: string[] = [];
      for (let n = 0; n < 4; n++) {
        ids.push(await overdueOrder(100, item(product), item(cup), item(tea)), await overdueReservation());
      }
      // All overdue since the same moment: lines of different orders lie between one another.
      await db('reservations')
        .whereIn('product_id', [product.id, cup.id, tea.id])
        .update({ expires_at: new Date(Date.now() - 100_000) });

      const progress: number[] = [];
      const { asked, owningWorkflow } = temporal();
      const summary = await clean({ owningWorkflow }, { batchSize }, ({ released }) => progress.push(released));
      assert.deepEqual(summary, { ...nothing, overdue: 8, released: 8, ordersCancelled: 4 });
      assert.deepEqual(asked.toSorted(), ids.toSorted());
      assert.equal(progress.at(-1), 8);
      assert.ok(progress.length >= Math.ceil(8 / batchSize));
      assert.deepEqual(
        progress,
        progress.toSorted((a, b) => a - b),
      );
      for (const one of [product, cup, tea]) {
        assert.deepEqual(await stockOf(db, one), { total: 100, available: 100, reserved: 0 });
      }
    });
  }
});

describe('Cleaning the waiting lists', () => {
  prepare();

  async function soldOut(): Promise<StockedProduct> {
    return stockedProduct(database.db, { stock: 0 });
  }

  async function overdueWait(of: StockedProduct, secondsAgo = 100): Promise<string> {
    const { id } = await queued(database.db, of);
    await makeWaitOverdue(database.db, id, secondsAgo);
    return id;
  }

  it('cancels as not available what waits too long and lost its workflow, and wakes the next', async () => {
    const { db } = database;
    const rare = await stockedProduct(db, { stock: 2 });
    const [{ id: first }, { id: next }] = [await queued(db, rare, 9), await queued(db, rare, 2)];
    await makeWaitOverdue(db, first, 100);
    const woken: string[] = [];
    const requestId = v4();
    const { result, entries } = await recording(db, () =>
      clean(temporal({ [first]: 'closed' }), { requestId }, undefined, async (turns) => void woken.push(...turns)),
    );
    assert.deepEqual(result, { ...nothing, overdue: 1, waitsEnded: 1, ordersCancelled: 1 });
    assert.deepEqual(woken, [next]);
    const order = await readOrder(db, first);
    assert.deepEqual([order?.status, order?.cancelReason, order?.waiting], ['cancelled', 'not-available', null]);
    const by = { actor: 'system', requestId, workflowId: null, objectType: 'Order', objectId: first };
    assert.deepEqual(entries, [
      {
        ...by,
        action: 'WAITING_ENDED',
        oldValue: { product: rare.id, qty: 9 },
        newValue: { product: rare.id, qty: 9, ended_as: 'not-available' },
      },
      {
        ...by,
        action: 'ORDER_STATUS_CHANGED',
        oldValue: { status: 'pending' },
        newValue: { status: 'cancelled' },
      },
    ]);
    assert.deepEqual(await clean(temporal()), nothing);
  });

  it('leaves alone whoever waits within the grace, or has an open workflow, which it names', async () => {
    const { db } = database;
    const rare = await soldOut();
    const [open, fresh] = [await overdueWait(rare, 100), await overdueWait(rare, 50)];
    const summary = await clean(temporal({ [open]: 'open' }));
    assert.deepEqual(summary, { ...nothing, overdue: 1, open: 1, openWorkflows: [`workflow-of-${open}`] });
    for (const id of [open, fresh]) assert.ok((await readOrder(db, id))?.waiting);
  });

  it('changes nothing on a dry run, and counts what it would do', async () => {
    const { db } = database;
    const rare = await soldOut();
    const id = await overdueWait(rare);
    await overdueOrder();
    const { result, entries } = await recording(db, () => clean(temporal(), { dryRun: true }));
    assert.deepEqual(result, { ...nothing, overdue: 2, released: 1, waitsEnded: 1, ordersCancelled: 2 });
    assert.deepEqual(entries, []);
    assert.ok((await readOrder(db, id))?.waiting);
  });

  for (const batchSize of [1, 2, 100]) {
    it(`asks about all of them, the most overdue first, in batches of ${batchSize}`, async () => {
      const rare = await soldOut();
      const ids: string[] = [];
      for (const secondsAgo of [200, 400, 300]) ids.push(await overdueWait(rare, secondsAgo));
      const hold = await overdueOrder(500);
      const { asked, owningWorkflow } = temporal();
      const summary = await clean({ owningWorkflow }, { batchSize });
      assert.deepEqual(asked, [ids[1], ids[2], ids[0], hold]);
      assert.deepEqual(summary, { ...nothing, overdue: 4, released: 1, waitsEnded: 3, ordersCancelled: 4 });
    });
  }

  it('does not count whoever was served, or left, meanwhile', async () => {
    const { db } = database;
    const [rare, scarce] = [await soldOut(), await soldOut()];
    const [served, left] = [await overdueWait(rare), await overdueWait(scarce)];
    const { owningWorkflow } = temporal();
    const summary = await clean({
      owningWorkflow: async (holder) => {
        if (idOf(holder) === served) {
          await countIn(db, rare, 1);
          await look(db, served);
        } else {
          await leaveWaitingList(db, { orderId: left, endedAs: 'cancelled' }, cause());
        }
        return owningWorkflow(holder);
      },
    });
    assert.deepEqual(summary, { ...nothing, overdue: 2 });
    assert.deepEqual(await stockOf(db, rare), { total: 1, available: 0, reserved: 1 });
    assert.equal((await readOrder(db, left))?.cancelReason, 'requested');
  });

  it('touches nothing while Temporal does not answer', async () => {
    const id = await overdueWait(await soldOut());
    const silent = { owningWorkflow: () => Promise.reject(new Error('no answer')) };
    await assert.rejects(clean(silent), { message: 'no answer' });
    assert.ok((await readOrder(database.db, id))?.waiting);
  });

  it('wakes whoever waits for the units of a hold that it ends', async () => {
    const { db } = database;
    const rare = await stockedProduct(db, { stock: 1 });
    const { id: orderId } = await heldOrder(db, item(rare));
    const { id } = await queued(db, rare);
    await makeOverdue(db, { orderId }, 100);
    const woken: string[] = [];
    await clean(temporal(), {}, undefined, async (turns) => void woken.push(...turns));
    assert.deepEqual(woken, [id]);
  });
});

describe('Cleaning expired holds of which one cannot be ended', () => {
  const torn = testDatabase();
  torn.prepare();

  it('ends the others all the same, and fails at the end with what went wrong', async () => {
    const { db } = torn;
    const [sound, broken] = [await stockedProduct(db, { stock: 10 }), await stockedProduct(db, { stock: 10 })];
    const ids: string[] = [];
    for (const [index, product] of [sound, broken, sound].entries()) {
      const { id: orderId } = await heldOrder(db, item(product));
      await makeOverdue(db, { orderId }, 300 - index);
      ids.push(orderId);
    }
    // Where nothing is reserved, nothing can be given back.
    await behindTheLedger(db, (trx) =>
      trx('stock_levels').where({ product_id: broken.id }).update({ available: 10, reserved: 0 }),
    );

    const settings = { graceSeconds: 60, batchSize: 1, dryRun: false, requestId: null };
    await assert.rejects(
      cleanExpired({ db, owningWorkflow: temporal().owningWorkflow, wake: async () => undefined }, settings),
      (error) => {
        assert.ok(error instanceof AggregateError);
        assert.equal(error.message, '1 overdue holds or waits could not be ended');
        assert.equal((error.errors[0] as { constraint?: string }).constraint, 'stock_levels_reserved_not_negative');
        return true;
      },
    );
    const statuses = await Promise.all(ids.map(async (id) => (await readOrder(db, id))?.status));
    assert.deepEqual(statuses, ['cancelled', 'pending', 'cancelled']);
  });
});
