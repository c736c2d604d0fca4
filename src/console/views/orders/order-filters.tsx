import type { JSX } from 'preact';
import { orderStatuses } from '../../../domain/order-status.ts';
import { useAddress } from '../../parts/address.ts';
import { ClearFilters, FilterDay, FilterText } from '../../parts/filter-field.tsx';
import { FilterProduct } from '../../parts/filter-product.tsx';
import { inWords } from '../../parts/words.ts';
import { filterNames } from './order-query.ts';

/** What the list of orders leaves out. All of it is in the address. */
export function OrderFilters(): JSX.Element {
  return (
    <div role="search" aria-label="Filters" class="card order-filters">
      <StatusChips />
      <div class="fields filters">
        <FilterProduct />
        <FilterText label="Reference" name="reference" maxLength={100} placeholder="exactly" />
        <FilterText label="Total from" name="min_total" inputMode="decimal" placeholder="0.00" />
        <FilterText label="Total to" name="max_total" inputMode="decimal" placeholder="0.00" />
        <FilterDay label="Placed from" name="start_date" edge="start" />
        <FilterDay label="Placed to" name="end_date" edge="end" />
        <ClearFilters names={filterNames} />
      </div>
    </div>
  );
}

/** Several can be on; none is all of them. One that there is not, out of a shared address, can be taken away like the others. */
function StatusChips(): JSX.Element {
  const { query, change } = useAddress();
  const chosen = (query['status'] ?? '').split(',').filter((status) => status !== '');
  const known: readonly string[] = orderStatuses;
  const all = [...known, ...chosen.filter((status) => !known.includes(status))];
  const toggle = (status: string): void => {
    const next = chosen.includes(status) ? chosen.filter((other) => other !== status) : [...chosen, status];
    change({ status: all.filter((each) => next.includes(each)).join(',') });
  };
  return (
    <div class="chips" role="group" aria-label="Status">
      {all.map((status) => (
        <button
          key={status}
          type="button"
          class="chip"
          aria-pressed={chosen.includes(status)}
          onClick={() => toggle(status)}
        >
          {inWords(status)}
        </button>
      ))}
    </div>
  );
}
