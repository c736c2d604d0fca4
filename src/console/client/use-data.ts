import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ask, type Answer } from './ask.ts';
import { Refused } from './problem.ts';
import { connection, useLive, type Happened, type LiveEntry } from './live.ts';
import { session } from './session.ts';
import { spread } from './spread.ts';
import { useStore } from './store.ts';

/** What a part of a page shows: what was read last, and why it could not be read anew. */
export interface Data<T> {
  /** Undefined until there was a good answer. */
  readonly answer: Answer<T> | undefined;
  readonly error: Error | undefined;
  /** How often it was read: what is shown is marked as changed by comparing with the time before. */
  readonly reads: number;
  /** Reads it again, now or behind the reading that is under way: that one comes to its end, however often this is called. */
  reload(): void;
}

/** Milliseconds between two readings for events: a rush of orders is read once. */
const calm = 250;

/** Milliseconds until something is read again that could not be; while the server is down its coming back is what makes it read. */
const patience = { up: 2_000, down: 10_000 } as const;

/** How something is read. */
type Read<T> = (path: string, signal: AbortSignal) => Promise<Answer<T>>;

/**
 * Reads something of the API and reads it again when something happens that it is about. What was read before stays until the new is there.
 * @param path null: there is nothing to read yet
 * @param concerns whether an entry is about it; nothing is unless given
 * @param how one GET unless given
 */
export function useData<T>(
  path: string | null,
  concerns?: (entry: LiveEntry) => boolean,
  how: Read<T> = (from, signal) => ask<T>('GET', from, { signal }),
): Data<T> {
  const [state, setState] = useState<{ path: string; answer?: Answer<T>; error?: Error; reads: number }>();
  const timer = useRef<number>(undefined);
  const asking = useRef<AbortController>(undefined);
  const readAt = useRef(0);
  const latest = useRef(how);
  latest.current = how;
  const isReading = useRef(false);
  /** Whether something happened that what is being read may not have in it. */
  const isBehind = useRef(false);
  const isUp = useStore(connection) !== 'down';

  const read = useCallback(async () => {
    if (path === null) return;
    // Another try that waits would be one too many.
    window.clearTimeout(timer.current);
    asking.current?.abort();
    const control = new AbortController();
    asking.current = control;
    readAt.current = performance.now();
    isReading.current = true;
    isBehind.current = false;
    try {
      const answer = await latest.current(path, control.signal);
      if (control.signal.aborted) return;
      setState((before) => ({ path, answer, reads: before?.path === path ? before.reads + 1 : 1 }));
    } catch (error) {
      if (control.signal.aborted) return;
      if (error instanceof Refused && error.problem.code === 'unauthenticated') session.set(null);
      const failed = error instanceof Error ? error : new Error(String(error));
      setState((before) => ({
        path,
        ...(before?.path === path && before.answer && !isGone(failed) ? { answer: before.answer } : {}),
        error: failed,
        reads: before?.path === path ? before.reads : 0,
      }));
      if (!isWorthAnotherTry(failed)) return;
      // What happened meanwhile is in what the other try reads: it does not come sooner for that.
      isBehind.current = false;
      const pause = patience[connection.get() === 'down' ? 'down' : 'up'];
      timer.current = window.setTimeout(() => void read(), spread(pause));
    } finally {
      if (asking.current === control) {
        isReading.current = false;
        // Nobody looks any more where it was given up and nothing else is read in its place.
        if (isBehind.current && !control.signal.aborted && !document.hidden)
          timer.current = window.setTimeout(() => void read(), calm);
      }
    }
  }, [path]);

  useEffect(() => {
    window.clearTimeout(timer.current);
    void read();
    return () => {
      window.clearTimeout(timer.current);
      asking.current?.abort();
    };
    // Also when the server is back: what happened meanwhile may be missing.
  }, [read, isUp]);

  useLive((happened: Happened) => {
    if (happened !== 'everything' && !(concerns && happened.some(concerns))) return;
    // In a rush each reading comes to its end, and another one follows: begun anew for each change, none ever would.
    isBehind.current = true;
    // Nobody sees it: once somebody does, it is read once for all that happened.
    if (isReading.current || document.hidden) return;
    window.clearTimeout(timer.current);
    const wait = Math.max(0, readAt.current + calm - performance.now());
    timer.current = window.setTimeout(() => void read(), wait);
  });

  useEffect(() => {
    const seen = (): void => {
      if (!document.hidden && isBehind.current && !isReading.current) void read();
    };
    document.addEventListener('visibilitychange', seen);
    return () => document.removeEventListener('visibilitychange', seen);
  }, [read]);

  const isOld = state?.path !== path;
  return {
    answer: isOld ? undefined : state?.answer,
    error: isOld ? undefined : state?.error,
    reads: isOld ? 0 : (state?.reads ?? 0),
    reload: () => {
      if (isReading.current) isBehind.current = true;
      else void read();
    },
  };
}

/** What is not there any more, or may not be seen, is not shown any longer. */
function isGone(error: Error): boolean {
  return error instanceof Refused && [401, 403, 404].includes(error.problem.status);
}

function isWorthAnotherTry(error: Error): boolean {
  return !(error instanceof Refused) || error.problem.status >= 500 || error.problem.status === 429;
}
