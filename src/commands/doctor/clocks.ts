import { ok, warning, type Verdict } from './diagnosis.ts';

/** Milliseconds by which clocks may differ. */
const tolerance = 1_000;

/** When something was asked by the clock of this machine, in milliseconds of the epoch, and what time it said it was. */
export interface Reading {
  readonly sent: number;
  readonly received: number;
  /** The other clock showed something from here … */
  readonly from: number;
  /** … to here, when it answered. */
  readonly to: number;
}

/** Compares two clocks: by at least how much they differ, whenever between question and answer the other one was read. */
export function judgeClock(whose: string, { sent, received, from, to }: Reading): Verdict {
  const [ahead, behind] = [from - received, sent - to];
  const difference = Math.max(ahead, behind, 0);
  const unsure = received - sent + to - from;
  if (difference <= tolerance) return ok(`that of ${whose} agrees with this machine's, to ${unsure} ms`);
  return warning(
    `That of ${whose} is ${(difference / 1000).toFixed(1)} s ${ahead > behind ? 'ahead of' : 'behind'} this machine's. ` +
      'Holds end by the clock of Postgres, timers by that of Temporal: set both by NTP.',
  );
}
