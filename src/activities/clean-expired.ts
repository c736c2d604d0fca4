import type { Knex } from 'knex';
import { systemActor, type Cause } from '../domain/audit.ts';
import { DomainError } from '../domain/errors.ts';
import type { WakeWaiting } from '../domain/waiting.ts';
import type { Page, PageRequest, Position } from '../persistence/keyset.ts';
import { listOverdueWaits } from '../persistence/open-work.ts';
import { listOverdue, type Holder } from '../persistence/reservations.ts';
import { endOrderHold, endReservationHold } from './end-hold.ts';
import { leaveWaitingList } from './leave-waiting-list.ts';
import { waking } from './wake-waiting.ts';

/** What Temporal knows of a workflow id: running, ended, or nothing (any more). */
export type WorkflowState = 'open' | 'closed' | 'gone';

export interface CleanExpiredInput {
  /** How overdue a hold, or the waiting for units, must be, in seconds. */
  readonly graceSeconds: number;
  /** Reservations, or waiting orders, looked at in one go. */
  readonly batchSize: number;
  /** Count only. */
  readonly dryRun: boolean;
  readonly requestId: string | null;
}

export interface CleanExpiredSummary {
  /** Holders (orders and standalone reservations) found with an overdue hold, and orders that waited longer than they were to. */
  readonly overdue: number;
  /** Holders whose units were given back, or would be on a dry run. */
  readonly released: number;
  /** Orders that were taken out of their waiting list, or would be. */
  readonly waitsEnded: number;
  /** Orders among both. */
  readonly ordersCancelled: number;
  /** Those whose workflow is open although their time is over: it will end it itself once a worker runs. */
  readonly open: number;
  /** Ids of the first few of those workflows. */
  readonly openWorkflows: readonly string[];
}

/** The workflow that owns a holder's units. */
export interface OwningWorkflow {
  readonly workflowId: string;
  readonly state: WorkflowState;
}

/** So many open workflows are named; the rest is counted. */
const namedWorkflows = 10;

interface CleanExpiredDeps {
  readonly db: Knex;
  /** @throws when Temporal does not answer, which is not "gone" */
  readonly owningWorkflow: (holder: Holder) => Promise<OwningWorkflow>;
  readonly wake: WakeWaiting;
  /** Told after every batch. */
  readonly onProgress?: (summary: CleanExpiredSummary) => void;
}

/** What can be overdue: a hold, or the waiting for units. */
interface Sweep {
  /** One page, most overdue first. */
  readonly list: (page: PageRequest) => Promise<Page<Holder>>;
  /** @returns whether it is this call's doing that it is over */
  readonly end: (holder: Holder) => Promise<boolean>;
  readonly counts: 'released' | 'waitsEnded';
}

/**
 * The safety net under the timers: gives back the units of overdue reservations whose workflow is closed or gone and cancels
 * their orders as expired, and cancels orders as not available that wait although their time is over. Normally it finds nothing. A
 * batch's workflows are all looked up before any of it is touched, so a Temporal that cannot be reached changes nothing.
 * @throws when Temporal does not answer; AggregateError at the end when some could not be ended, the others are by then
 */
export async function cleanExpired(
  { db, owningWorkflow, wake, onProgress }: CleanExpiredDeps,
  { graceSeconds, batchSize, dryRun, requestId }: CleanExpiredInput,
): Promise<CleanExpiredSummary> {
  const cause: Cause = { actor: systemActor, requestId, workflowId: null };
  const openWorkflows: string[] = [];
  const failures: unknown[] = [];
  const summary = { overdue: 0, released: 0, waitsEnded: 0, ordersCancelled: 0, open: 0, openWorkflows };
  // Whoever waits in vain goes first: units that are freed behind it are nobody's turn that cannot take them.
  for (const { list, end, counts } of [
    overdueWaits(db, wake, graceSeconds, cause),
    overdueHolds(db, wake, graceSeconds, cause),
  ]) {
    const seen = new Set<string>();
    let after: Position | null = null;
    do {
      const { items, next }: Page<Holder> = await list({ limit: batchSize, after });
      const holders = items.filter((holder) => isNew(holder, seen));
      const workflows = await Promise.all(holders.map(owningWorkflow));
      summary.overdue += holders.length;
      for (const [index, { workflowId, state }] of workflows.entries()) {
        const holder = holders[index] as Holder;
        if (state === 'open') {
          summary.open += 1;
          if (openWorkflows.length < namedWorkflows) openWorkflows.push(workflowId);
        } else if (dryRun || (await ended(end(holder), failures))) {
          summary[counts] += 1;
          if ('orderId' in holder) summary.ordersCancelled += 1;
        }
      }
      if (items.length > 0) onProgress?.(summary);
      after = next;
    } while (after !== null);
  }
  if (failures.length > 0) {
    throw new AggregateError(failures, `${failures.length} overdue holds or waits could not be ended`);
  }
  return summary;
}

function overdueWaits(db: Knex, wake: WakeWaiting, graceSeconds: number, cause: Cause): Sweep {
  return {
    list: async (page) => {
      const { items, next } = await listOverdueWaits(db, graceSeconds, page);
      return { items: items.map((orderId) => ({ orderId })), next };
    },
    end: async (holder) => {
      if (!('orderId' in holder)) return false;
      const leaving = leaveWaitingList(db, { ...holder, endedAs: 'not-available' }, cause);
      const { order } = await waking(leaving, wake);
      return order.cancelReason === 'not-available';
    },
    counts: 'waitsEnded',
  };
}

function overdueHolds(db: Knex, wake: WakeWaiting, graceSeconds: number, cause: Cause): Sweep {
  return {
    list: async (page) => {
      const { items, next } = await listOverdue(db, graceSeconds, page);
      return { items: items.map(({ id, orderId }) => (orderId === null ? { reservationId: id } : { orderId })), next };
    },
    end: async (holder) => {
      await waking<unknown>(
        'orderId' in holder
          ? endOrderHold(db, holder, 'expired', cause)
          : endReservationHold(db, holder, 'expired', cause),
        wake,
      );
      return true;
    },
    counts: 'released',
  };
}

/** Whether a holder is met for the first time: an order has a reservation for every line. */
function isNew(holder: Holder, seen: Set<string>): boolean {
  const key = 'orderId' in holder ? holder.orderId : holder.reservationId;
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

/**
 * Whether it was ended as it was to be: somebody may have been faster since the batch was read. One that cannot be ended must not keep
 * the others locked up.
 */
async function ended(ending: Promise<boolean>, failures: unknown[]): Promise<boolean> {
  try {
    return await ending;
  } catch (error) {
    if (!(error instanceof DomainError)) failures.push(error);
    return false;
  }
}
