import type { JSX } from 'preact';
import type { Product } from '../api/shapes.ts';
import { ProductLink } from '../parts/links.tsx';
import { StockBar } from '../parts/stock-bar.tsx';
import { StockMarks } from '../parts/stock-marks.tsx';
import { Table } from '../parts/table.tsx';
import { formatMoney, formatNumber } from '../parts/words.ts';

interface ProductTableProps {
  readonly products: readonly Product[];
  /** Ids of those that have just changed. */
  readonly changed: ReadonlySet<string>;
}

export function ProductTable({ products, changed }: ProductTableProps): JSX.Element {
  const most = Math.max(...products.map(({ total_stock: total }) => total));
  return (
    <Table label="Products">
      <thead>
        <tr>
          <th scope="col">SKU</th>
          <th scope="col">Name</th>
          <th scope="col" class="number">
            Price
          </th>
          <th scope="col" class="number">
            Available
          </th>
          <th scope="col" class="number">
            Reserved
          </th>
          <th scope="col">Stock</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {products.map((product) => (
          <tr key={product.id} {...(changed.has(product.id) ? { class: 'changed' } : {})}>
            <th scope="row" class="sku">
              <ProductLink product={product} />
            </th>
            <td class="product-name">{product.name}</td>
            <td class="number">{formatMoney(product.price, product.currency)}</td>
            <td class="number">{formatNumber(product.available_stock)}</td>
            <td class="number">{formatNumber(product.reserved_stock)}</td>
            <td class="bar-cell">
              <StockBar available={product.available_stock} reserved={product.reserved_stock} most={most} />
            </td>
            <td class="marks">
              <StockMarks product={product} />
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
