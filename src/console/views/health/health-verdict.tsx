import type { JSX } from 'preact';
import type { Trouble } from '../../parts/troubles.ts';

interface VerdictProps {
  /** Whether enough was read to say anything. */
  readonly isKnown: boolean;
  readonly troubles: readonly Trouble[];
}

/** The first thing to read: that all is well, or what is not and what to do. */
export function Verdict({ isKnown, troubles }: VerdictProps): JSX.Element {
  const state = !isKnown ? 'unknown' : troubles.length === 0 ? 'good' : 'bad';
  return (
    <section class={`verdict verdict-${state}`} aria-label="How it is" role="status">
      {state === 'unknown' && <p>Asking the server how it is …</p>}
      {state === 'good' && <p>All is well: orders are accepted, and carried out.</p>}
      {state === 'bad' && (
        <ul>
          {troubles.map(({ what, todo }) => (
            <li key={what}>
              <p>{what}</p>
              <p>
                <b>What to do:</b> <Sentence text={todo} />
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** A sentence in which commands look like commands. */
function Sentence({ text }: { readonly text: string }): JSX.Element {
  return <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>;
}
