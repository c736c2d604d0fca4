import type { JSX } from 'preact';
import type { Order } from '../../client/shapes.ts';
import { OrderLink, ProductLink } from '../../parts/links.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { Countdown, Time } from '../../parts/time.tsx';
import { formatMoney, formatNumber } from '../../parts/words.ts';

const columns = [
  'Order',
  'Status',
  'Lines',
  ['Units', 'number'],
  ['Total', 'number'],
  'Placed by',
  'Created',
  'Hold ends in',
] as const;

/** Lines that an order shows in the list: one of fifty would fill the page. */
const shownLines = 3;

interface TableProps {
  readonly orders: readonly Order[];
  /** The class of an order's row, by its id. */
  readonly mark: (id: string) => string | undefined;
  /** Whether another page is on its way. */
  readonly isBusy: boolean;
}

export function OrderTable({ orders, mark, isBusy }: TableProps): JSX.Element {
  return (
    <div aria-busy={isBusy}>
      <Table label="Orders" columns={columns}>
        {orders.map((order) => (
          <tr key={order.id} class={mark(order.id)}>
            <Cells order={order} />
          </tr>
        ))}
      </Table>
    </div>
  );
}

function Cells({ order }: { readonly order: Order }): JSX.Element {
  const { id, reference, status, waiting, lines, quantity, total, currency, expires_at } = order;
  return (
    <>
      <th scope="row" class="order-name">
        <OrderLink id={id} />
        {reference !== null && <small>{reference}</small>}
      </th>
      <td>
        <Status status={status} isWaiting={waiting !== null} />
      </td>
      <td class="order-lines">
        {lines.slice(0, shownLines).map((line) => (
          <div key={line.line}>
            <ProductLink product={line.product} /> × {formatNumber(line.quantity)}
          </div>
        ))}
        {lines.length > shownLines && <small>and {lines.length - shownLines} more</small>}
      </td>
      <td class="number">{formatNumber(quantity)}</td>
      <td class="number">{formatMoney(total, currency)}</td>
      <td class="order-by">{order.placed_by}</td>
      <td>
        <Time at={order.created_at} />
      </td>
      <td class="order-hold">
        {status === 'pending' && expires_at !== null && <Countdown until={expires_at} over="over" />}
      </td>
    </>
  );
}
