import type { Knex } from 'knex';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import { readKey, storeAnswer, takeKey, type RememberedAnswer } from '../persistence/idempotency-keys.ts';
import type { Claim } from '../workflows/messages.ts';
import { assertSameRequest, type Attempt } from './attempt.ts';
import type { AnyAnswer } from './route.ts';

/**
 * Carries out a POST that no workflow remembers, and stores its answer with its Idempotency-Key in the transaction of its effect:
 * both are there, or neither. Without a key it is just carried out.
 * @throws ProblemError idempotency-key-reused; whatever `act` throws, which is not remembered
 */
export async function remember<Answer extends AnyAnswer>(
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
    await writeTogether(trx, [storeAnswer(trx, id, answer)]);
    return answer;
  });
}

/**
 * Carries out a POST whose effect is outside the database and does no harm twice, and stores its answer afterwards. No connection is
 * held meanwhile: whatever `act` waits for must not stop those who only read.
 * @throws ProblemError idempotency-key-reused; whatever `act` throws, which is not remembered
 */
export async function rememberAfterwards<Answer extends AnyAnswer>(
  db: Knex,
  attempt: Attempt,
  act: () => Promise<Answer>,
): Promise<Answer> {
  const { id, claim } = attempt;
  const first = claim && (await readKey(db, id));
  if (claim && first) return replay(attempt, claim, first) as Answer;
  const answer = await act();
  return remember(db, attempt, async () => answer);
}

function replay({ replayed }: Attempt, claim: Claim, first: RememberedAnswer): unknown {
  assertSameRequest(claim.fingerprint, first.fingerprint);
  replayed();
  return first.answer;
}
