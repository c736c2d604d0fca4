import type { JSX } from 'preact';
import type { Product } from '../client/shapes.ts';

type Marked = Pick<Product, 'active' | 'available_stock' | 'low_stock_threshold'>;

/** What is to be known of a product's stock at a glance; nothing when all is well. */
export function StockMarks({ product }: { readonly product: Marked }): JSX.Element {
  const { active, available_stock: available, low_stock_threshold: threshold } = product;
  const isLow = active && available > 0 && threshold !== null && available <= threshold;
  return (
    <>
      {!active && <span class="mark mark-inactive">not for sale</span>}
      {available === 0 && <span class="mark mark-sold-out">sold out</span>}
      {isLow && <span class="mark mark-low">low</span>}
    </>
  );
}
