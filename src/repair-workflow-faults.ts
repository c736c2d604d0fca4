import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { Knex } from 'knex';
import { endOrderHold, endReservationHold } from './activities/end-hold.ts';
import { leaveWaitingList } from './activities/leave-waiting-list.ts';
import { askWorkflow } from './api/ask-workflow.ts';
import type { Cause } from './domain/audit.ts';
import { DomainError } from './domain/errors.ts';
import type { Repair } from './domain/finding.ts';
import type { WorkflowFault } from './find-workflow-faults.ts';
import { inParallel } from './in-parallel.ts';
import { owningWorkflow } from './owning-workflow.ts';
import {
  readEndedOrders,
  readEndedReservations,
  readOpenOrders,
  readOpenReservations,
  type OpenOrder,
  type OpenReservation,
} from './persistence/open-work.ts';
import type { Holder } from './persistence/reservations.ts';
import {
  currentRules,
  orderPlacedUpdate,
  orderWorkflowId,
  reservationPlacedUpdate,
  reservationWorkflowId,
  workflowTaskTimeout,
  type AskedBy,
  type OrderInput,
  type ReservationInput,
} from './workflows/messages.ts';

export interface FaultRepair {
  readonly db: Knex;
  readonly client: Client;
  readonly taskQueue: string;
  readonly cause: Cause;
  /** Milliseconds that a workflow gets to take hold, or to close. */
  readonly patience?: number;
}

interface Work extends FaultRepair {
  /** Whether it is worth while to wait for workflows: not without a worker, nor after one has been waited for in vain. */
  hasWorker: boolean;
}

/** What became of one fault; how it was repaired, or what a person has to do. */
type Outcome = Omit<Repair, 'finding'>;

const defaultPatience = 10_000;

/** Milliseconds between two looks at a workflow that is to close. */
const interval = 200;

const noWorker = 'No worker takes tasks: start one (earmark worker).';

/**
 * Repairs what can be wrong between the database and Temporal. What lost its workflow gets it again: start is resume. A workflow of
 * something that has ended is cancelled, which makes it look again and close, and only one that does not is terminated. A hold or a wait
 * that is overdue is ended by the same function that its workflow would have called. Each looks again first, so doing it twice does no more. Without a
 * worker, workflows that are open are left to themselves.
 * @throws when Temporal does not answer
 */
export async function repairWorkflowFaults(to: FaultRepair, faults: readonly WorkflowFault[]): Promise<Repair[]> {
  if (faults.length === 0) return [];
  const work: Work = { ...to, hasWorker: await isPolled(to.client, to.taskQueue) };
  return inParallel(faults, async ({ finding, holder }) => {
    const { kind } = finding;
    const outcome =
      kind === 'order-without-workflow' || kind === 'reservation-without-workflow'
        ? await resume(work, holder)
        : kind === 'hold-overdue'
          ? await expire(work, holder)
          : kind === 'wait-overdue' && 'orderId' in holder
            ? await endWait(work, holder)
            : await close(work, holder);
    return { finding, ...outcome };
  });
}

/**
 * Whether a worker asked for workflow tasks lately. The server remembers for minutes who did; a worker asks at least once in one. Where
 * the clocks differ by more, there seems to be none, and then less is done.
 */
async function isPolled(client: Client, taskQueue: string): Promise<boolean> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  });
  return (pollers ?? []).some(({ lastAccessTime }) => Number(lastAccessTime?.seconds) * 1000 > Date.now() - 120_000);
}

async function resume(work: Work, holder: Holder): Promise<Outcome> {
  const { client, patience = defaultPatience } = work;
  const started = 'orderId' in holder ? await startOrder(work, holder.orderId) : await startReservation(work, holder);
  if (!started) return { repaired: true, how: 'it has ended by now' };
  const how = 'its workflow was started again and goes on from where it stands';
  if (!work.hasWorker) return { repaired: true, how: `${how} as soon as a worker runs. ${noWorker}` };
  const [workflowId, placed] =
    'orderId' in holder
      ? [orderWorkflowId(holder.orderId), orderPlacedUpdate]
      : [reservationWorkflowId(holder.reservationId), reservationPlacedUpdate];
  const handle = client.workflow.getHandle(workflowId);
  // Closed is as good as an answer: it took hold and ended, since its hold was over.
  const asked = await askWorkflow<unknown>(client, patience, () => handle.executeUpdate<unknown, []>(placed.name));
  if (asked.outcome !== 'unknown') return { repaired: true, how };
  work.hasWorker = false;
  return { repaired: true, how: `${how}, but it has not answered yet: look at ${workflowId} in the Temporal Web UI` };
}

