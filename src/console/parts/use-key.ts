import { useRef } from 'preact/hooks';
import { newKey, Refused } from '../api/ask.ts';

/** Sends what a form says with a key. */
export type SendOnce = <Answer>(body: unknown, send: (key: string) => Promise<Answer>) => Promise<Answer>;

/**
 * One Idempotency-Key for one filled-in form: whoever sends it again, because they clicked twice or no answer came, has it carried out once.
 * Another body, and one that was carried out or refused, gets a new key.
 */
export function useKey(): SendOnce {
  const last = useRef<{ readonly text: string; readonly key: string }>(undefined);
  return async (body, send) => {
    const text = JSON.stringify(body);
    const current = last.current?.text === text ? last.current : { text, key: newKey() };
    last.current = current;
    const forget = (): void => {
      if (last.current === current) last.current = undefined;
    };
    try {
      const answer = await send(current.key);
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
