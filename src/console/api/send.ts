import { useRef } from 'preact/hooks';
import { ask, newKey, Refused, Unanswered, Unreachable, type Answer } from './ask.ts';

/** Sends something that is to be done, by POST. */
export type Send = <Data>(path: string, body: unknown) => Promise<Answer<Data>>;

/**
 * For what one part of a page has done: the same thing sent again, since no answer came or nobody could do it, goes out with the same key
 * and so is carried out once. What was answered is over: the same thing after that is wanted once more.
 * @returns what sends; it throws as `ask` does, and Unanswered without an answer
 */
export function useSend(): Send {
  const open = useRef<{ readonly intention: string; readonly key: string }>(undefined);
  return async <Data>(path: string, body: unknown) => {
    const intention = `${path} ${JSON.stringify(body)}`;
    const key = open.current?.intention === intention ? open.current.key : newKey();
    open.current = { intention, key };
    try {
      const answer = await ask<Data>('POST', path, { body, key });
      open.current = undefined;
      return answer;
    } catch (error) {
      if (error instanceof Refused && error.problem.status < 500) open.current = undefined;
      throw error instanceof Unreachable ? new Unanswered(error.message, { cause: error }) : error;
    }
  };
}
