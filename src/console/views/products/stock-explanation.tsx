import type { JSX } from 'preact';
import type { Explanation, Product } from '../../client/shapes.ts';
import { useData } from '../../client/use-data.ts';
import { addressOf, useAddress } from '../../parts/address.ts';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { useChangedRows } from '../../parts/use-changed-rows.ts';
import { counted, formatNumber } from '../../parts/words.ts';
import { BalanceChart } from './balance-chart.tsx';
import { ExplanationFilters } from './explanation-filters.tsx';
import { MovementTable } from './movement-table.tsx';

/** Why there are as many units of a product as there are: the movements that made the number. */
export function StockExplanation({ product: { id } }: { readonly product: Product }): JSX.Element {
  const { query } = useAddress();
  const list = addressOf(`/api/products/${id}/stock/explain/`, {
    warehouse: query['warehouse'],
    at: query['at'],
    cursor: query['cursor'],
  });
  const explained = useData<Explanation>(list, ({ product_ids: ids }) => ids.includes(id));
  const mark = useChangedRows(list, explained.answer?.data.movements, (movement) => movement.id);
  return (
    <section aria-label="Why this number">
      <h2>Why this number</h2>
      <ExplanationFilters />
      <Loaded data={explained} height={60}>
        {(explanation, nextCursor) => (
          <>
            <Figures explanation={explanation} />
            {explanation.movements.length === 0 ? (
              <Empty>{explanation.at === null ? 'Nothing has ever moved here.' : 'Nothing had moved by then.'}</Empty>
            ) : (
              <>
                <BalanceChart explanation={explanation} isLatest={query['cursor'] === undefined} />
                <MovementTable movements={explanation.movements} mark={mark} />
              </>
            )}
            <Pager nextCursor={nextCursor} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function Figures({
  explanation: { figures, warehouse, at, since },
}: {
  readonly explanation: Explanation;
}): JSX.Element {
  return (
    <p class="explained" aria-live="polite">
      {at === null ? 'Now' : <Time at={at} />} {warehouse === null ? 'in all warehouses' : `in ${warehouse}`}:{' '}
      <b>{formatNumber(figures.available)}</b> available and <b>{formatNumber(figures.reserved)}</b> reserved,{' '}
      {counted(figures.total, 'unit')} in total
      {since && (
        <>
          , by the ledger that begins <Time at={since} />
        </>
      )}
      .
    </p>
  );
}
