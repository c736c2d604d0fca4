import { makeRunFolder, removeRunFolder } from './run-folder.ts';
import { tearDown } from './teardown.ts';

/** How long a process may take to end after its last test. */
const patienceMs = 60_000;

// A Ctrl-C goes to all processes on the terminal. The one that reports ends the others, which end their servers then.
if (process.env['MOCHA_WORKER_ID'] !== undefined) process.on('SIGINT', () => undefined);

/** Mocha runs it once, before the first test. */
export async function mochaGlobalSetup(): Promise<void> {
  await makeRunFolder();
  let interrupts = 0;
  process.on('SIGINT', () => {
    interrupts += 1;
    // After the first Mocha ends the tests, in which it may succeed; then it would end this process by another one.
    if (interrupts === 2) void mochaGlobalTeardown().finally(() => process.exit(130));
  });
}

/** Mocha runs it once, after the last test: stops every server that some test started. */
export async function mochaGlobalTeardown(): Promise<void> {
  sayWhatIsOpen();
  await tearDown();
  await removeRunFolder();
}

/** A process that does not end after its tests says what it waits for, in place of being silent until somebody ends it. */
function sayWhatIsOpen(): void {
  const say = () =>
    console.error(`The tests are over, and still open are: ${process.getActiveResourcesInfo().join(', ')}`);
  setTimeout(say, patienceMs).unref();
}
