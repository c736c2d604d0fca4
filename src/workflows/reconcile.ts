import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { FindingsSummary } from '../domain/finding.ts';

/** Input of the workflow `reconcile`. */
export interface ReconcileRunInput {
  /** How long something must be overdue, or have ended, in seconds. */
  readonly graceSeconds: number;
}

/** What the reconcile schedule runs: compares the database with itself and with Temporal, logs and counts. It repairs nothing. */
export async function reconcile(input: ReconcileRunInput): Promise<FindingsSummary> {
  const { reportFindings } = proxyActivities<Activities>({
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: '1 minute',
    // The schedule runs again soon: better a fresh look than an old one tried for ever.
    retry: { maximumAttempts: 3 },
  });
  return reportFindings(input);
}
