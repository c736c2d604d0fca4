import { describeError } from '../describe-error.ts';

/** How something is: a `warning` works today, a `problem` does not. */
export type Health = 'ok' | 'warning' | 'problem';

/** What a check found. */
export interface Verdict {
  readonly health: Health;
  /** A sentence; of a warning or a problem it also says what to do. */
  readonly detail: string;
}

/** What a check found, and what it looked at. */
export interface Diagnosis extends Verdict {
  /** Such as `Schema`. */
  readonly check: string;
}

export const ok = (detail: string): Verdict => ({ health: 'ok', detail });
export const warning = (detail: string): Verdict => ({ health: 'warning', detail });
export const problem = (detail: string): Verdict => ({ health: 'problem', detail });

/** Milliseconds that one check gets. */
const patience = 4_500;

/** Makes one check within its time. What it throws is a problem; so is no answer, and the check is left behind then. */
export async function diagnose(
  check: string,
  look: () => Promise<Verdict> | Verdict,
  patienceMs = patience,
): Promise<Diagnosis> {
  let timer: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<Verdict>((resolve) => {
    const seconds = patienceMs / 1000;
    timer = setTimeout(
      () => resolve(problem(`No answer within ${seconds} s. Look whether the server still works, and restart it.`)),
      patienceMs,
    );
  });
  const looking = (async () => look())().catch((error: unknown) => problem(describeError(error)));
  try {
    return { check, ...(await Promise.race([looking, tooSlow])) };
  } finally {
    clearTimeout(timer);
  }
}
