/** Thrown when the servers of this machine cannot be started or found; the message is one line that says what to do. */
export class StackError extends Error {
  override name = 'StackError';
}
