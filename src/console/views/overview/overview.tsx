import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Overview as Figures } from '../../client/shapes.ts';
import { useData } from '../../client/use-data.ts';
import { useRefresh } from '../../client/use-refresh.ts';
import { addressOf, useAddress } from '../../parts/address.ts';
import { Chart } from '../../parts/chart.tsx';
import { Choice } from '../../parts/field.tsx';
import { Page } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { StockBar } from '../../parts/stock-bar.tsx';
import { counted, formatNumber } from '../../parts/words.ts';
import { EndingSoon, Scarce } from './overview-lists.tsx';

const spans = [
  ['1', 'the last hour'],
  ['24', 'the last 24 hours'],
  ['168', 'the last 7 days'],
] as const;

/** Milliseconds. Not for each change: the server reads an overview at most every two seconds, for all; and time alone ends holds. */
const often = 2_500;

/** How the shop stands, at one look. */
export function Overview(): JSX.Element {
  const { query, change } = useAddress();
  const hours = query['hours'] ?? '24';
  const data = useData<Figures>(addressOf('/api/overview/', { hours }));
  useRefresh(() => data.reload(), often);
  return (
    <Page
      title="Overview"
      actions={
        <a class="button primary" href="/place-order">
          Place an order
        </a>
      }
    >
      <Loaded data={data} height={60}>
        {(figures) => (
          <>
            <div class="cards">
              <Orders {...figures} />
              <Stock {...figures} />
            </div>
            <div class="cards">
              <EndingSoon ending={figures.ending_soon} />
              <Scarce title="Sold out" scarce={figures.sold_out} none="Nothing is sold out." />
              <Scarce title="Low" scarce={figures.low} none="Nothing is low." />
            </div>
            <section class="card" aria-labelledby="over-time">
              <div class="card-head">
                <h2 id="over-time">Orders over time</h2>
                <Choice
                  label="Time"
                  name="hours"
                  value={hours}
                  options={spans}
                  onChange={(value) => change({ hours: value })}
                />
              </div>
              <Activity activity={figures.activity} />
            </section>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Orders({ orders }: Pick<Figures, 'orders'>): JSX.Element {
  const { waiting, ...byStatus } = orders;
  return (
    <section class="card" aria-labelledby="orders-by-status">
      <h2 id="orders-by-status">Orders</h2>
      <dl class="figures">
        {Object.entries(byStatus).map(([status, count]) => (
          <div key={status}>
            <dt>
              <a href={addressOf('/orders', { status })}>{status}</a>
            </dt>
            <dd data-status={status}>{formatNumber(count)}</dd>
          </div>
        ))}
        <div>
          <dt>
            <a href="/waiting-lists">waiting</a>
          </dt>
          <dd data-status="waiting">{formatNumber(waiting)}</dd>
        </div>
      </dl>
    </section>
  );
}

function Stock({ stock, products, waiting_lists: lists }: Figures): JSX.Element {
  return (
    <section class="card" aria-labelledby="stock">
      <h2 id="stock">Stock</h2>
      <dl class="figures">
        {(['available', 'reserved', 'total'] as const).map((figure) => (
          <div key={figure}>
            <dt>units {figure === 'total' ? 'in all' : figure}</dt>
            <dd data-stock={figure}>{formatNumber(stock[figure])}</dd>
          </div>
        ))}
      </dl>
      <p>
        <StockBar available={stock.available} reserved={stock.reserved} most={stock.total} />
      </p>
      <p class="quiet">
        <a href="/products">{counted(products.total, 'product')}</a>, {formatNumber(products.active)} of them for sale.{' '}
        {lists.count === 0
          ? 'Nobody waits.'
          : `${counted(lists.count, 'order')} wait for ${counted(lists.units, 'unit')}.`}
      </p>
    </section>
  );
}

const shown = [
  ['placed', '--placed'],
  ['confirmed', '--available'],
  ['expired', '--expired'],
] as const;

function Activity({ activity: { buckets, bucket_seconds: width } }: Pick<Figures, 'activity'>): JSX.Element {
  // Each bucket is as wide as it lasts, the last one too: it ends where another would begin.
  const times = useMemo(() => {
    const begins = buckets.map(({ at }) => Date.parse(at));
    const last = begins.at(-1);
    return last === undefined ? [] : [...begins, last + width * 1000];
  }, [buckets, width]);
  const series = useMemo(
    () =>
      shown.map(([label, colour]) => {
        const values = buckets.map((bucket) => bucket[label]);
        return { label, colour, values: [...values, ...values.slice(-1)], draw: 'steps' as const };
      }),
    [buckets],
  );
  const sums = shown.map(([label]) => `${buckets.reduce((sum, bucket) => sum + bucket[label], 0)} ${label}`);
  return <Chart summary={`Orders: ${sums.join(', ')}`} times={times} series={series} />;
}
