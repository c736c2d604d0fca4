import { setTimeout as delay } from 'node:timers/promises';

/** Looks until a condition holds. @throws after `ms` milliseconds */
export async function until(condition: () => Promise<boolean> | boolean, ms = 10_000): Promise<void> {
  const giveUpAt = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error(`This did not become true in ${ms} ms: ${condition.toString()}`);
    await delay(10);
  }
}
