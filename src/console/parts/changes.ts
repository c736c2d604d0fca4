import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * Which rows have changed, or come, while one looks: those have the class `changed`, and are marked anew with each change.
 * @param list what the rows are of: those of another list are no changes
 * @param rows undefined until there are some; what of a row is the same in both readings is no change
 * @returns the class of a row, and its `ref`
 */
export function useChanges(
  list: string,
  rows: readonly { readonly id: string }[] | undefined,
): (id: string) => { readonly class: string; readonly ref: (row: HTMLElement | null) => void } {
  const seen = useRef<{ list: string; versions: Map<string, string>; changed: Set<string> }>(undefined);
  const elements = useRef(new Map<string, HTMLElement>());
  const fresh: string[] = [];
  if (rows !== undefined) {
    const before = seen.current?.list === list ? seen.current : undefined;
    const versions = new Map(rows.map((row) => [row.id, JSON.stringify(row)]));
    if (before) for (const [id, version] of versions) if (before.versions.get(id) !== version) fresh.push(id);
    seen.current = { list, versions, changed: new Set([...(before?.changed ?? []), ...fresh]) };
  }
  useLayoutEffect(() => {
    for (const id of fresh) markAnew(elements.current.get(id));
  });
  return (id) => ({
    class: seen.current?.changed.has(id) ? 'changed' : '',
    ref: (row) => void (row ? elements.current.set(id, row) : elements.current.delete(id)),
  });
}

/** An animation that is over begins again only when its class comes anew. */
function markAnew(row: HTMLElement | undefined): void {
  if (!row) return;
  row.classList.remove('changed');
  void row.offsetWidth;
  row.classList.add('changed');
}
