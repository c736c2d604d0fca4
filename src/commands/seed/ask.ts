import { StackError } from '../../stack/stack-error.ts';
import { isDone, type Answer, type Question, type ShopApi } from '../shop/shop-api.ts';

/**
 * Asks until it is done or refused by the rules of stock and orders (409), which is part of the game.
 * @throws StackError for every other answer: what is asked is right, so something is wrong with the API
 */
export async function ask(api: ShopApi, question: Question): Promise<Answer> {
  const answer = await api.decide(question);
  if (isDone(answer) || answer.status === 409) return answer;
  const { status, code = '', detail = '' } = answer;
  throw new StackError(
    `The API answers ${question.method} ${question.path} with ${[status, code, detail].filter(Boolean).join(' ').replace(/\.$/, '')}. ` +
      'Run the same command again when that is mended: it goes on where this one ended.',
  );
}
