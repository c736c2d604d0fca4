import { setTimeout } from 'node:timers/promises';
import { ScheduleNotFoundError, ScheduleOverlapPolicy, type Client, type ScheduleHandle } from '@temporalio/client';
import type { FindingsSummary } from '../domain/finding.ts';
import { reconcileScheduleId, reconcileType } from '../workflows/messages.ts';
import { askWorkflow } from './ask-workflow.ts';
import { ProblemError } from './problems.ts';
import { runStatusOf, type RunStatus } from './run-status.ts';

/** A look of the schedule that has ended. */
export interface Look {
  readonly workflowId: string;
  readonly startedAt: Date;
  readonly closedAt: Date;
  readonly status: RunStatus;
  /** Null when it came to no result. */
  readonly summary: FindingsSummary | null;
}

/** Milliseconds that Temporal has for all the questions of one request. */
const patience = 2_500;

/** Milliseconds between two questions whether the schedule has begun. */
const pause = 50;

/**
 * The last look that ended, of the workers of a task queue; undefined when there is none that Temporal remembers.
 * @throws ProblemError unavailable when Temporal does not answer
 */
export async function readLastLook(client: Client, taskQueue: string): Promise<Look | undefined> {
  return answered(client, async () => {
    const query = `WorkflowType = '${reconcileType}' AND TaskQueue = '${taskQueue}' AND ExecutionStatus != 'Running'`;
    // Those that ended last come first.
    for await (const { workflowId, runId, startTime, closeTime, status } of client.workflow.list({
      query,
      pageSize: 1,
    })) {
      const handle = client.workflow.getHandle(workflowId, runId, { followRuns: false });
      const summary = status.name === 'COMPLETED' ? ((await handle.result()) as FindingsSummary) : null;
      const closedAt = closeTime ?? startTime;
      return { workflowId, startedAt: startTime, closedAt, status: runStatusOf(status.name), summary };
    }
    return undefined;
  });
}

/**
 * Lets the schedule look now, unless it does already.
 * @returns the id of the workflow that looks; null when it is not known yet
 * @throws ProblemError unavailable when Temporal does not answer, or no worker has made the schedule yet
 */
export async function startLook(client: Client): Promise<string | null> {
  const giveUpAt = Date.now() + patience;
  const schedule = client.schedule.getHandle(reconcileScheduleId);
  const workflowId = await answered(client, async () => {
    try {
      const before = await taken(schedule);
      await schedule.trigger(ScheduleOverlapPolicy.SKIP);
      for (;;) {
        const now = await taken(schedule);
        if (now.count > before.count) return now.workflowId;
        // Triggered it is, whatever the id.
        if (Date.now() + 10 * pause > giveUpAt) return null;
        await setTimeout(pause);
      }
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
      throw new ProblemError('unavailable', 'There is no schedule that looks: a worker makes it when it starts.');
    }
  });
  return workflowId ?? null;
}

/** How often a schedule acted, or did not since it was at work, and the run that it began last. */
async function taken(
  schedule: ScheduleHandle,
): Promise<{ readonly count: number; readonly workflowId: string | null }> {
  const { numActionsTaken, numActionsSkippedOverlap, runningActions, recentActions } = (await schedule.describe()).info;
  const last = runningActions.at(-1) ?? recentActions.at(-1)?.action;
  return { count: numActionsTaken + numActionsSkippedOverlap, workflowId: last?.workflow.workflowId ?? null };
}

async function answered<T>(client: Client, ask: () => Promise<T>): Promise<T | undefined> {
  const asked = await askWorkflow(client, patience, ask);
  if (asked.outcome === 'answered') return asked.value;
  // What it was asked about is forgotten meanwhile.
  if (asked.outcome === 'closed') return undefined;
  throw new ProblemError('unavailable', 'Temporal did not answer in time. Try again in a moment.');
}
