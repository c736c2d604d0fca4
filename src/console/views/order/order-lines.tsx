import type { JSX } from 'preact';
import type { Order } from '../../client/shapes.ts';
import { ProductLink } from '../../parts/links.tsx';
import { Table } from '../../parts/table.tsx';
import { formatMoney, formatNumber } from '../../parts/words.ts';

const columns = [
  ['Line', 'number'],
  'Product',
  ['Ordered', 'number'],
  ['Reserved', 'number'],
  ['Unit price', 'number'],
  ['Line total', 'number'],
  'Warehouses',
  ['Returned', 'number'],
] as const;

type Line = Order['lines'][number];

/** What an order is for, and where its units come from. */
export function OrderLines({ order }: { readonly order: Order }): JSX.Element {
  return (
    <section>
      <h2>Lines</h2>
      <Table label="Lines" columns={columns}>
        {order.lines.map((line) => (
          <tr key={line.line}>
            <td class="number">{line.line}</td>
            <th scope="row">
              <ProductLink product={line.product} />
              <small class="line-name">{line.product.name}</small>
            </th>
            <td class="number">{formatNumber(line.ordered_quantity)}</td>
            <td class="number">{formatNumber(line.reserved_quantity)}</td>
            <td class="number">{formatMoney(line.unit_price, order.currency)}</td>
            <td class="number">{formatMoney(line.line_total, order.currency)}</td>
            <td>{warehousesOf(order, line)}</td>
            <td class="number">{formatNumber(line.returned)}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

/** `EAST × 2, MAIN × 1`: each product is in one line, so its reservation is that of the line. */
function warehousesOf({ reservations }: Order, { product }: Line): string {
  const allocations = reservations.filter((each) => each.product_id === product.id).flatMap((each) => each.allocations);
  if (allocations.length === 0) return 'none yet';
  return allocations.map(({ warehouse, quantity }) => `${warehouse} × ${formatNumber(quantity)}`).join(', ');
}
