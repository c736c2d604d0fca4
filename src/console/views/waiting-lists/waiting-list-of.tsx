import type { JSX } from 'preact';
import type { LiveEntry } from '../../client/live.ts';
import type { Product, WaitingOrder } from '../../client/shapes.ts';
import { useData } from '../../client/use-data.ts';
import { addressOf, useAddress } from '../../parts/address.ts';
import { OrderLink, ProductLink } from '../../parts/links.tsx';
import { Page } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Countdown, Time } from '../../parts/time.tsx';
import { useChangedRows } from '../../parts/use-changed-rows.ts';
import { Table } from '../../parts/table.tsx';
import { counted, formatNumber } from '../../parts/words.ts';

const columns = [
  ['Position', 'number'],
  'Order',
  ['Quantity', 'number'],
  'Placed by',
  'Waits since',
  'Gives up in',
] as const;

/** The orders that wait for one product, first come, first served. */
export function WaitingListOf({ productId }: { readonly productId: string }): JSX.Element {
  const { cursor } = useAddress().query;
  const isAboutIt = ({ product_ids: ids }: LiveEntry): boolean => ids.includes(productId);
  const at = `/api/products/${encodeURIComponent(productId)}/`;
  const path = addressOf(`${at}waiting-list/`, { cursor });
  const product = useData<Product>(at, isAboutIt);
  const data = useData<readonly WaitingOrder[]>(path, isAboutIt);
  const mark = useChangedRows(path, data.answer?.data, (row) => row.order_id);
  return (
    <Page
      title="Waiting list"
      actions={
        <a class="button" href="/waiting-lists">
          All waiting lists
        </a>
      }
    >
      <p class="waited-for">{product.answer && <WaitedFor product={product.answer.data} />}</p>
      <Loaded data={data} height={30}>
        {(rows, nextCursor) =>
          rows.length === 0 ? (
            <Empty>Nobody waits for it.</Empty>
          ) : (
            <>
              <Table label="Orders that wait" columns={columns}>
                {rows.map((row) => (
                  <tr key={row.order_id} class={mark(row.order_id)}>
                    <td class="number">{formatNumber(row.position)}</td>
                    <td>
                      <OrderLink id={row.order_id} />
                    </td>
                    <td class="number">{formatNumber(row.quantity)}</td>
                    <td>{row.placed_by}</td>
                    <td>
                      <Time at={row.joined_at} />
                    </td>
                    <td>
                      <Countdown until={row.until} over="gives up now" />
                    </td>
                  </tr>
                ))}
              </Table>
              <Pager nextCursor={nextCursor} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function WaitedFor({ product }: { readonly product: Product }): JSX.Element {
  const { name, available_stock: available, active } = product;
  return (
    <>
      <ProductLink product={product} /> {name}: {counted(available, 'unit')} available
      {!active && ', not for sale at the moment'}
    </>
  );
}
