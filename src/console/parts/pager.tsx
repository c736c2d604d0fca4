import type { JSX } from 'preact';
import { useLocation } from 'preact-iso';
import { addressOf } from './address.ts';

/**
 * From page to page of a list. The cursor names a place among the rows and not a number of rows before it, so what comes in meanwhile moves
 * nothing on the page. It is in the address: the browser's way back is the way to the page before.
 */
export function Pager({ nextCursor }: { readonly nextCursor: string | null }): JSX.Element | null {
  const { path, query } = useLocation();
  const { cursor, ...kept } = query;
  if (cursor === undefined && nextCursor === null) return null;
  return (
    <nav class="pager" aria-label="Pages">
      {cursor !== undefined && (
        <>
          <a class="button" href={addressOf(path, kept)}>
            First page
          </a>
          <button type="button" onClick={() => window.history.back()}>
            Back
          </button>
        </>
      )}
      {nextCursor !== null && (
        <a class="button" rel="next" href={addressOf(path, { ...kept, cursor: nextCursor })}>
          Next page
        </a>
      )}
    </nav>
  );
}
