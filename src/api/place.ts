import { WithStartWorkflowOperation, WorkflowFailedError, type Client } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { Knex } from 'knex';
import { partyOf } from '../domain/audit.ts';
import type { Refusal } from '../domain/errors.ts';
import type { Order } from '../domain/order.ts';
import type { Reservation } from '../domain/reservation.ts';
import type { Return } from '../domain/return.ts';
import { readOrder } from '../persistence/orders.ts';
import { readReservation } from '../persistence/reservations.ts';
import { readReturn } from '../persistence/returns.ts';
import {
  orderPlacedUpdate,
  orderReturnPlacedUpdate,
  orderWorkflowId,
  reservationPlacedUpdate,
  reservationWorkflowId,
  returnWorkflowId,
  workflowTaskTimeout,
  type Claim,
  type Claimed,
  type OrderEnding,
  type OrderInput,
  type OrderReturnInput,
  type OrderReturnOutcome,
  type ReservationInput,
  type ReservationOutcome,
} from '../workflows/messages.ts';
import { claimOf, isRepeat, type Attempt } from './attempt.ts';
import { askWorkflow, refusalError } from './ask-workflow.ts';

/** Where workflows are started, and what they place is found. */
export interface Starting {
  readonly db: Knex;
  readonly client: Client;
  readonly taskQueue: string;
  /** Called right before and right after a workflow is started, where tests of faults let things go wrong. */
  readonly reach: (point: 'placing.before-start' | 'placing.after-start') => void;
}

/** Milliseconds that each question may take. Together, placing and looking for what became of it stay under 3 s. */
const patience = { place: 2_100, describe: 500 } as const;

/**
 * What became of a request to place something. `accepted`: it is durable and will be placed when it can. `unknown`: Temporal
 * did not answer; the start may still land.
 */
export type Placing<T> =
  | { readonly outcome: 'placed'; readonly value: T }
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'unknown' };

/** What is noted of a workflow when it is started, to be read without asking the workflow itself. */
interface StartMemo {
  /** That of the keyed request which started it: for a repeat that no stored answer tells from the first attempt. */
  readonly claim?: Claim;
  /** The order that a return is of. Returns that were started before this was noted have none. */
  readonly orderId?: string;
}

/**
 * What a workflow tells about what it places without being asked by an update, with what was noted when it was started. `none`: there
 * is no such workflow, or it has ended and refused nothing.
 */
export type Placement =
  | (StartMemo & { readonly outcome: 'accepted' | 'none' })
  | (StartMemo & { readonly outcome: 'refused'; readonly refusal: Refusal })
  | { readonly outcome: 'unknown' };

/**
 * Starts an order's workflow and waits a while for the order to be placed. A repeat of an earlier attempt starts nothing and gets
 * that one's answer.
 * @throws DomainError the refusal: not-found, product-inactive, insufficient-stock
 * @throws ProblemError idempotency-key-reused
 */
export async function placeOrder(starting: Starting, input: OrderInput, attempt: Attempt): Promise<Placing<Order>> {
  const units = input.items.reduce((sum, { quantity }) => sum + quantity, 0);
  const products = input.items.length === 1 ? 'a product' : `${input.items.length} products`;
  return place(starting, attempt, {
    type: 'order',
    workflowId: orderWorkflowId(input.orderId),
    input,
    summary: `${count(units)} of ${products}, placed by ${partyOf(input)}`,
    placed: orderPlacedUpdate,
    valueOf: ({ order }) => order,
    readRow: (db) => readOrder(db, input.orderId),
  });
}

/**
 * Starts the workflow of a standalone reservation and waits a while for its units to be reserved; repeats as with an order.
 * @throws DomainError the refusal: not-found, product-inactive, insufficient-stock
 * @throws ProblemError idempotency-key-reused
 */
export async function placeReservation(
  starting: Starting,
  input: ReservationInput,
  attempt: Attempt,
): Promise<Placing<Reservation>> {
  return place(starting, attempt, {
    type: 'reservation',
    workflowId: reservationWorkflowId(input.reservationId),
    input,
    summary: `${count(input.quantity)} of a product, reserved by ${partyOf(input)}`,
    placed: reservationPlacedUpdate,
    valueOf: ({ reservation }) => reservation,
    readRow: (db) => readReservation(db, input.reservationId),
  });
}

/**
 * Starts the workflow of a return and waits a while for the units to be taken back; repeats as with an order.
 * @throws DomainError the refusal: not-found, not-delivered, return-exceeds-delivery, stock-conflict
 * @throws ProblemError idempotency-key-reused
 */
