import type { Knex } from 'knex';
import { systemActor, type Cause } from '../domain/audit.ts';
import { DomainError } from '../domain/errors.ts';
import type { WakeWaiting } from '../domain/waiting.ts';
import type { Position } from '../persistence/keyset.ts';
import { listOverdue, type Holder } from '../persistence/reservations.ts';
import { endOrderHold, endReservationHold } from './end-hold.ts';
import { waking } from './wake-waiting.ts';

/** What Temporal knows of a workflow id: running, ended, or nothing (any more). */
export type WorkflowState = 'open' | 'closed' | 'gone';

export interface CleanExpiredInput {
  /** How overdue a hold must be, in seconds. */
  readonly graceSeconds: number;
  /** Reservations looked at in one go. */
  readonly batchSize: number;
  /** Count only. */
  readonly dryRun: boolean;
  readonly requestId: string | null;
}

export interface CleanExpiredSummary {
  /** Holders (orders and standalone reservations) found with an overdue hold. */
  readonly overdue: number;
  /** Holders whose units were given back, or would be on a dry run. */
  readonly released: number;
  /** Orders among them. */
  readonly ordersCancelled: number;
  /** Holders whose workflow is open although their hold is overdue: it will end it itself once a worker runs. */
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

/**
 * The safety net under the timers: gives back the units of overdue reservations whose workflow is closed or gone and cancels
 * their orders as expired. Normally it finds nothing. A batch's workflows are all looked up before any of it is touched, so a
 * Temporal that cannot be reached changes nothing.
 * @throws when Temporal does not answer; AggregateError at the end when some holds could not be ended, the others are by then
 */
export async function cleanExpired(
  { db, owningWorkflow, wake, onProgress }: CleanExpiredDeps,
  { graceSeconds, batchSize, dryRun, requestId }: CleanExpiredInput,
): Promise<CleanExpiredSummary> {
  const cause: Cause = { actor: systemActor, requestId, workflowId: null };
  const seen = new Set<string>();
  const openWorkflows: string[] = [];
  const failures: unknown[] = [];
  const summary = { overdue: 0, released: 0, ordersCancelled: 0, open: 0, openWorkflows };
  let after: Position | null = null;
  do {
    const { items, next } = await listOverdue(db, graceSeconds, { limit: batchSize, after });
    const holders = newHolders(items, seen);
    const workflows = await Promise.all(holders.map(owningWorkflow));
    summary.overdue += holders.length;
    for (const [index, { workflowId, state }] of workflows.entries()) {
      const holder = holders[index] as Holder;
      if (state === 'open') {
        summary.open += 1;
        if (openWorkflows.length < namedWorkflows) openWorkflows.push(workflowId);
      } else if (dryRun || (await expire({ db, wake }, holder, cause, failures))) {
        summary.released += 1;
        if ('orderId' in holder) summary.ordersCancelled += 1;
      }
    }
    onProgress?.(summary);
    after = next;
  } while (after !== null);
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} overdue holds could not be ended`);
  return summary;
}

/** The holders of overdue reservations, each once: an order has one for every line. */
function newHolders(overdue: readonly { id: string; orderId: string | null }[], seen: Set<string>): Holder[] {
  const holders: Holder[] = [];
  for (const { id, orderId } of overdue) {
    const key = orderId ?? id;
    if (seen.has(key)) continue;
    seen.add(key);
    holders.push(orderId === null ? { reservationId: id } : { orderId });
  }
  return holders;
}

/**
 * Whether this call is the one that ended the hold: somebody may have been faster since the batch was read. One hold that cannot be
 * ended must not keep the others locked up.
 */
async function expire(
  { db, wake }: Pick<CleanExpiredDeps, 'db' | 'wake'>,
  holder: Holder,
  cause: Cause,
  failures: unknown[],
): Promise<boolean> {
  try {
    await waking<unknown>(
      'orderId' in holder
        ? endOrderHold(db, holder, 'expired', cause)
        : endReservationHold(db, holder, 'expired', cause),
      wake,
    );
    return true;
  } catch (error) {
    if (!(error instanceof DomainError)) failures.push(error);
    return false;
  }
}
