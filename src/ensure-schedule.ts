import {
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
  type ScheduleOptionsAction,
} from '@temporalio/client';

/** What becomes of a schedule that is there already: it takes these settings, or it stays as it is. */
export type IfThere = 'replace' | 'keep';

/**
 * Makes sure that Temporal starts something every so many seconds, and never twice at once. Every worker does so when it starts; the
 * last one's settings hold, and a pause that an operator has set stays.
 */
export async function ensureSchedule(
  client: Client,
  scheduleId: string,
  everySeconds: number,
  action: ScheduleOptionsAction,
  ifThere: IfThere,
): Promise<void> {
  const spec = { intervals: [{ every: everySeconds * 1000 }] };
  // The default window of a year would run everything missed while the server was down, all of it at once.
  const policies = {
    overlap: ScheduleOverlapPolicy.SKIP,
    catchupWindow: '1 minute',
  } satisfies ScheduleOptions['policies'];
  try {
    await client.schedule.create({ scheduleId, action, spec, policies });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    if (ifThere === 'replace')
      await client.schedule.getHandle(scheduleId).update(({ state }) => ({ action, spec, policies, state }));
  }
}
