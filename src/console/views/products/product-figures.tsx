import type { ComponentChildren, JSX } from 'preact';
import type { Product } from '../../client/shapes.ts';
import { StockMarks } from '../../parts/stock-marks.tsx';
import { formatMoney, formatNumber } from '../../parts/words.ts';

/** What there is of a product, and where to look for more about it. */
export function ProductFigures({ product }: { readonly product: Product }): JSX.Element {
  const { id, name, price, currency, low_stock_threshold: threshold } = product;
  return (
    <section class="card" aria-label="Figures">
      <p class="product-title">
        {name} <StockMarks product={product} />
      </p>
      <dl class="figures">
        <Figure name="Available">{formatNumber(product.available_stock)}</Figure>
        <Figure name="Reserved">{formatNumber(product.reserved_stock)}</Figure>
        <Figure name="Total">{formatNumber(product.total_stock)}</Figure>
        <Figure name="Price">{formatMoney(price, currency)}</Figure>
        <Figure name="Low at">{threshold === null ? '–' : formatNumber(threshold)}</Figure>
      </dl>
      <nav class="product-links" aria-label="About this product">
        <a href={`/orders?product_id=${id}`}>Orders</a>
        <a href={`/waiting-lists?product_id=${id}`}>Waiting list</a>
        <a href={`/audit-log?object_type=Product&object_id=${id}`}>Audit log</a>
      </nav>
    </section>
  );
}

function Figure({ name, children }: { readonly name: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
