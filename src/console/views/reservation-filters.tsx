import type { JSX } from 'preact';
import { useProductNames } from '../api/use-product-names.ts';
import { useAddress } from '../parts/address.ts';
import { Choice, TextField } from '../parts/field.tsx';
import { ProductPicker } from '../parts/product-picker.tsx';
import { shortId } from '../parts/words.ts';

const states = [
  ['', 'All'],
  ['true', 'Active'],
  ['false', 'Ended'],
] as const;

/** Which reservations are listed. It is apart from the list, so that what is being typed stays when the list changes. */
export function ReservationFilters(): JSX.Element {
  const address = useAddress();
  const { query } = address;
  const { is_active: isActive, product_id: productId, order_id: orderId, reservation_id: reservationId } = query;
  const nameOf = useProductNames(productId === undefined ? [] : [productId]);
  // One reservation is looked at by itself: with any other filter it would be all of them again.
  const filter = (changes: Readonly<Record<string, string | undefined>>): void =>
    address.change({ reservation_id: undefined, ...changes });
  return (
    <form class="fields filters" role="search" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <Choice
        label="State"
        name="is_active"
        value={isActive ?? ''}
        options={states}
        onChange={(value) => filter({ is_active: value })}
      />
      <ProductPicker label="Product" onPick={({ id }) => filter({ product_id: id })} />
      <TextField
        label="Order id"
        name="order_id"
        value={orderId ?? ''}
        maxLength={36}
        onChange={(value) => filter({ order_id: value.trim() })}
      />
      <div class="filter-chosen">
        {productId !== undefined && (
          <button type="button" class="chip" onClick={() => filter({ product_id: undefined })}>
            Product {nameOf(productId)?.sku ?? shortId(productId)}
            <span aria-hidden="true"> ✕</span>
            <span class="visually-hidden">, show all products</span>
          </button>
        )}
        {reservationId !== undefined && (
          <button type="button" class="chip" onClick={() => filter({})}>
            Reservation {shortId(reservationId)}
            <span aria-hidden="true"> ✕</span>
            <span class="visually-hidden">, show all reservations</span>
          </button>
        )}
      </div>
    </form>
  );
}
