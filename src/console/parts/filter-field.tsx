import type { JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { useAddress } from './address.ts';
import { dayOf, endOfDay, isUtcDay, startOfDay } from './local-day.ts';

interface FilterProps {
  readonly label: string;
  /** The parameter of the address that has it. */
  readonly name: string;
}

interface FilterTextProps extends FilterProps {
  readonly inputMode?: 'text' | 'decimal';
  readonly placeholder?: string;
  readonly maxLength?: number;
}

/** A filter in words or figures. It counts when one leaves the field or presses Enter; until then nothing that happens undoes what is typed. */
export function FilterText({ label, name, ...input }: FilterTextProps): JSX.Element {
  const id = useId();
  const { query, change } = useAddress();
  const given = query[name] ?? '';
  const [text, setText] = useState(given);
  useEffect(() => setText(given), [given]);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...input}
        id={id}
        type="text"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onChange={(event) => change({ [name]: event.currentTarget.value.trim() })}
      />
    </div>
  );
}

/**
 * A filter by time. One picks a day of one's own; the address has the moment at which it begins or is over, so that it means the same to
 * whoever opens it elsewhere.
 */
export function FilterDay({ label, name, edge }: FilterProps & { readonly edge: 'start' | 'end' }): JSX.Element {
  const id = useId();
  const { query, change } = useAddress();
  const given = query[name] ?? '';
  const shown = shownDay(given, edge);
  const [day, setDay] = useState(shown.day);
  useEffect(() => setDay(shown.day), [given]);
  const momentOf = edge === 'start' ? startOfDay : endOfDay;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="date"
        value={day}
        {...(shown.note === undefined ? {} : { 'aria-describedby': `${id}-note` })}
        onInput={(event) => setDay(event.currentTarget.value)}
        onChange={({ currentTarget: { value } }) => change({ [name]: momentOf(value) })}
      />
      {shown.note !== undefined && (
        <small id={`${id}-note`} class="hint">
          {shown.note}
        </small>
      )}
    </div>
  );
}

/** The day in the field, and what the address says beyond it. */
function shownDay(given: string, edge: 'start' | 'end'): { readonly day: string; readonly note?: string } {
  if (given === '') return { day: '' };
  if (isUtcDay(given)) return { day: given, note: 'a day in UTC' };
  const moment = new Date(edge === 'end' ? Date.parse(given) - 1 : Date.parse(given));
  const day = Number.isNaN(moment.getTime()) ? undefined : dayOf(moment.toISOString());
  if (day === undefined) return { day: '', note: `“${given}” is no time` };
  const isWhole = Date.parse(given) === Date.parse((edge === 'start' ? startOfDay(day) : endOfDay(day)) ?? '');
  return isWhole
    ? { day }
    : { day, note: `${edge === 'start' ? 'from' : 'until'} ${new Date(given).toLocaleString()}` };
}
