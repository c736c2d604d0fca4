import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase } from '../../src/persistence/database.ts';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';

/** Looks at the books again and again while things go wrong. */
export interface Watcher {
  /** How many snapshots have been taken. */
  readonly snapshots: number;
  /** What contradicted the books in any of them. */
  readonly contradictions: readonly unknown[];
  stop(): Promise<void>;
}

/**
 * Takes a snapshot of the whole database again and again, as far as there is one to look at, and checks that the books balance in it.
 * @param interval milliseconds from one to the next
 */
export function watchBooks(databaseUrl: string, interval = 200): Watcher {
  const db = openDatabase({ url: databaseUrl, poolMax: 1, name: 'earmark fault test: books' });
  const contradictions: unknown[] = [];
  let snapshots = 0;
  const stopping = new AbortController();
  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const nextAt = Date.now() + interval;
      try {
        contradictions.push(...(await findDiscrepancies(db)));
        snapshots += 1;
      } catch {
        // The database is what is broken at the moment, or this very backend was ended.
      }
      await delay(Math.max(0, nextAt - Date.now()));
    }
  };
  const watching = watch();
  return {
    contradictions,
    get snapshots() {
      return snapshots;
    },
    async stop() {
      stopping.abort();
      await watching;
      await db.destroy();
    },
  };
}
