import type { JSX } from 'preact';
import { auditActions, auditObjectTypes } from '../../domain/audit.ts';
import { useAddress } from '../parts/address.ts';
import { Choice, TextField } from '../parts/field.tsx';
import { inWords } from '../parts/words.ts';

const anything = ['', 'Any'] as const;
const types = [anything, ...auditObjectTypes.map((type) => [type, spaced(type)] as const)];
const actions = [anything, ...auditActions.map((action) => [action, inWords(action)] as const)];

const texts = [
  ['object_id', 'Object id', 200],
  ['actor', 'Actor', 100],
  ['on_behalf_of', 'On behalf of', 100],
] as const;

const days = [
  ['from', 'From day'],
  ['to', 'To day'],
] as const;

/** Which entries are listed. It is apart from the list, so that what is being typed stays when the list changes. */
export function AuditFilters(): JSX.Element {
  const address = useAddress();
  const { query } = address;
  return (
    <form class="fields filters" role="search" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <Choice
        label="Object"
        name="object_type"
        value={query['object_type'] ?? ''}
        options={types}
        onChange={(value) => address.change({ object_type: value })}
      />
      <Choice
        label="Action"
        name="action"
        value={query['action'] ?? ''}
        options={actions}
        onChange={(value) => address.change({ action: value })}
      />
      {texts.map(([name, label, maxLength]) => (
        <TextField
          key={name}
          label={label}
          name={name}
          value={query[name] ?? ''}
          maxLength={maxLength}
          onChange={(value) => address.change({ [name]: value.trim() })}
        />
      ))}
      {days.map(([name, label]) => (
        <TextField
          key={name}
          label={label}
          name={name}
          type="date"
          value={query[name] ?? ''}
          onChange={(value) => address.change({ [name]: value })}
        />
      ))}
      <a class="button filters-clear" href="/audit-log">
        Clear filters
      </a>
    </form>
  );
}

/** `StockLevel` as people read it. */
function spaced(type: string): string {
  return type
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
    .replace('api', 'API');
}
