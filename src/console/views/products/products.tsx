import type { JSX } from 'preact';
import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import type { Product } from '../../client/shapes.ts';
import { useData } from '../../client/use-data.ts';
import { useWarehouses } from '../../client/use-warehouses.ts';
import { addressOf, useAddress } from '../../parts/address.ts';
import { Page } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { useChangedRows } from '../../parts/use-changed-rows.ts';
import { useMay } from '../../parts/use-may.ts';
import { CreateProduct } from './create-product.tsx';
import { ProductSearch } from './product-search.tsx';
import { ProductTable } from './product-table.tsx';

/** The catalogue with its stock. */
export function Products(): JSX.Element {
  const { query } = useAddress();
  const { route } = useLocation();
  const [isCreating, setCreating] = useState(false);
  const mayCreate = useMay('admin');
  const warehouses = useWarehouses();
  const list = addressOf('/api/products/', { q: query['q'], cursor: query['cursor'] });
  const found = useData<readonly Product[]>(list, ({ product_ids: ids }) => ids.length > 0);
  const mark = useChangedRows(list, found.answer?.data, ({ id }) => id);
  return (
    <Page
      title="Products"
      actions={
        mayCreate && (
          <button type="button" class="primary" onClick={() => setCreating(true)}>
            New product
          </button>
        )
      }
    >
      <ProductSearch />
      <Loaded data={found} height={40}>
        {(products, nextCursor) => (
          <>
            {products.length === 0 ? (
              <NoProducts search={query['q']} />
            ) : (
              <ProductTable products={products} mark={mark} />
            )}
            <Pager nextCursor={nextCursor} />
          </>
        )}
      </Loaded>
      {isCreating && (
        <CreateProduct
          warehouses={warehouses}
          onClose={() => setCreating(false)}
          onCreated={({ id }) => route(`/products/${id}`)}
        />
      )}
    </Page>
  );
}

function NoProducts({ search }: { readonly search: string | undefined }): JSX.Element {
  return (
    <Empty>
      {search === undefined ? (
        'There are no products yet.'
      ) : (
        <>
          No product has “{search}” in its SKU or name. <a href="/products">Show all products</a>
        </>
      )}
    </Empty>
  );
}
