import type { Freed, WakeWaiting } from '../domain/waiting.ts';

/**
 * Runs work that may free or add units, and wakes whose turn has come by it, once all of it is committed. Nobody waits for that: the
 * caller's units are counted whether or not Temporal takes a signal for somebody else, and one that gets lost is made good by the
 * clean-up schedule.
 * @param work hands on what each of its transactions has freed, and gets its value back
 */
export async function wakeAfterwards<T>(
  wake: WakeWaiting,
  work: (noting: <Value>(freed: Freed<Value>) => Value) => Promise<T>,
): Promise<T> {
  const turns = new Set<string>();
  try {
    return await work(({ value, turns: found }) => {
      for (const orderId of found) turns.add(orderId);
      return value;
    });
  } finally {
    // Also when it was cut short: what was committed before has freed units. A turn too many makes an order look once in vain.
    if (turns.size > 0) void wake(Array.from(turns));
  }
}
