import { CancellationScope, sleep } from '@temporalio/workflow';

/** A running timer: durable, of a hold between reserve and expiry, or of waiting for units. */
export interface Timer {
  readonly ended: boolean;
  /** Stops it; one that has ended stays ended. */
  cancel(): void;
}

/**
 * Starts a timer. It runs for a duration and not until a time of day: the clocks of database, worker and Temporal may differ by hours.
 * @param ms milliseconds from now
 * @param summary what it is for, in the Web UI
 */
export function startTimer(ms: number, summary: string): Timer {
  const scope = new CancellationScope();
  let ended = false;
  const timer = scope.run(() => sleep(ms, { summary }));
  void timer.then(
    () => {
      ended = true;
    },
    () => {
      // Cancelled: a command ended what it was for.
    },
  );
  return {
    get ended() {
      return ended;
    },
    cancel: () => scope.cancel(),
  };
}
