import type { JSX } from 'preact';
import type { Overview } from '../../client/shapes.ts';
import { addressOf } from '../../parts/address.ts';
import { OrderLink, ProductLink } from '../../parts/links.tsx';
import { Empty } from '../../parts/states.tsx';
import { Countdown } from '../../parts/time.tsx';
import { counted, formatNumber } from '../../parts/words.ts';

/** The holds that end next. */
export function EndingSoon({ ending }: { readonly ending: Overview['ending_soon'] }): JSX.Element {
  return (
    <section class="card list-card" aria-labelledby="ending-soon">
      <h2 id="ending-soon">Holds ending soon</h2>
      {ending.count === 0 ? (
        <Empty>No hold ends within 15 minutes.</Empty>
      ) : (
        <ul class="lines">
          {ending.holds.map((hold) => (
            <li key={hold.reservation_id}>
              <span>
                {hold.order_id === null ? (
                  <a href={addressOf('/reservations', { is_active: 'true', product_id: hold.product.id })}>
                    reservation
                  </a>
                ) : (
                  <OrderLink id={hold.order_id} {...(hold.reference === null ? {} : { text: hold.reference })} />
                )}
                {` · ${formatNumber(hold.quantity)} × `}
                <ProductLink product={hold.product} />
              </span>
              <Countdown until={hold.expires_at} over="ending" />
            </li>
          ))}
        </ul>
      )}
      <More shown={ending.holds.length} count={ending.count} />
    </section>
  );
}

/** Products of which there is too little. */
export function Scarce({
  title,
  scarce,
  none,
}: {
  readonly title: string;
  readonly scarce: Overview['low'];
  readonly none: string;
}): JSX.Element {
  const id = title.toLowerCase().replaceAll(' ', '-');
  return (
    <section class="card list-card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {scarce.count === 0 ? (
        <Empty>{none}</Empty>
      ) : (
        <ul class="lines">
          {scarce.products.map((product) => (
            <li key={product.id}>
              <span>
                <ProductLink product={product} /> {product.name}
              </span>
              <span class="number">
                {formatNumber(product.available_stock)} left
                {product.reserved_stock > 0 && `, ${formatNumber(product.reserved_stock)} reserved`}
              </span>
            </li>
          ))}
        </ul>
      )}
      <More shown={scarce.products.length} count={scarce.count} />
    </section>
  );
}

function More({ shown, count }: { readonly shown: number; readonly count: number }): JSX.Element | null {
  return count > shown ? <p class="quiet">and {counted(count - shown, 'more', 'more')}</p> : null;
}
