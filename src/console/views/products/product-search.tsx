import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useAddress } from '../../parts/address.ts';
import { TextField } from '../../parts/field.tsx';

/** Milliseconds without a key before it is looked for. */
const pause = 250;

/** Looks for what is typed, as soon as nothing more is typed. It is in the address. */
export function ProductSearch(): JSX.Element {
  const address = useAddress();
  const shown = address.query['q'] ?? '';
  const [text, setText] = useState(shown);
  // The way back leads to another search, too. Blanks around it are none of the search, but may be on the way to its next word.
  useEffect(() => setText((typed) => (typed.trim() === shown ? typed : shown)), [shown]);
  const find = (): void => {
    if (text.trim() !== shown) address.change({ q: text.trim() }, 'replace');
  };
  useEffect(() => {
    const timer = window.setTimeout(find, pause);
    return () => window.clearTimeout(timer);
  }, [text]);
  return (
    <form
      role="search"
      class="fields filters"
      onSubmit={(event) => {
        event.preventDefault();
        find();
      }}
    >
      <TextField label="Search by SKU or name" name="q" value={text} maxLength={200} onInput={setText} />
    </form>
  );
}
