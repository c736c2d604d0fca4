import type { JSX } from 'preact';
import { useAddress, type Address } from './address.ts';
import { Choice, TextField } from './field.tsx';
import { dayOf, endOfDay, isUtcDay, startOfDay } from './local-day.ts';

export interface FilterProps {
  readonly label: string;
  /** The parameter of the address that has it. */
  readonly name: string;
  /** A parameter that stands alone: it goes when this filter changes. */
  readonly without?: string;
}

interface Filter {
  /** What the address says; '' without the parameter. */
  readonly given: string;
  /** Undefined or '' takes the filter away. */
  readonly set: (value: string | undefined) => void;
}

/** One filter of a list, which the address holds. */
export function useFilter({ name, without }: Pick<FilterProps, 'name' | 'without'>): Filter {
  const { query, change } = useAddress();
  return {
    given: query[name] ?? '',
    set: (value) => change({ ...(without === undefined ? {} : { [without]: undefined }), [name]: value }),
  };
}

interface FilterTextProps extends FilterProps {
  readonly inputMode?: 'text' | 'decimal';
  readonly placeholder?: string;
  readonly maxLength?: number;
}

/** A filter in words or figures. It counts when one leaves the field or presses Enter; until then nothing that happens undoes what is typed. */
export function FilterText({ without, ...field }: FilterTextProps): JSX.Element {
  const { given, set } = useFilter({ name: field.name, ...(without === undefined ? {} : { without }) });
  return <TextField {...field} autocomplete="off" value={given} onChange={(text) => set(text.trim())} />;
}

interface FilterChoiceProps extends FilterProps {
  readonly options: readonly (readonly [value: string, text: string])[];
  /** What is chosen when the address says nothing; the address does not have it. */
  readonly otherwise?: string;
}

/** A filter with a closed list of values. One that there is not, out of a shared address, is shown as what it is. */
export function FilterChoice({ label, options, otherwise = '', ...filter }: FilterChoiceProps): JSX.Element {
  const { given, set } = useFilter(filter);
  const value = given === '' ? otherwise : given;
  const isKnown = options.some(([each]) => each === value);
  return (
    <Choice
      label={label}
      name={filter.name}
      value={value}
      options={isKnown ? options : [...options, [value, value]]}
      onChange={(chosen) => set(chosen === otherwise ? undefined : chosen)}
    />
  );
}

/**
 * A filter by time. One picks a day of one's own; the address has the moment at which it begins or is over, so that it means the same to
 * whoever opens it elsewhere.
 */
export function FilterDay({ label, edge, ...filter }: FilterProps & { readonly edge: 'start' | 'end' }): JSX.Element {
  const { given, set } = useFilter(filter);
  const { day, note } = shownDay(given, edge);
  const momentOf = edge === 'start' ? startOfDay : endOfDay;
  return (
    <TextField
      label={label}
      name={filter.name}
      type="date"
      value={day}
      {...(note === undefined ? {} : { hint: note })}
      onChange={(picked) => set(momentOf(picked))}
    />
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

/** Takes all filters of a list away, as far as there are any. */
export function ClearFilters({ names }: { readonly names: readonly string[] }): JSX.Element {
  const { query, change } = useAddress();
  return (
    <button
      type="button"
      class="beside-field"
      disabled={!hasFilters(query, names)}
      onClick={() => change(Object.fromEntries(names.map((name) => [name, undefined])))}
    >
      Clear filters
    </button>
  );
}

/** Whether an address leaves something out of a list. */
export function hasFilters(query: Address['query'], names: readonly string[]): boolean {
  return names.some((name) => (query[name] ?? '') !== '');
}
