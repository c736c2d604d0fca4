import { proxyActivities } from '@temporalio/workflow';
import type { CleanExpiredSummary } from '../activities/clean-expired.ts';
import type { Activities } from '../activities/index.ts';

/** Input of the workflow `cleanUp`. */
export interface CleanUpInput {
  /** How overdue a hold must be, in seconds. */
  readonly graceSeconds: number;
  /** Reservations looked at in one go. */
  readonly batchSize: number;
  /** Whether it wakes waiting orders whose turn has come. Runs of versions before did not. */
  readonly wakesWaiting?: true;
}

/**
 * What the clean-up schedule runs: gives back what overdue holds still lock up, wakes waiting orders that slept through their turn, and
 * forgets old idempotency keys.
 */
export async function cleanUp(
  input: CleanUpInput,
): Promise<{ readonly expired: CleanExpiredSummary; readonly forgottenKeys: number; readonly woken?: number }> {
  const { cleanExpired, forgetKeys, wakeWaiting } = proxyActivities<Activities>({
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: '1 minute',
    // The schedule runs again soon: better a fresh look than an old one tried for ever.
    retry: { maximumAttempts: 3 },
  });
  const { graceSeconds, batchSize, wakesWaiting } = input;
  let expired: CleanExpiredSummary;
  try {
    expired = await cleanExpired({ graceSeconds, batchSize, dryRun: false });
  } catch (error) {
    // One hold that cannot be ended must not let everybody sleep who waits for something else.
    if (wakesWaiting) await wakeWaiting();
    throw error;
  }
  // Behind the sweep, which may have freed what they wait for.
  const woken = wakesWaiting ? { woken: await wakeWaiting() } : {};
  return { expired, forgottenKeys: await forgetKeys(), ...woken };
}
