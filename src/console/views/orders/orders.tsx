import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Refused } from '../../client/problem.ts';
import { addressOf, useAddress } from '../../parts/address.ts';
import { ClearFilters, FilterChoice, hasFilters } from '../../parts/filter-field.tsx';
import { Page } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Failed } from '../../parts/states.tsx';
import { useChangedRows } from '../../parts/use-changed-rows.ts';
import { OrderFilters } from './order-filters.tsx';
import { useOrderList } from './order-list.ts';
import { filterNames, listQuery, orderSorts } from './order-query.ts';
import { OrderTable } from './order-table.tsx';

/** All orders, or those that one looks for. */
export function Orders(): JSX.Element {
  const { query } = useAddress();
  return (
    <Page
      title="Orders"
      actions={
        <>
          <a class="button" href={addressOf('/api/orders.csv', listQuery(query))} download>
            Export
          </a>
          <a class="button primary" href="/place-order">
            Place an order
          </a>
        </>
      }
    >
      <OrderFilters />
      <Found />
    </Page>
  );
}

function Found(): JSX.Element {
  const { query } = useAddress();
  const { data, shown, list, since } = useOrderList(query);
  // Here and not in the table: the first order of a list that was empty has come in as well.
  const mark = useChangedRows(list, shown?.data, ({ id }) => id);
  const top = useRef<HTMLDivElement>(null);
  const { cursor } = query;
  const isLater = cursor !== undefined;
  const before = useRef(cursor);
  useEffect(() => {
    if (before.current !== cursor) top.current?.scrollIntoView();
    before.current = cursor;
  }, [cursor]);
  return (
    <>
      <div class="order-list-head" ref={top}>
        <FilterChoice label="Sort" name="sort" options={orderSorts} otherwise="-created_at" />
        <p class="since" role="status">
          {since !== undefined && (
            <>
              {since}: go to the <a href={addressOf('/orders', listQuery(query))}>first page</a>
            </>
          )}
        </p>
      </div>
      <div class="order-list">
        {shown === undefined ? (
          data.error && <Failed error={data.error} {...(isWrong(data.error) ? {} : { retry: () => data.reload() })} />
        ) : shown.data.length === 0 ? (
          <Nothing isLater={isLater} />
        ) : (
          <OrderTable orders={shown.data} mark={mark} isBusy={data.answer === undefined} />
        )}
        {shown === undefined && data.error === undefined && <p class="visually-hidden">Loading …</p>}
        <Pager nextCursor={shown?.nextCursor ?? null} />
      </div>
    </>
  );
}

function Nothing({ isLater }: { readonly isLater: boolean }): JSX.Element {
  const { query } = useAddress();
  if (isLater) return <Empty>There are no orders on this page any more.</Empty>;
  if (!hasFilters(query, filterNames)) {
    return (
      <Empty>
        There are no orders yet. <a href="/place-order">Place the first one</a>.
      </Empty>
    );
  }
  return (
    <Empty>
      No order is like that. <ClearFilters names={filterNames} />
    </Empty>
  );
}

/** Asking the same again would not help. */
function isWrong(error: Error): boolean {
  return error instanceof Refused && error.problem.code === 'validation-failed';
}
