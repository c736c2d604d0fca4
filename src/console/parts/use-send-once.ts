import { useRef } from 'preact/hooks';
import { ask, newKey, type Answer } from '../client/ask.ts';
import { Refused } from '../client/problem.ts';

/** Posts something that somebody means to do. */
export type SendOnce<Data> = (path: string, body?: unknown) => Promise<Answer<Data>>;

/**
 * One Idempotency-Key for one intention: whoever sends it again, because they clicked twice or no answer came, has it carried out once.
 * With another address or other contents, and after it was carried out or refused, it is a new one.
 */
export function useSendOnce<Data>(): SendOnce<Data> {
  const last = useRef<{ readonly what: string; readonly key: string }>(undefined);
  return async (path, body) => {
    const what = `${path} ${JSON.stringify(body)}`;
    const current = last.current?.what === what ? last.current : { what, key: newKey() };
    last.current = current;
    const forget = (): void => {
      if (last.current === current) last.current = undefined;
    };
    try {
      const answer = await ask<Data>('POST', path, { key: current.key, ...(body === undefined ? {} : { body }) });
      forget();
      return answer;
    } catch (error) {
      if (error instanceof Refused && isFinal(error)) forget();
      throw error;
    }
  };
}

/** After the others it is not known whether it was carried out, or it may be as it is. */
function isFinal({ problem: { status } }: Refused): boolean {
  return status < 500 && status !== 429 && status !== 408;
}
