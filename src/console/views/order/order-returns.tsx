import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Order, OrderReturn } from '../../client/shapes.ts';
import { readPages } from '../../client/all-pages.ts';
import { useData } from '../../client/use-data.ts';
import { ProductLink, WorkflowLink } from '../../parts/links.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { useMay } from '../../parts/use-may.ts';
import { formatNumber } from '../../parts/words.ts';
import { ReturnUnits } from './return-units.tsx';

const columns = ['When', 'Product', ['Units', 'number'], 'Into', 'Reason', 'Taken by', 'Workflow'] as const;

/** Pages of returns that are read: a thousand of them. */
const mostPages = 10;

interface ReturnsProps {
  readonly order: Order;
  readonly onReturned: () => void;
}

/** What came back of a delivered order. Nothing does of any other. */
export function OrderReturns({ order, onReturned }: ReturnsProps): JSX.Element | null {
  const isDelivered = order.status === 'delivered';
  const data = useData<readonly OrderReturn[]>(
    isDelivered ? `/api/orders/${order.id}/returns/?limit=100` : null,
    (entry) => entry.order_id === order.id && entry.action === 'ITEMS_RETURNED',
    readPages(mostPages),
  );
  const [isOpen, setOpen] = useState(false);
  const [note, setNote] = useState('');
  const mayReturn = useMay('operator');
  if (!isDelivered) return null;
  const isAllBack = order.lines.every((line) => line.returned >= line.reserved_quantity);
  return (
    <section class="order-returns" aria-label="What came back">
      <div class="section-head">
        <h2>Returns</h2>
        {mayReturn && (
          <button type="button" disabled={isAllBack} onClick={() => setOpen(true)}>
            Return
          </button>
        )}
        <span role="status">{note}</span>
      </div>
      <Loaded data={data} height={4}>
        {(returns) =>
          returns.length === 0 ? <Empty>Nothing came back.</Empty> : <Returns order={order} of={returns} />
        }
      </Loaded>
      {isOpen && (
        <ReturnUnits
          order={order}
          onClose={() => setOpen(false)}
          onReturned={(text) => {
            setOpen(false);
            setNote(text);
            data.reload();
            onReturned();
          }}
        />
      )}
    </section>
  );
}

function Returns({ order, of }: { readonly order: Order; readonly of: readonly OrderReturn[] }): JSX.Element {
  return (
    <Table label="Returns" columns={columns}>
      {of.map((each) => (
        <tr key={each.id}>
          <td>
            <Time at={each.created_at} />
          </td>
          <td>
            <Returned order={order} line={each.line} />
          </td>
          <td class="number">{formatNumber(each.quantity)}</td>
          <td>{each.warehouse ?? 'nowhere: not to be sold again'}</td>
          <td>{each.reason}</td>
          <td>{each.returned_by}</td>
          <td>
            <WorkflowLink id={each.workflow_id} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Returned({ order, line }: { readonly order: Order; readonly line: number }): JSX.Element {
  const of = order.lines.find((each) => each.line === line);
  return of ? <ProductLink product={of.product} /> : <>line {line}</>;
}
