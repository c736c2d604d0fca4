import { useRef } from 'preact/hooks';
import { ask, newKey, Refused, type Answer } from '../api/ask.ts';

/**
 * Sends what somebody means to do once. Sent again after no answer came it has one effect; sent again after it was refused, or with other
 * contents, it is a new one.
 */
export function useIntention<Data>(): (path: string, body?: unknown) => Promise<Answer<Data>> {
  const last = useRef<{ readonly what: string; readonly key: string }>(undefined);
  return async (path, body) => {
    const what = `${path} ${JSON.stringify(body)}`;
    const key = last.current?.what === what ? last.current.key : newKey();
    last.current = { what, key };
    try {
      const answer = await ask<Data>('POST', path, { key, ...(body === undefined ? {} : { body }) });
      last.current = undefined;
      return answer;
    } catch (error) {
      if (error instanceof Refused && error.problem.status < 500) last.current = undefined;
      throw error;
    }
  };
}
