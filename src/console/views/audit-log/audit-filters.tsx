import type { JSX } from 'preact';
import { auditActions, auditObjectTypes } from '../../../domain/audit.ts';
import { limits } from '../../../domain/limits.ts';
import { ClearFilters, FilterChoice, FilterDay, FilterText } from '../../parts/filter-field.tsx';
import { inWords } from '../../parts/words.ts';

const anything = ['', 'Any'] as const;
const types = [anything, ...auditObjectTypes.map((type) => [type, spaced(type)] as const)];
const actions = [anything, ...auditActions.map((action) => [action, inWords(action)] as const)];

const names = ['object_type', 'action', 'object_id', 'actor', 'on_behalf_of', 'start_date', 'end_date'];

/** Which entries are listed. It is apart from the list, so that what is being typed stays when the list changes. */
export function AuditFilters(): JSX.Element {
  return (
    <div class="fields filters" role="search" aria-label="Filters">
      <FilterChoice label="Object" name="object_type" options={types} />
      <FilterChoice label="Action" name="action" options={actions} />
      <FilterText label="Object id" name="object_id" maxLength={200} />
      <FilterText label="Actor" name="actor" maxLength={limits.actor} />
      <FilterText label="On behalf of" name="on_behalf_of" maxLength={limits.actor} />
      <FilterDay label="From day" name="start_date" edge="start" />
      <FilterDay label="To day" name="end_date" edge="end" />
      <ClearFilters names={names} />
    </div>
  );
}

/** `StockLevel` as people read it. */
function spaced(type: string): string {
  return type
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
    .replace('api', 'API');
}
