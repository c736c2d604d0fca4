import type { ComponentChildren, JSX } from 'preact';
import { Unreachable } from '../client/problem.ts';
import { sentenceFor } from '../client/sentences.ts';
import type { Data } from '../client/use-data.ts';

/** Nothing is there, and what that means. */
export function Empty({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <p class="empty">{children}</p>;
}

/** Something could not be had. */
export function Failed({ error, retry }: { readonly error: Error; readonly retry?: () => void }): JSX.Element {
  return (
    <div class="failed" role="alert">
      <p>{sentenceFor(error)}</p>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/**
 * Something could not be done. Without an answer nobody knows whether it was: this is for what is sent again with its key, and done once.
 * @param action what the button says that does it
 */
export function NotDone({ error, action }: { readonly error: Error; readonly action: string }): JSX.Element {
  if (!(error instanceof Unreachable)) return <Failed error={error} />;
  return (
    <div class="failed" role="alert">
      <p>The server did not answer. Press “{action}” again: it is done once, however often it is sent.</p>
    </div>
  );
}

interface LoadedProps<T> {
  readonly data: Data<T>;
  /** Height that is kept free until it is there, in rem: nothing moves then. */
  readonly height?: number;
  readonly children: (value: T, nextCursor: string | null) => ComponentChildren;
}

/**
 * What was read, once it is there. What was read before stays when it cannot be read anew: the line at the top of the page says when the server
 * does not answer.
 */
export function Loaded<T>({ data, height = 12, children }: LoadedProps<T>): JSX.Element {
  if (data.answer !== undefined) return <>{children(data.answer.data, data.answer.nextCursor)}</>;
  return (
    <div class="loading" style={{ minHeight: `${height}rem` }} aria-busy={data.error === undefined}>
      {data.error === undefined ? (
        <p class="visually-hidden">Loading …</p>
      ) : (
        <Failed error={data.error} retry={() => data.reload()} />
      )}
    </div>
  );
}
