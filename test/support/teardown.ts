const cleanUps: (() => Promise<void>)[] = [];

/** Registers what to do when the whole test run is over; the last registered runs first. */
export function afterRun(cleanUp: () => Promise<void>): void {
  cleanUps.push(cleanUp);
}

/** Runs everything that was registered, all of it even when some fails. */
export async function tearDown(): Promise<void> {
  const failures: unknown[] = [];
  for (const cleanUp of cleanUps.splice(0).toReversed()) {
    await cleanUp().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, 'The test servers did not stop cleanly.');
}
