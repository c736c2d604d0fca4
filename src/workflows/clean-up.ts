import { proxyActivities } from '@temporalio/workflow';
import type { CleanExpiredSummary } from '../activities/clean-expired.ts';
import type { Activities } from '../activities/index.ts';

/** Input of the workflow `cleanUp`. */
export interface CleanUpInput {
  /** How overdue a hold must be, in seconds. */
  readonly graceSeconds: number;
  /** Reservations looked at in one go. */
  readonly batchSize: number;
}

/** What the clean-up schedule runs: gives back what overdue holds still lock up, and forgets old idempotency keys. */
export async function cleanUp(
  input: CleanUpInput,
): Promise<{ readonly expired: CleanExpiredSummary; readonly forgottenKeys: number }> {
  const { cleanExpired, forgetKeys } = proxyActivities<Activities>({
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: '1 minute',
    // The schedule runs again soon: better a fresh look than an old one tried for ever.
    retry: { maximumAttempts: 3 },
  });
  const expired = await cleanExpired({ ...input, dryRun: false });
  return { expired, forgottenKeys: await forgetKeys() };
}
