/** What a list of latencies comes down to, in milliseconds; null when there are none. */
export interface Quantiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/**
 * The exact value that `share` of all values are at or below (nearest rank): always one that was measured, never one in between.
 * @param share from 0 to 1
 */
export function percentile(values: readonly number[], share: number): number | null {
  return ranked(
    values.toSorted((a, b) => a - b),
    share,
  );
}

/** The usual percentiles; each value counts. */
export function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  return { p50: ranked(sorted, 0.5), p95: ranked(sorted, 0.95), p99: ranked(sorted, 0.99) };
}

function ranked(sorted: readonly number[], share: number): number | null {
  // 0.95 * 20 is a hair over 19 in floating point, and would round up to the wrong rank.
  const rank = Math.ceil(Number((share * sorted.length).toFixed(6)));
  return sorted[Math.max(rank, 1) - 1] ?? null;
}
