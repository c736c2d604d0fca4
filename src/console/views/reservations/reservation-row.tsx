import type { JSX } from 'preact';
import type { Reservation } from '../../client/shapes.ts';
import type { ProductName } from '../../client/use-product-names.ts';
import { OrderLink, ProductLink } from '../../parts/links.tsx';
import { Countdown, Time } from '../../parts/time.tsx';
import { formatNumber, shortId } from '../../parts/words.ts';
import { changes, type Change } from './change-reservation.tsx';

interface RowProps {
  readonly reservation: Reservation;
  readonly product: ProductName | undefined;
  readonly class: string | undefined;
  /** Absent for those who may only look. */
  readonly onChange?: (how: Change) => void;
}

/** One reservation, and what can be done with it. */
export function ReservationRow({ reservation, product, class: mark, onChange }: RowProps): JSX.Element {
  const { id, product_id: productId, order_id: orderId, is_active: isActive } = reservation;
  return (
    <tr class={mark}>
      <td>
        <a class="id" href={`/reservations?reservation_id=${id}`} title={`Reservation ${id}`}>
          {shortId(id)}
        </a>
      </td>
      <td class="product-cell">
        <ProductLink product={product ?? { id: productId, sku: shortId(productId), name: '' }} />
        <small>{product?.name ?? ' '}</small>
      </td>
      <td class="number">{formatNumber(reservation.quantity)}</td>
      <td class="state-cell">
        <State reservation={reservation} />
      </td>
      <td>
        {reservation.allocations.map(({ warehouse, quantity }) => (
          <span key={warehouse} class="allocation">
            {warehouse} {formatNumber(quantity)}
          </span>
        ))}
      </td>
      <td>{orderId === null ? <span class="quiet stands-alone">stands alone</span> : <OrderLink id={orderId} />}</td>
      <td>
        <Time at={reservation.created_at} />
      </td>
      {onChange && (
        <td class="row-actions">
          {isActive && orderId === null
            ? changes.map(([how, name]) => (
                <button
                  key={how}
                  type="button"
                  aria-label={`${name} reservation ${shortId(id)}`}
                  onClick={() => onChange(how)}
                >
                  {name}
                </button>
              ))
            : null}
        </td>
      )}
    </tr>
  );
}

function State({ reservation }: { readonly reservation: Reservation }): JSX.Element {
  const { is_active: isActive, ended_as: endedAs, expires_at: expiresAt, extended_seconds: extended } = reservation;
  if (!isActive) {
    return <span class={`status status-${endedAs === 'confirmed' ? 'confirmed' : 'ended'}`}>{endedAs ?? 'ended'}</span>;
  }
  return (
    <>
      <span class="status status-pending">active</span>{' '}
      <span class="quiet">
        <Countdown until={expiresAt} over="runs out now" />
      </span>
      {extended > 0 && <small class="extended quiet">was extended</small>}
    </>
  );
}
