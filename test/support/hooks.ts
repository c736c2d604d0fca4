import { tearDown } from './teardown.ts';

/** Mocha runs it once, after the last test: stops every server that some test started. */
export async function mochaGlobalTeardown(): Promise<void> {
  await tearDown();
}
