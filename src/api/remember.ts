import type { Knex } from 'knex';
import { DomainError } from '../domain/errors.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import { readKey, storeAnswer, takeKey, type RememberedAnswer } from '../persistence/idempotency-keys.ts';
import type { Claim } from '../workflows/messages.ts';
import { assertSameRequest, type Attempt } from './attempt.ts';
import type { AnyAnswer } from './route.ts';

/**
 * Carries out a request that no workflow remembers, and stores its answer with its Idempotency-Key in the transaction of its effect:
 * both are there, or neither. Without a key it is just carried out.
 * @throws ProblemError idempotency-key-reused; whatever `act` throws, which is not remembered
 */
export async function remember<Answer extends AnyAnswer | null>(
  db: Knex,
  attempt: Attempt,
  act: (db: Knex) => Promise<Answer>,
): Promise<Answer> {
  const { id, claim } = attempt;
  if (claim === undefined) return act(db);
  return db.transaction(async (trx: Transaction) => {
    const first = await takeKey(trx, id, claim.fingerprint);
    if (first !== undefined) return replay(attempt, claim, first) as Answer;
    const answer = await act(trx);
    if (answer !== null) await writeTogether(trx, [storeAnswer(trx, id, answer)]);
    return answer;
  });
}

/**
 * Carries out a POST whose effect is outside the database and does no harm twice, and stores its answer afterwards. No connection is
 * held meanwhile: whatever `act` waits for must not stop those who only read.
 * @param elsewhere answers when the key was noted with a step, from where that answer is remembered
 * @throws ProblemError idempotency-key-reused; whatever `act` throws, which is not remembered
 */
export async function rememberAfterwards<Answer extends AnyAnswer, Other extends AnyAnswer>(
  db: Knex,
  attempt: Attempt,
  act: () => Promise<Answer>,
  elsewhere: () => Promise<Other>,
): Promise<Answer | Other> {
  const { id, claim } = attempt;
  const first = claim && (await readKey(db, id));
  if (claim && first) return (replay(attempt, claim, first) as Answer | null) ?? elsewhere();
  const answer = await act();
  return (await remember<Answer | null>(db, attempt, async () => answer)) ?? answer;
}

/**
 * Carries out a step that a workflow remembers, and whose transaction notes its key. One that a workflow refuses though it was taken under this
 * key has lost the update since: that is answered as things stand, and the same from then on.
 * @throws ProblemError idempotency-key-reused; whatever `act` throws
 */
export async function rememberStep<Answer extends AnyAnswer>(
  db: Knex,
  attempt: Attempt,
  act: () => Promise<Answer>,
  asItStands: () => Promise<Answer>,
): Promise<Answer> {
  const { id, claim } = attempt;
  if (claim === undefined) return act();
  const readNote = async () => {
    const noted = await readKey(db, id);
    return noted && { answer: replay(attempt, claim, noted) as Answer | null };
  };
  const known = (await readNote())?.answer;
  if (known) return known;
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const noted = await readNote();
    if (!noted) throw error;
    if (noted.answer) return noted.answer;
    const answer = await asItStands();
    if ((await storeAnswer(db, id, answer)) > 0) return answer;
    return (await readNote())?.answer ?? answer;
  }
}

/** What was answered first; null when that is remembered elsewhere. */
function replay({ replayed }: Attempt, claim: Claim, first: RememberedAnswer): unknown {
  assertSameRequest(claim.fingerprint, first.fingerprint);
  if (first.answer !== null) replayed();
  return first.answer;
}
