import type { JSX } from 'preact';
import { useWarehouses } from '../../client/use-warehouses.ts';
import { useAddress } from '../../parts/address.ts';
import { TextField } from '../../parts/field.tsx';
import { FilterChoice } from '../../parts/filter-field.tsx';
import { isUtcDay } from '../../parts/local-day.ts';

/** Of which warehouse, and as of when. Both are in the address. */
export function ExplanationFilters(): JSX.Element {
  const address = useAddress();
  const { at } = address.query;
  const codes = useWarehouses().answer?.data.map(({ code }) => code) ?? [];
  return (
    <form class="fields filters" aria-label="What to explain" onSubmit={(event) => event.preventDefault()}>
      <FilterChoice
        label="Warehouse"
        name="warehouse"
        options={[['', 'All warehouses'], ...codes.map((code) => [code, code] as const)]}
      />
      <TextField
        label="As of"
        name="at"
        type="datetime-local"
        step={1}
        value={at === undefined ? '' : toLocal(at)}
        onChange={(local) => address.change({ at: endOfSecond(local) }, 'replace')}
      />
      <button
        type="button"
        class="beside-field"
        disabled={at === undefined}
        onClick={() => address.change({ at: undefined })}
      >
        Now
      </button>
    </form>
  );
}

/** A moment of the address, which the API also takes as a UTC day, as the field has it: in the reader's zone, without one. */
function toLocal(at: string): string {
  const moment = new Date(isUtcDay(at) ? `${at}T23:59:59.999Z` : at);
  if (Number.isNaN(moment.getTime())) return '';
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

/** The field has whole seconds; what happened within the second that is named belongs to it. */
function endOfSecond(local: string): string | undefined {
  const moment = new Date(local);
  return Number.isNaN(moment.getTime()) ? undefined : new Date(moment.setMilliseconds(999)).toISOString();
}
