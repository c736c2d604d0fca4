import type { JSX } from 'preact';
import { useRoute } from 'preact-iso';
import type { Product } from '../../client/shapes.ts';
import { useData } from '../../client/use-data.ts';
import { Page } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { ProductActions } from './product-actions.tsx';
import { ProductFigures } from './product-figures.tsx';
import { StockExplanation } from './stock-explanation.tsx';
import { WarehouseStock } from './warehouse-stock.tsx';

/** One product: what there is of it and where, and why. */
export function ProductView(): JSX.Element {
  const id = useRoute().params['id'] ?? '';
  const found = useData<Product>(`/api/products/${encodeURIComponent(id)}/`, ({ product_ids: ids }) =>
    ids.includes(id),
  );
  const product = found.answer?.data;
  return (
    <Page
      title={product?.sku ?? 'Product'}
      actions={<ProductActions product={product} reload={() => found.reload()} />}
    >
      <Loaded data={found} height={60}>
        {(product) => (
          <>
            <ProductFigures product={product} />
            <WarehouseStock product={product} />
            <StockExplanation key={product.id} product={product} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
