import type { Client } from '@temporalio/client';
import type { Config } from './config.ts';
import { ensureSchedule, type IfThere } from './ensure-schedule.ts';
import { reconcileScheduleId, reconcileType, taskQueue } from './workflows/messages.ts';
import type { reconcile, ReconcileRunInput } from './workflows/reconcile.ts';

/** Makes sure that Temporal has the database compared with itself and with Temporal every `reconcileSeconds`. */
export async function ensureReconcileSchedule(
  client: Client,
  { reconcileSeconds, cleanupGraceSeconds }: Pick<Config, 'reconcileSeconds' | 'cleanupGraceSeconds'>,
  ifThere: IfThere = 'replace',
): Promise<void> {
  await ensureSchedule(
    client,
    reconcileScheduleId,
    reconcileSeconds,
    {
      type: 'startWorkflow',
      workflowType: reconcileType satisfies typeof reconcile.name,
      workflowId: reconcileScheduleId,
      taskQueue,
      args: [{ graceSeconds: cleanupGraceSeconds } satisfies ReconcileRunInput],
      staticSummary: 'Do stock, orders, the audit log and Temporal agree?',
    },
    ifThere,
  );
}
