/** What can become of a run of a workflow; `unknown` when Temporal has forgotten it. */
export const runStatuses = [
  'running',
  'paused',
  'completed',
  'failed',
  'cancelled',
  'terminated',
  'timed-out',
  'continued-as-new',
  'unknown',
] as const;

export type RunStatus = (typeof runStatuses)[number];

/** The status that Temporal's client names. */
export function runStatusOf(name: string): RunStatus {
  const written = name.toLowerCase().replaceAll('_', '-');
  return runStatuses.find((status) => status === written) ?? 'unknown';
}
