import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { LiveEntry } from '../../client/live.ts';
import type { Accepted, Reservation } from '../../client/shapes.ts';
import { useData } from '../../client/use-data.ts';
import { useProductNames } from '../../client/use-product-names.ts';
import { addressOf, useAddress } from '../../parts/address.ts';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { useChangedRows } from '../../parts/use-changed-rows.ts';
import { useFocusAfter } from '../../parts/use-focus-after.ts';
import { useMay } from '../../parts/use-may.ts';
import { Table } from '../../parts/table.tsx';
import { ChangeReservation, type ReservationChange } from './change-reservation.tsx';
import { ReservationRow } from './reservation-row.tsx';

type Answered = readonly Reservation[] | Reservation | Accepted;

interface ListProps {
  /** Where it is told what was done: it has the focus when the button that did it is gone. */
  readonly notice: { readonly current: HTMLElement | null };
  readonly onDone: (sentence: string) => void;
}

/** The reservations that the address asks for. */
export function ReservationList({ notice, onDone }: ListProps): JSX.Element {
  const { query } = useAddress();
  const { reservation_id: id, is_active, product_id, order_id, cursor } = query;
  const path =
    id === undefined
      ? addressOf('/api/reservations/', { is_active, product_id, order_id, cursor })
      : `/api/reservations/${encodeURIComponent(id)}/`;
  const data = useData<Answered>(path, isAboutReservations);
  const rows = data.answer && rowsOf(data.answer.data);
  const nameOf = useProductNames((rows ?? []).map((row) => row.product_id));
  const mark = useChangedRows(path, rows, (row) => row.id);
  const mayChange = useMay('operator');
  const [change, setChange] = useState<ReservationChange>();
  useFocusAfter(notice, data.answer, change !== undefined);
  return (
    <>
      <Loaded data={data} height={30}>
        {(answered, nextCursor) =>
          rowsOf(answered).length === 0 ? (
            <Empty>{'status' in answered ? notYet : emptyFor(query)}</Empty>
          ) : (
            <>
              <Table
                label="Reservations"
                columns={[
                  'Reservation',
                  'Product',
                  ['Quantity', 'number'],
                  'State',
                  'Warehouses',
                  'Order',
                  'Created',
                  ...(mayChange ? ['Actions'] : []),
                ]}
              >
                {rowsOf(answered).map((row) => (
                  <ReservationRow
                    key={row.id}
                    reservation={row}
                    product={nameOf(row.product_id)}
                    class={mark(row.id)}
                    {...(mayChange ? { onChange: (how) => setChange({ how, reservation: row }) } : {})}
                  />
                ))}
              </Table>
              <Pager nextCursor={nextCursor} />
            </>
          )
        }
      </Loaded>
      {change && (
        <ChangeReservation
          {...change}
          product={nameOf(change.reservation.product_id)}
          onClose={() => setChange(undefined)}
          onDone={(sentence) => {
            onDone(sentence);
            data.reload();
          }}
        />
      )}
    </>
  );
}

const notYet = 'This reservation was accepted and is not made yet: it will be as soon as a worker can.';

function rowsOf(answered: Answered): readonly Reservation[] {
  if (Array.isArray(answered)) return answered as readonly Reservation[];
  return 'status' in answered ? [] : [answered as Reservation];
}

function emptyFor({ is_active: isActive, product_id: productId, order_id: orderId }: Record<string, string>): string {
  if (productId !== undefined || orderId !== undefined) return 'No reservation is like that.';
  if (isActive === 'true') return 'Nothing is reserved at the moment.';
  return isActive === 'false' ? 'No reservation has ended yet.' : 'Nothing was reserved yet.';
}

/** Holds of orders are extended with their order. */
function isAboutReservations({ object_type: type, action }: LiveEntry): boolean {
  return type === 'Reservation' || action === 'HOLD_EXTENDED';
}
