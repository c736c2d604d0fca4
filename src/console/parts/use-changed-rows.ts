import { useRef } from 'preact/hooks';

/** Milliseconds for which a row is marked, as long as the style sheet shows it. */
const shownFor = 6_000;

interface Mark {
  /** When the row changed. */
  readonly at: number;
  /** Whether it was marked already: a style that stays is not shown anew, so it takes another one. */
  readonly isAgain: boolean;
}

interface Seen {
  readonly list: string;
  readonly rows: readonly unknown[];
  readonly texts: ReadonlyMap<string, string>;
  readonly marks: ReadonlyMap<string, Mark>;
}

/**
 * Which rows of a list are new or have changed since it was read before.
 * @param list what is listed: rows of another list are not new
 * @returns the class of a row, by its key
 */
export function useChangedRows<Row>(
  list: string,
  rows: readonly Row[] | undefined,
  keyOf: (row: Row) => string,
): (key: string) => 'changed' | 'changed again' | undefined {
  const seen = useRef<Seen>(undefined);
  const { current: before } = seen;
  if (rows !== undefined && (before?.rows !== rows || before.list !== list)) {
    const now = performance.now();
    const texts = new Map(rows.map((row) => [keyOf(row), JSON.stringify(row)]));
    const earlier = before?.list === list ? before : undefined;
    const marks = new Map(Array.from(earlier?.marks ?? []).filter(([, { at }]) => now - at < shownFor));
    for (const [key, text] of texts) {
      if (!earlier || earlier.texts.get(key) === text) continue;
      marks.set(key, { at: now, isAgain: earlier.marks.get(key)?.isAgain === false });
    }
    seen.current = { list, rows, texts, marks };
  }
  return (key) => {
    const mark = seen.current?.marks.get(key);
    return mark && (mark.isAgain ? 'changed again' : 'changed');
  };
}
