import { useEffect, useRef, useState } from 'preact/hooks';

/** Milliseconds that a change is marked for: as long as the mark takes to fade. */
const marked = 6_000;

const nothing: ReadonlySet<string> = new Set();

/**
 * Which rows of a list have changed or come in since they were read before, for a moment.
 * @param list what the rows are of: with another list, or another page of it, all is new and nothing has changed
 * @param rows undefined until they were read
 */
export function useChanged<Row>(
  list: string,
  rows: readonly Row[] | undefined,
  keyOf: (row: Row) => string,
): ReadonlySet<string> {
  const before = useRef<{ list: string; texts: ReadonlyMap<string, string> }>(undefined);
  const [changed, setChanged] = useState(nothing);
  const timers = useRef(new Map<string, number>());

  useEffect(() => {
    if (rows === undefined) return;
    const texts = new Map(rows.map((row) => [keyOf(row), JSON.stringify(row)]));
    const last = before.current;
    before.current = { list, texts };
    if (last?.list !== list) return setChanged(nothing);
    const keys = Array.from(texts.keys()).filter((key) => texts.get(key) !== last.texts.get(key));
    if (keys.length === 0) return;
    setChanged((earlier) => new Set([...earlier, ...keys]));
    for (const key of keys) {
      window.clearTimeout(timers.current.get(key));
      const fade = (): void => setChanged((earlier) => new Set(Array.from(earlier).filter((other) => other !== key)));
      timers.current.set(key, window.setTimeout(fade, marked));
    }
  }, [list, rows]);

  useEffect(() => () => timers.current.forEach((timer) => window.clearTimeout(timer)), []);
  return changed;
}
