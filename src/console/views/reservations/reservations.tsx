import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Page } from '../../parts/page.tsx';
import { useMay } from '../../parts/use-may.ts';
import { NewReservation } from './new-reservation.tsx';
import { ReservationFilters } from './reservation-filters.tsx';
import { ReservationList } from './reservation-list.tsx';

/** Units that are set aside, with an order or without. */
export function Reservations(): JSX.Element {
  const mayReserve = useMay('operator');
  const [isReserving, setReserving] = useState(false);
  const [done, setDone] = useState('');
  const notice = useRef<HTMLParagraphElement>(null);
  return (
    <Page
      title="Reservations"
      actions={
        mayReserve && (
          <button type="button" class="primary" onClick={() => setReserving(true)}>
            New reservation
          </button>
        )
      }
    >
      <ReservationFilters />
      <p ref={notice} tabIndex={-1} class="notice" role="status">
        {done}
      </p>
      <ReservationList notice={notice} onDone={setDone} />
      {isReserving && <NewReservation onClose={() => setReserving(false)} onDone={setDone} />}
    </Page>
  );
}
