/** SQLSTATEs, or classes of them, that say nothing about the request: the same statement may work in a moment. */
const passing = [
  '08', // connection exception
  '53', // insufficient resources
  '57', // operator intervention: shutdown, starting up, statement timeout
  '40', // serialization failure, deadlock
  '55P03', // lock timeout
];

/** Socket errors of node:net. */
const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);

/** What pg and Knex say, without any code, when a connection broke or a wait of ours ran out. */
const brokenConnection =
  /Connection terminated|connection timeout|timeout expired|timeout exceeded when trying to connect|Query read timeout|Timeout acquiring a connection|Unable to acquire a connection|Client has encountered a connection error/i;

/** Whether an error means that the database did not answer (in time), rather than that it refused the statement. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // Connecting to a name with several addresses fails with all of their errors at once.
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnavailable);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === undefined) return brokenConnection.test(error.message);
  return unreachable.has(code) || (code.length === 5 && passing.some((state) => code.startsWith(state)));
}
