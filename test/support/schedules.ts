import { reconcileScheduleId } from '../../src/workflows/messages.ts';
import { ensureReconcileSchedule } from '../../src/reconcile-schedule.ts';
import type { TestApi } from './api.ts';

/** Makes the schedule that looks, with its runs in the queue of an API. Whoever makes it deletes it. */
export async function makeReconcileSchedule({ client, taskQueue }: TestApi): Promise<{ delete(): Promise<void> }> {
  await ensureReconcileSchedule(client, { reconcileSeconds: 86_400, cleanupGraceSeconds: 5 });
  const schedule = client.schedule.getHandle(reconcileScheduleId);
  await schedule.update(({ action, ...rest }) => ({ ...rest, action: { ...action, taskQueue } }));
  return schedule;
}
