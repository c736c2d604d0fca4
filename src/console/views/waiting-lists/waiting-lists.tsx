import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { WaitingList } from '../../client/shapes.ts';
import { useData } from '../../client/use-data.ts';
import { addressOf, useAddress } from '../../parts/address.ts';
import { OrderLink, ProductLink } from '../../parts/links.tsx';
import { Page } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Countdown } from '../../parts/time.tsx';
import { useChangedRows } from '../../parts/use-changed-rows.ts';
import { Table } from '../../parts/table.tsx';
import { counted, formatNumber } from '../../parts/words.ts';
import { WaitingListOf } from './waiting-list-of.tsx';

/** Who waits for what: all products that somebody waits for, or the list of the one that the address names. */
export function WaitingLists(): JSX.Element {
  const { product_id: productId } = useAddress().query;
  return productId === undefined ? <AllLists /> : <WaitingListOf key={productId} productId={productId} />;
}

const columns = ['Product', ['Available', 'number'], 'Waiting', 'First in line', 'Gives up in'] as const;

function AllLists(): JSX.Element {
  const { cursor } = useAddress().query;
  const path = addressOf('/api/waiting-lists/', { cursor });
  const shown = useRef<ReadonlySet<string>>(new Set());
  const data = useData<readonly WaitingList[]>(
    path,
    ({ action, product_ids: ids }) => action.startsWith('WAITING') || ids.some((id) => shown.current.has(id)),
  );
  const lists = data.answer?.data;
  shown.current = new Set(lists?.map(({ product }) => product.id));
  const mark = useChangedRows(path, lists, ({ product }) => product.id);
  return (
    <Page title="Waiting lists">
      <p class="notice quiet">
        Orders that wait for units, by product. Whoever is first is served as soon as there are enough.
      </p>
      <Loaded data={data} height={30}>
        {(rows, nextCursor) =>
          rows.length === 0 ? (
            <Empty>Nobody waits.</Empty>
          ) : (
            <>
              <Table label="Products that somebody waits for" columns={columns}>
                {rows.map((list) => (
                  <ListRow key={list.product.id} list={list} class={mark(list.product.id)} />
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

function ListRow({
  list,
  class: mark,
}: {
  readonly list: WaitingList;
  readonly class: string | undefined;
}): JSX.Element {
  const { product, available_stock: available, orders, units, first } = list;
  return (
    <tr class={mark}>
      <td class="product-cell">
        <ProductLink product={product} />
        <small>
          {product.name}
          {!product.active && ' (not for sale)'}
        </small>
      </td>
      <td class="number">{formatNumber(available)}</td>
      <td>
        <a href={addressOf('/waiting-lists', { product_id: product.id })}>
          {counted(orders, 'order')}
          <span class="visually-hidden"> for {product.sku}</span>
        </a>{' '}
        for {counted(units, 'unit')}
      </td>
      <td>
        <OrderLink id={first.order_id} /> <span class="quiet">for {counted(first.quantity, 'unit')}</span>
      </td>
      <td>
        <Countdown until={first.until} over="gives up now" />
      </td>
    </tr>
  );
}
