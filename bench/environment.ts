/** What decides where servers are found, and nothing of how they behave. */
const kept = new Set(['EARMARK_CACHE_DIR', 'EARMARK_TEMPORAL_CLI']);

/** The environment of a server that is measured: settings of whoever runs the benchmark must not change what it measures. */
export function ownEnvironment(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => kept.has(name) || !/^(EARMARK_|TEMPORAL_|PG|DATABASE_URL$|PORT$|LOG_LEVEL$|NODE_OPTIONS$)/.test(name),
  );
  return { ...Object.fromEntries(own), ...settings };
}
