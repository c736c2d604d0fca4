import type { JSX } from 'preact';
import { useAddress } from '../../parts/address.ts';
import { FilterChip } from '../../parts/filter-chip.tsx';
import { ClearFilters, FilterChoice, FilterText } from '../../parts/filter-field.tsx';
import { FilterProduct } from '../../parts/filter-product.tsx';
import { shortId } from '../../parts/words.ts';

const states = [
  ['', 'All'],
  ['true', 'Active'],
  ['false', 'Ended'],
] as const;

/** One reservation is looked at by itself: with any other filter it would be all of them again. */
const alone = 'reservation_id';

const names = ['is_active', 'product_id', 'order_id', alone];

/** Which reservations are listed. It is apart from the list, so that what is being typed stays when the list changes. */
export function ReservationFilters(): JSX.Element {
  const { query, change } = useAddress();
  const { [alone]: reservationId } = query;
  return (
    <div class="fields filters" role="search" aria-label="Filters">
      <FilterChoice label="State" name="is_active" options={states} without={alone} />
      <FilterProduct without={alone} />
      <FilterText label="Order id" name="order_id" maxLength={36} without={alone} />
      {reservationId !== undefined && (
        <FilterChip
          label="Reservation"
          text={shortId(reservationId)}
          title={reservationId}
          onClear={() => change({ [alone]: undefined })}
        />
      )}
      <ClearFilters names={names} />
    </div>
  );
}
