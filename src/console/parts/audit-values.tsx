import type { JSX } from 'preact';
import type { AuditEntry } from '../client/shapes.ts';
import { Time } from './time.tsx';
import { formatNumber, inWords, shortId } from './words.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What an entry says about its object: what changed as old → new, and else what it is. */
export function AuditValues({ entry }: { readonly entry: AuditEntry }): JSX.Element {
  const { old_value: before, new_value: after } = entry;
  return (
    <>
      {told(before ?? {}, after ?? {}).map((name) => (
        <span key={name} class="audit-value">
          {nameOf(name)} <Values before={before} after={after} name={name} />
        </span>
      ))}
    </>
  );
}

interface ValuesProps {
  readonly before: Fields | null;
  readonly after: Fields | null;
  readonly name: string;
}

function Values({ before, after, name }: ValuesProps): JSX.Element {
  // A field that one side does not have was not told there: that says nothing about what it was.
  if (!before || !(name in before) || isSame(before, after ?? {}, name)) return <Value of={after?.[name]} />;
  if (!after || !(name in after)) return <Value of={before[name]} />;
  return (
    <>
      <Value of={before[name]} /> → <Value of={after[name]} />
    </>
  );
}

function isSame(before: Fields, after: Fields, name: string): boolean {
  return JSON.stringify(before[name]) === JSON.stringify(after[name]);
}

/** What stayed as it was is left out, unless everything did: then it is what the entry is about. */
function told(before: Fields, after: Fields): readonly string[] {
  const names = Array.from(new Set([...Object.keys(before), ...Object.keys(after)]));
  const changed = names.filter((name) => !isSame(before, after, name));
  return changed.length > 0 ? changed : names;
}

function nameOf(field: string): string {
  return field === 'qty' ? 'quantity' : inWords(field);
}

const moment = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;
const uuid = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/;

function Value({ of: value }: { readonly of: unknown }): JSX.Element {
  if (value === null || value === undefined) return <>none</>;
  if (typeof value === 'boolean') return <>{value ? 'yes' : 'no'}</>;
  if (typeof value === 'number') return <b>{formatNumber(value)}</b>;
  if (typeof value !== 'string') return <code>{JSON.stringify(value)}</code>;
  if (moment.test(value)) return <Time at={value} />;
  if (uuid.test(value)) return <code title={value}>{shortId(value)}</code>;
  return <b>{value}</b>;
}
