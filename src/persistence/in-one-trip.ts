/** A statement that has not been sent yet, and tells when it is. */
type Statement<Answer> = PromiseLike<Answer> & { on(event: 'query', listener: () => void): unknown };

/** For whoever has nothing to send behind a statement. */
export const nothing = (): Promise<void> => Promise.resolve();

/**
 * Sends a statement, and what is to be sent behind it without waiting for its answer. The connections are pipelined, so that together they
 * are one round trip to the server, which carries them out in this order, each as of its own beginning: what is read behind a lock
 * is what the lock has waited for, and what is read behind a write is what was written. When the first one fails, so does all of it. Both
 * belong to one transaction: the statements of a pool may go over two connections.
 *
 * @returns the answers of both
 */
export async function inOneTrip<First, Behind>(
  first: Statement<First>,
  behind: () => Promise<Behind>,
): Promise<[First, Behind]> {
  const sent = new Promise<void>((resolve) => first.on('query', resolve));
  const answered = Promise.resolve(first);
  // Not before it is on its way, by whatever detours; and not at all when there is no connection for it.
  const following = Promise.race([sent, answered]).then(behind);
  return Promise.all([answered, following]);
}
