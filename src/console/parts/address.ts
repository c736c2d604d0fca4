import { useLocation } from 'preact-iso';

/** The address of a view: what it shows, as parameters. Empty ones are left out. */
export function addressOf(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '',
  );
  const text = new URLSearchParams(given).toString();
  return text === '' ? path : `${path}?${text}`;
}

/** What a view shows, which its address holds, so that it can be shared and is there again after a reload. */
export interface Address {
  readonly query: Readonly<Record<string, string>>;
  /**
   * Changes some parameters; undefined or '' takes one away. A place in a list means nothing to other filters: it goes with them.
   * @param how `replace`: the browser's way back does not lead to what was there before
   */
  readonly change: (changes: Readonly<Record<string, string | undefined>>, how?: 'replace') => void;
}

export function useAddress(): Address {
  const { path, query, route } = useLocation();
  return {
    query,
    change: (changes, how) => {
      const { cursor: _, ...kept } = query;
      route(addressOf(path, { ...kept, ...changes }), how === 'replace');
    },
  };
}