export async function placeReturn(
  starting: Starting,
  input: OrderReturnInput,
  attempt: Attempt,
): Promise<Placing<Return>> {
  return place(starting, attempt, {
    type: 'orderReturn',
    workflowId: returnWorkflowId(input.returnId),
    input,
    summary: `${count(input.quantity)} of order ${input.orderId} came back, taken by ${partyOf(input)}`,
    placed: orderReturnPlacedUpdate,
    valueOf: ({ return: returned }) => returned,
    readRow: (db) => readReturn(db, input.returnId),
    orderId: input.orderId,
  });
}

/** What became of an order, a reservation or a return that has no row. */
export async function findPlacement(client: Client, workflowId: string): Promise<Placement> {
  const handle =
    client.workflow.getHandle<() => Promise<OrderEnding | ReservationOutcome | OrderReturnOutcome>>(workflowId);
  const described = await askWorkflow(client, patience.describe, () => handle.describe());
  if (described.outcome === 'unknown') return described;
  if (described.outcome !== 'answered') return { outcome: 'none' };
  const { status, memo } = described.value;
  const noted = (memo ?? {}) as StartMemo;
  if (status.name === 'RUNNING') return { ...noted, outcome: 'accepted' };

  const ended = await askWorkflow(client, patience.describe, () => resultOf(handle.result()));
  if (ended.outcome !== 'answered') return { outcome: 'unknown' };
  if (ended.value?.ending !== 'refused') return { ...noted, outcome: 'none' };
  return { ...noted, outcome: 'refused', refusal: ended.value.refusal };
}

/** What a workflow is started with, and how the thing that it places is told. */
interface Start<Placed extends object, T> {
  readonly type: 'order' | 'reservation' | 'orderReturn';
  readonly workflowId: string;
  readonly input: OrderInput | ReservationInput | OrderReturnInput;
  /** Shown in the Web UI. */
  readonly summary: string;
  /** Awaits what became of placing. */
  readonly placed: UpdateDefinition<Claimed<Placed | { readonly refused: Refusal }>>;
  readonly valueOf: (placement: Placed) => T;
  /** Reads what was placed, as it is now. */
  readonly readRow: (db: Knex) => Promise<T | undefined>;
  /** The order that it belongs to, noted so that its address can be told from those under other orders. */
  readonly orderId?: string;
}

async function place<Placed extends object, T>(
  { db, client, taskQueue, reach }: Starting,
  attempt: Attempt,
  { type, workflowId, input, summary, placed, valueOf, readRow, orderId }: Start<Placed, T>,
): Promise<Placing<T>> {
  const memo = { ...claimOf(attempt), ...(orderId === undefined ? {} : { orderId }) } satisfies StartMemo;
  const startWorkflowOperation = new WithStartWorkflowOperation(type, {
    workflowId,
    taskQueue,
    args: [{ ...input, ...claimOf(attempt) }],
    staticSummary: summary,
    workflowTaskTimeout,
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    memo,
  });
  reach('placing.before-start');
  const asked = await askWorkflow(client, patience.place, () =>
    client.workflow.executeUpdateWithStart(placed, { updateId: 'placed', startWorkflowOperation }),
  );
  reach('placing.after-start');
  if (asked.outcome === 'answered') {
    if (isRepeat(attempt, asked.value.claim)) attempt.replayed();
    return { outcome: 'placed', value: valueOf(unlessRefused<Placed>(asked.value)) };
  }
  // No answer looks the same whether the server is gone or only no worker is there. Describing tells them apart.
  const placement = await findPlacement(client, workflowId);
  if (placement.outcome === 'unknown') return placement;
  // A workflow that ended without ever having had the question, since Temporal was restarted before a worker came, has no answer to it.
  if (placement.outcome === 'none' && asked.outcome !== 'closed') return { outcome: 'unknown' };
  if (isRepeat(attempt, placement.claim)) attempt.replayed();
  if (placement.outcome === 'refused') throw refusalError(placement.refusal);
  return placement.outcome === 'accepted' ? { outcome: 'accepted' } : asFound(await readRow(db));
}

/** What the row of something says whose workflow has ended: it as it is now. */
function asFound<T>(row: T | undefined): Placing<T> {
  return row === undefined ? { outcome: 'unknown' } : { outcome: 'placed', value: row };
}

function unlessRefused<Placed extends object>(placement: Claimed<Placed | { readonly refused: Refusal }>): Placed {
  if ('refused' in placement) throw refusalError(placement.refused as Refusal);
  return placement as Placed;
}

/** The result of a closed workflow; undefined when it failed or was terminated. */
async function resultOf<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof WorkflowFailedError) return undefined;
    throw error;
  }
}

function count(units: number): string {
  return units === 1 ? '1 unit' : `${units} units`;
}
