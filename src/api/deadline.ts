import { ProblemError } from './problems.ts';

/** Milliseconds in which a request is answered once it has arrived, whatever hangs: longer than every single wait inside. */
const answerWithin = 4_500;

/**
 * Waits for the answer to a request for a limited time. What is under way then goes on: it may or may not happen yet.
 * @throws ProblemError unavailable when there is none in time
 */
export async function inTime<Answer>(answer: Promise<Answer>, patience = answerWithin): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    const why = 'There was no answer in time; the request may be carried out yet. Repeat it with its Idempotency-Key.';
    timer = setTimeout(() => reject(new ProblemError('unavailable', why)), patience);
  });
  try {
    return await Promise.race([answer, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
