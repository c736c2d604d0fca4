import {
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
  type ScheduleOptionsAction,
} from '@temporalio/client';
import type { Config } from './config.ts';
import { cleanupScheduleId, taskQueue } from './workflows/messages.ts';
import type { cleanUp, CleanUpInput } from './workflows/clean-up.ts';

/** Reservations that one look at the database takes up. */
export const cleanupBatchSize = 100;

/** Makes sure that Temporal looks for overdue holds every `cleanupSeconds`. Every worker does so when it starts; the last one's settings hold. */
export async function ensureCleanupSchedule(
  client: Client,
  { cleanupSeconds, cleanupGraceSeconds }: Pick<Config, 'cleanupSeconds' | 'cleanupGraceSeconds'>,
): Promise<void> {
  const action = {
    type: 'startWorkflow',
    workflowType: 'cleanUp' satisfies typeof cleanUp.name,
    workflowId: cleanupScheduleId,
    taskQueue,
    args: [{ graceSeconds: cleanupGraceSeconds, batchSize: cleanupBatchSize } satisfies CleanUpInput],
    staticSummary: `Holds overdue by more than ${cleanupGraceSeconds} s`,
  } satisfies ScheduleOptionsAction;
  const spec = { intervals: [{ every: cleanupSeconds * 1000 }] };
  // The default window of a year would run everything missed while the server was down, all of it at once.
  const policies = {
    overlap: ScheduleOverlapPolicy.SKIP,
    catchupWindow: '1 minute',
  } satisfies ScheduleOptions['policies'];
  try {
    await client.schedule.create({ scheduleId: cleanupScheduleId, action, spec, policies });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(cleanupScheduleId).update(({ state }) => ({ action, spec, policies, state }));
  }
}
