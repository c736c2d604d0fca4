import type { Client } from '@temporalio/client';
import type { Config } from './config.ts';
import { ensureSchedule, type IfThere } from './ensure-schedule.ts';
import { cleanupScheduleId, taskQueue } from './workflows/messages.ts';
import type { cleanUp, CleanUpInput } from './workflows/clean-up.ts';

/** Reservations that one look at the database takes up. */
export const cleanupBatchSize = 100;

/** Makes sure that Temporal looks for overdue holds every `cleanupSeconds`. */
export async function ensureCleanupSchedule(
  client: Client,
  { cleanupSeconds, cleanupGraceSeconds }: Pick<Config, 'cleanupSeconds' | 'cleanupGraceSeconds'>,
  ifThere: IfThere = 'replace',
): Promise<void> {
  await ensureSchedule(
    client,
    cleanupScheduleId,
    cleanupSeconds,
    {
      type: 'startWorkflow',
      workflowType: 'cleanUp' satisfies typeof cleanUp.name,
      workflowId: cleanupScheduleId,
      taskQueue,
      args: [
        {
          graceSeconds: cleanupGraceSeconds,
          batchSize: cleanupBatchSize,
          wakesWaiting: true,
        } satisfies CleanUpInput,
      ],
      staticSummary: `Holds overdue by more than ${cleanupGraceSeconds} s`,
    },
    ifThere,
  );
}
