import type { JSX } from 'preact';
import type { Product } from '../../client/shapes.ts';
import { ProductLink } from '../../parts/links.tsx';
import { StockBar } from '../../parts/stock-bar.tsx';
import { StockMarks } from '../../parts/stock-marks.tsx';
import { Table } from '../../parts/table.tsx';
import { formatMoney, formatNumber } from '../../parts/words.ts';

const columns = [
  'SKU',
  'Name',
  ['Price', 'number'],
  ['Available', 'number'],
  ['Reserved', 'number'],
  'Stock',
  'State',
] as const;

interface ProductTableProps {
  readonly products: readonly Product[];
  /** The class of a product's row, by its id. */
  readonly mark: (id: string) => string | undefined;
}

export function ProductTable({ products, mark }: ProductTableProps): JSX.Element {
  const most = Math.max(...products.map(({ total_stock: total }) => total));
  return (
    <Table label="Products" columns={columns}>
      {products.map((product) => (
        <tr key={product.id} class={mark(product.id)}>
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
    </Table>
  );
}
