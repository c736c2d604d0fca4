/**
 * Does something for each of many, so many at once, and begins nothing more after a failure or a stop. Whatever was begun has ended
 * when this does.
 * @throws the first failure, or the reason of the signal
 */
export async function sideBySide<T>(
  items: readonly T[],
  { atOnce, signal }: { readonly atOnce: number; readonly signal: AbortSignal },
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const takeTurns = async (): Promise<void> => {
    while (next < items.length && !failed && !signal.aborted) {
      try {
        await work(items[next++] as T);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, takeTurns));
  signal.throwIfAborted();
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
