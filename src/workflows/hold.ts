import { CancellationScope, sleep } from '@temporalio/workflow';

/** A running hold: the durable timer between reserve and expiry. */
export interface Hold {
  readonly ended: boolean;
  /** Stops the timer; a hold that has ended stays ended. */
  cancel(): void;
}

/**
 * Starts the timer of a hold. It runs for a duration and not until a time of day: the clocks of database, worker and Temporal
 * may differ by hours.
 * @param ms milliseconds from now
 */
export function startHold(ms: number): Hold {
  const scope = new CancellationScope();
  let ended = false;
  const timer = scope.run(() => sleep(ms, { summary: 'hold' }));
  void timer.then(
    () => {
      ended = true;
    },
    () => {
      // Cancelled: the hold was ended by a command.
    },
  );
  return {
    get ended() {
      return ended;
    },
    cancel: () => scope.cancel(),
  };
}
