/** How many times the usual number of runs is made: MODEL_RUNS=20 for a long look. */
const times = Number(process.env['MODEL_RUNS'] ?? 1);

/** How many sequences are drawn, and the milliseconds that they may take. */
export const manyRuns = { alone: 100 * times, together: 20 * times, timeout: 120_000 * times };

/** What fast-check is told. MODEL_SEED and MODEL_PATH, which a failure prints, draw the same again. */
export function drawn(numRuns: number) {
  const { MODEL_SEED: seed, MODEL_PATH: path } = process.env;
  // What is being made smaller has to be shown before Mocha gives up.
  const interruptAfterTimeLimit = manyRuns.timeout * 0.8;
  return {
    numRuns,
    interruptAfterTimeLimit,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path }),
  };
}