/** Whether there was anything to start. */
async function startOrder({ db, client, taskQueue }: FaultRepair, orderId: string): Promise<boolean> {
  const [order] = await readOpenOrders(db, [orderId]);
  if (!order) return false;
  const { items, holdSeconds, reference, allocation, region, onShortage, waitSeconds, rescuedFrom } = order;
  const asked = {
    ...{ items, holdSeconds, reference, allocation, region, onShortage },
    ...(waitSeconds === null ? {} : { waitSeconds }),
    ...(rescuedFrom === null ? {} : { rescuedFrom }),
  };
  const input: OrderInput = { rules: currentRules, orderId, ...asked, ...askerOf(order) };
  await client.workflow.start('order', { workflowId: orderWorkflowId(orderId), args: [input], ...again(taskQueue) });
  return true;
}

/** Whoever placed what gets its workflow back: what comes of it is theirs, for whom they acted. */
function askerOf({ actor, onBehalfOf, requestId }: OpenOrder | OpenReservation): AskedBy {
  return { actor, ...(onBehalfOf !== null && { onBehalfOf }), requestId };
}

async function startReservation(
  { db, client, taskQueue }: FaultRepair,
  { reservationId }: { readonly reservationId: string },
): Promise<boolean> {
  const [reservation] = await readOpenReservations(db, [reservationId]);
  if (!reservation) return false;
  const { productId, quantity, holdSeconds } = reservation;
  // How its units were looked for is in no row. It has them, so that makes no difference any more.
  const asked = { productId, quantity, holdSeconds };
  const input: ReservationInput = { rules: currentRules, reservationId, ...asked, ...askerOf(reservation) };
  const workflowId = reservationWorkflowId(reservationId);
  await client.workflow.start('reservation', { workflowId, args: [input], ...again(taskQueue) });
  return true;
}

/** How a workflow is started that there has been before, unless somebody else was faster. */
function again(taskQueue: string) {
  return {
    taskQueue,
    workflowTaskTimeout,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: 'Started again by earmark reconcile',
  } as const;
}

async function expire(work: Work, holder: Holder): Promise<Outcome> {
  if (!work.hasWorker) return { repaired: false, how: `Its workflow ends the hold by itself. ${noWorker}` };
  const { db, cause } = work;
  let done = 'its units were given back';
  try {
    await ('orderId' in holder
      ? endOrderHold(db, holder, 'expired', cause)
      : endReservationHold(db, holder, 'expired', cause));
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    // Somebody was faster. An order that was confirmed goes on, and its workflow with it.
    done = 'its hold has ended by now';
    if (!(await hasEnded(db, holder))) return { repaired: true, how: done };
  }
  const { how } = await close(work, holder);
  return { repaired: true, how: `${done}, and ${how}` };
}

async function endWait(work: Work, holder: { readonly orderId: string }): Promise<Outcome> {
  if (!work.hasWorker) return { repaired: false, how: `Its workflow ends its waiting by itself. ${noWorker}` };
  const { value } = await leaveWaitingList(work.db, { ...holder, endedAs: 'not-available' }, work.cause);
  // Served just in time: it goes on, and its workflow with it.
  if (value.order.status !== 'cancelled') return { repaired: true, how: 'it has its units by now' };
  const { how } = await close(work, holder);
  return { repaired: true, how: `it was cancelled, since its units did not come, and ${how}` };
}

async function close(work: Work, holder: Holder): Promise<Outcome> {
  const { db, client, patience = defaultPatience } = work;
  const { workflowId, state } = await owningWorkflow(client, holder);
  if (state !== 'open') return { repaired: true, how: 'its workflow has closed by now' };
  // It may have an answer to give that somebody waits for.
  if (!work.hasWorker) return { repaired: false, how: `Its workflow closes by itself. ${noWorker}` };
  // An order that goes on would be cancelled with its workflow.
  const reopened = { repaired: false, how: `It is open again: look at ${workflowId}, or run this again.` };
  if (!(await hasEnded(db, holder))) return reopened;
  const handle = client.workflow.getHandle(workflowId);
  await askWorkflow(client, patience, () => handle.cancel());
  const giveUpAt = Date.now() + patience;
  do {
    if ((await owningWorkflow(client, holder)).state !== 'open') {
      return { repaired: true, how: 'its workflow looked again and closed' };
    }
    await pause(interval);
  } while (Date.now() < giveUpAt);
  // Nothing is left for it to do or to give back: only then may it be stopped without asking it.
  if (!(await hasEnded(db, holder))) return reopened;
  await askWorkflow(client, patience, () => handle.terminate('what it owned has ended: earmark reconcile'));
  return { repaired: true, how: 'its workflow was terminated, since it did not close by itself' };
}

/** Whether it has ended for good and holds nothing. */
async function hasEnded(db: Knex, holder: Holder): Promise<boolean> {
  const ended =
    'orderId' in holder
      ? await readEndedOrders(db, [holder.orderId], 0)
      : await readEndedReservations(db, [holder.reservationId], 0);
  return ended.length > 0;
}
