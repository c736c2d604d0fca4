import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Knex } from 'knex';
import type { order, orderReturn, reservation } from '../../src/workflows/index.ts';
import { orderWorkflowId, reservationWorkflowId, returnWorkflowId } from '../../src/workflows/messages.ts';
import { isAmbiguous, newKey, type Answer, type Caller, type Request } from './caller.ts';
import type { Load, Placement } from './load.ts';
import type { System } from './system.ts';

/** Where it is looked up what became of orders. */
type Books = Pick<System, 'db' | 'client'>;

/** What finally became of an attempt to place something. */
export interface Outcome {
  readonly placement: Placement;
  /** 201 when it was placed, 404 or 409 when it was refused. */
  readonly status: number;
  /** Of what was placed. */
  readonly id: string | undefined;
}

const pause = 150;

/**
 * Repeats what was ambiguous with its key, and asks for what was only accepted, until each has been decided.
 * @throws when something has not been decided at `giveUpAt` (milliseconds since the epoch)
 */
export async function decideAll(
  caller: Caller,
  { placements, steps }: Load,
  giveUpAt: number,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const group of batches(placements, 8)) {
    outcomes.push(...(await Promise.all(group.map((placement) => decidePlacement(caller, placement, giveUpAt)))));
  }
  const open = steps.filter(({ answer }) => isAmbiguous(answer));
  for (const group of batches(open, 8)) {
    await Promise.all(group.map(({ request }) => repeat(caller, request, giveUpAt)));
  }
  return outcomes;
}

async function decidePlacement(caller: Caller, placement: Placement, giveUpAt: number): Promise<Outcome> {
  const { request, answer: first } = placement;
  let answer = isAmbiguous(first) ? await repeat(caller, request, giveUpAt) : first;
  while (answer.status === 202) {
    assert.ok(Date.now() < giveUpAt, `${request.key} was accepted and never decided`);
    await delay(pause);
    answer = await repeat(caller, request, giveUpAt);
  }
  assert.ok([201, 404, 409].includes(answer.status), `${request.path} ended in ${answer.status} ${answer.code}`);
  return { placement, status: answer.status, id: answer.status === 201 ? answer.data?.id : undefined };
}

async function repeat(caller: Caller, request: Request, giveUpAt: number): Promise<Answer> {
  for (;;) {
    const answer = await caller.send(request);
    if (!isAmbiguous(answer)) return answer;
    assert.ok(
      Date.now() < giveUpAt,
      `${request.path} is still ${answer.status} ${answer.code} when it should be settled`,
    );
    await delay(pause);
  }
}

/** Whether no hold is overdue: what had to end by itself has ended. */
export async function isSettled(db: Knex): Promise<boolean> {
  const overdue = await db('reservations')
    .whereNull('ended_as')
    .whereRaw(`expires_at < now() - interval '1 second'`)
    .first();
  return overdue === undefined;
}

/**
 * Brings every order to its ending and demands that it has exactly one: in its row, in the audit log and in its workflow; and that
 * there is one order, or none, for each attempt at one.
 */
export async function finishAll(
  caller: Caller,
  system: Books,
  outcomes: readonly Outcome[],
  { historyLost = false } = {},
): Promise<void> {
  for (const group of batches(outcomes, 8)) {
    await Promise.all(
      group.map(async (outcome) => {
        const { kind } = outcome.placement;
        if (kind === 'order') await finishOrder(caller, system, outcome, historyLost);
        else if (kind === 'reservation') await finishReservation(system, outcome, historyLost);
        else await finishReturn(system, outcome, historyLost);
      }),
    );
  }
}

const next: Readonly<Record<string, string>> = { confirmed: 'processing', processing: 'shipped', shipped: 'delivered' };

async function finishOrder(
  caller: Caller,
  { db, client }: Books,
  { placement, id, status }: Outcome,
  historyLost: boolean,
): Promise<void> {
  const { reference } = placement;
  const rows = (await db('orders').where({ reference, rescued_from: null }).select('id')) as { id: string }[];
  assert.deepEqual(
    rows.map((row) => row.id),
    id === undefined ? [] : [id],
    `an attempt that ended in ${status} made the orders it says`,
  );
  if (id === undefined) return;
  await bringToEnd(caller, { db, client }, id, historyLost);
  // The order that takes its place, when it was confirmed after it had expired, has an ending of its own.
  const rescuing: string[] = await db('orders').where({ rescued_from: id }).pluck('id');
  for (const rescuingId of rescuing) await bringToEnd(caller, { db, client }, rescuingId, historyLost);
}

async function bringToEnd(caller: Caller, { db, client }: Books, id: string, historyLost: boolean): Promise<void> {
  const giveUpAt = Date.now() + 30_000;
  for (;;) {
    const { status: answered, data } = await caller.send({ method: 'GET', path: `/api/orders/${id}/` });
    const step = next[data?.status ?? ''];
    if (answered === 200 && step === undefined && data?.status !== 'pending') break;
    assert.ok(Date.now() < giveUpAt, `order ${id} is ${data?.status} and does not end`);
    const path = `/api/orders/${id}/transition/`;
    if (step) await caller.send({ method: 'POST', path, body: { new_status: step }, key: newKey() });
    else await delay(pause);
  }
  const workflow = client.workflow.getHandle<typeof order>(orderWorkflowId(id));
  const ending = await endingOf(workflow.result(), historyLost);
  const row = (await db('orders').where({ id }).first('status')) as { status: string };
  if (ending !== undefined) assert.equal(ending, row.status, `the workflow of order ${id} ended as its row says`);
  const endings = (await db('audit_log')
    .where({ object_type: 'Order', object_id: id })
    .whereRaw(`new_value ->> 'status' IN ('delivered', 'cancelled')`)
    .select('new_value')) as { new_value: { status: string } }[];
  assert.deepEqual(
    endings.map((entry) => entry.new_value.status),
    [row.status],
    `order ${id} ended once`,
  );
}

async function finishReservation({ db, client }: Books, { id }: Outcome, historyLost: boolean): Promise<void> {
  if (id === undefined) return;
  const workflow = client.workflow.getHandle<typeof reservation>(reservationWorkflowId(id));
  const ending = await endingOf(workflow.result(), historyLost);
  const row = (await db('reservations').where({ id }).first('ended_as')) as { ended_as: string };
  if (ending !== undefined)
    assert.equal(ending, row.ended_as, `the workflow of reservation ${id} ended as its row says`);
}

async function finishReturn({ db, client }: Books, { placement, id }: Outcome, historyLost: boolean): Promise<void> {
  // Nothing speaks against it, and each order is asked for one.
  const order_id = placement.request.path.split('/')[3];
  assert.ok(id !== undefined, `a unit of the delivered order ${order_id} came back`);
  assert.deepEqual(await db('returns').where({ order_id }).pluck('id'), [id], `it came back once`);
  const entries = await db('audit_log').where({ object_type: 'Order', object_id: order_id, action: 'ITEMS_RETURNED' });
  assert.equal(entries.length, 1, `return ${id} is in the log once`);
  const workflow = client.workflow.getHandle<typeof orderReturn>(returnWorkflowId(id));
  const ending = await endingOf(workflow.result(), historyLost);
  if (ending !== undefined) assert.equal(ending, 'returned', `the workflow of return ${id} ended as its row says`);
}

/** @returns undefined when the history is lost and was not needed any more: what it was of had ended */
async function endingOf<E>(result: Promise<{ readonly ending: E }>, historyLost: boolean): Promise<E | undefined> {
  try {
    return (await result).ending;
  } catch (error) {
    if (historyLost && error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

function batches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
