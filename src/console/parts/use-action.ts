import { useState } from 'preact/hooks';
import { Refused } from '../client/problem.ts';
import { session } from '../client/session.ts';

/** Something that a button does: whether it is under way, and why it was refused. */
export interface Action<Arguments extends readonly unknown[]> {
  readonly isBusy: boolean;
  readonly error: Error | undefined;
  run(...args: Arguments): Promise<boolean>;
  /** Takes the error away. */
  clear(): void;
}

/** Wraps what a button does. While it is under way it is not begun again. `run` says whether it was done. */
export function useAction<Arguments extends readonly unknown[]>(
  work: (...args: Arguments) => Promise<void>,
): Action<Arguments> {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  return {
    isBusy,
    error,
    clear: () => setError(undefined),
    async run(...args) {
      if (isBusy) return false;
      setBusy(true);
      setError(undefined);
      try {
        await work(...args);
        return true;
      } catch (failure) {
        if (failure instanceof Refused && failure.problem.code === 'unauthenticated') session.set(null);
        setError(failure instanceof Error ? failure : new Error(String(failure)));
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}
