import type { JSX } from 'preact';
import type { Product } from '../../client/shapes.ts';
import { addressOf } from '../../parts/address.ts';
import { Empty } from '../../parts/states.tsx';
import { StockBar } from '../../parts/stock-bar.tsx';
import { Table } from '../../parts/table.tsx';
import { useChangedRows } from '../../parts/use-changed-rows.ts';
import { formatNumber } from '../../parts/words.ts';

const columns = [
  'Warehouse',
  'Stock',
  ['Available', 'number'],
  ['Reserved', 'number'],
  ['Total', 'number'],
  'Counts and transfers',
] as const;

/** What lies of a product in each warehouse, in the order in which they are used. */
export function WarehouseStock({ product: { id, stock } }: { readonly product: Product }): JSX.Element {
  const mark = useChangedRows(id, stock, ({ warehouse }) => warehouse);
  const most = Math.max(...stock.map(({ total }) => total));
  return (
    <section>
      <h2>Stock by warehouse</h2>
      {stock.length === 0 ? (
        <Empty>There has never been any of it in a warehouse.</Empty>
      ) : (
        <Table label="Stock by warehouse" columns={columns}>
          {stock.map(({ warehouse, total, available, reserved }) => (
            <tr key={warehouse} class={mark(warehouse)}>
              <th scope="row">{warehouse}</th>
              <td class="bar-cell">
                <StockBar available={available} reserved={reserved} most={most} />
              </td>
              <td class="number">{formatNumber(available)}</td>
              <td class="number">{formatNumber(reserved)}</td>
              <td class="number">{formatNumber(total)}</td>
              <td>
                <a
                  href={addressOf('/audit-log', { object_type: 'StockLevel', object_id: `${id}/${warehouse}` })}
                  aria-label={`Audit log of ${warehouse}`}
                >
                  Audit log
                </a>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
