import type { JSX } from 'preact';
import type { Product } from '../client/shapes.ts';
import { useData } from '../client/use-data.ts';
import { useFilter, type FilterProps } from './filter-field.tsx';
import { FilterChip } from './filter-chip.tsx';
import { ProductPicker } from './product-picker.tsx';

/** A filter by product: it is looked for by name, and is a chip once it is found. The address has its id. */
export function FilterProduct({ without }: Pick<FilterProps, 'without'>): JSX.Element {
  const { given: id, set } = useFilter({ name: 'product_id', ...(without === undefined ? {} : { without }) });
  const product = useData<Product>(id === '' ? null : `/api/products/${encodeURIComponent(id)}/`);
  if (id === '') return <ProductPicker label="Product" onPick={(picked) => set(picked.id)} />;
  return (
    <FilterChip
      label="Product"
      text={product.answer?.data.sku ?? (product.error ? id : '…')}
      title={product.answer?.data.name ?? ''}
      onClear={() => set(undefined)}
    />
  );
}
