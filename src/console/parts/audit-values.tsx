import type { JSX } from 'preact';
import type { AuditEntry } from '../api/shapes.ts';
import { Time } from './time.tsx';
import { formatNumber, inWords, shortId } from './words.ts';

type Values = Readonly<Record<string, unknown>>;

/** What an entry says about its object: what changed as old → new, and else what it is. */
export function AuditValues({ entry }: { readonly entry: AuditEntry }): JSX.Element {
  const { old_value: before, new_value: after } = entry;
  return (
    <>
      {told(before ?? {}, after ?? {}).map((name) => (
        <span key={name} class="audit-value">
          {nameOf(name)}{' '}
          {before && name in before && (
            <>
              <Value of={before[name]} />
              {after && <> → </>}
            </>
          )}
          {after && name in after ? <Value of={after[name]} /> : before && after && 'none'}
        </span>
      ))}
    </>
  );
}

/** What stayed as it was is left out, unless everything did: then it is what the entry is about. */
function told(before: Values, after: Values): readonly string[] {
  const names = Array.from(new Set([...Object.keys(before), ...Object.keys(after)]));
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
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
