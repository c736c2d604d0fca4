import { ProblemError } from './problems.ts';

/** Milliseconds in which a request is answered once it has arrived, whatever hangs, unless its route says otherwise: longer than every single wait inside. */
const answerWithin = 4_500;

/** What is asked for, as far as it decides what its caller may do without an answer. */
export interface Asked {
  /** Whether nothing is changed by it. */
  readonly isRead: boolean;
  /** Whether a repeat of it is recognised by its Idempotency-Key. */
  readonly hasKey: boolean;
}

/**
 * Waits for the answer to a request for a limited time. What is under way then goes on: it may or may not happen yet.
 * @param spent milliseconds of that time that are over already
 * @param patience milliseconds in all
 * @throws ProblemError unavailable when there is none in time
 */
export async function inTime<Answer>(
  answer: Promise<Answer>,
  asked: Asked,
  {
    spent = 0,
    patience = answerWithin,
  }: { readonly spent?: number | undefined; readonly patience?: number | undefined } = {},
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ProblemError('unavailable', noAnswer(asked))), Math.max(0, patience - spent));
  });
  try {
    return await Promise.race([answer, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

function noAnswer({ isRead, hasKey }: Asked): string {
  if (isRead) return 'There was no answer in time. Try again in a moment.';
  const perhaps = 'There was no answer in time; the request may be carried out yet.';
  return hasKey
    ? `${perhaps} Repeat it with its Idempotency-Key.`
    : `${perhaps} It had no Idempotency-Key: look at what became of it before sending it again.`;
}
