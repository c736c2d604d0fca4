import type { JSX } from 'preact';
import { limits } from '../../../domain/limits.ts';
import type { Reservation } from '../../client/shapes.ts';
import type { ProductName } from '../../client/use-product-names.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { useAction } from '../../parts/use-action.ts';
import { useSendOnce } from '../../parts/use-send-once.ts';
import { counted, shortId } from '../../parts/words.ts';

/** What can be done with an active reservation that stands alone, as the API names it, and on its button. */
export const changes = [
  ['confirm', 'Confirm'],
  ['release', 'Release'],
  ['extend', 'Extend'],
] as const;

export type Change = (typeof changes)[number][0];

export interface ReservationChange {
  readonly how: Change;
  readonly reservation: Reservation;
}

interface ChangeProps extends ReservationChange {
  readonly product: ProductName | undefined;
  readonly onClose: () => void;
  readonly onDone: (sentence: string) => void;
}

/** Asks before a reservation ends, which cannot be undone, or by how much its hold is to be longer. */
export function ChangeReservation({ how, reservation, product, onClose, onDone }: ChangeProps): JSX.Element {
  const { id, quantity } = reservation;
  const sendOnce = useSendOnce();
  const changing = useAction(async (fields: Readonly<Record<string, string>>) => {
    const { seconds, reason } = fields;
    const body =
      how === 'extend' ? { seconds: Number(seconds), ...(reason === undefined ? {} : { reason }) } : undefined;
    await sendOnce(`/api/reservations/${id}/${how}/`, body);
    onDone(`Reservation ${shortId(id)} was ${done[how]}.`);
    onClose();
  });
  const name = changes.find(([each]) => each === how)?.[1] ?? '';
  const units = `${counted(quantity, 'unit')} of ${product?.sku ?? 'the product'}`;
  return (
    <Dialog
      title={`${name} reservation ${shortId(id)}`}
      action={name}
      isBusy={changing.isBusy}
      error={changing.error}
      onClose={onClose}
      onSubmit={(fields) => void changing.run(fields)}
    >
      <p>{says[how](units)}</p>
      {how === 'extend' && (
        <>
          <TextField
            label="Seconds"
            name="seconds"
            type="number"
            value={usualExtension(reservation)}
            min={1}
            max={limits.extensionSeconds}
            step={1}
            required
            hint="By how much it is held longer than now"
          />
          <TextField
            label="Reason"
            name="reason"
            maxLength={limits.reason}
            hint="For the audit log; may be left empty"
          />
        </>
      )}
    </Dialog>
  );
}

/** Seconds: as long as it was held for, which is seldom too much, but no more than five minutes. */
function usualExtension({ expires_at: until, created_at: from, extended_seconds: extended }: Reservation): number {
  const held = Math.round((Date.parse(until) - Date.parse(from)) / 1000) - extended;
  return Math.max(1, Math.min(300, held));
}

const done: Readonly<Record<Change, string>> = { confirm: 'confirmed', release: 'released', extend: 'extended' };

const says: Readonly<Record<Change, (units: string) => string>> = {
  confirm: (units) => `${units} leave the stock for good. This cannot be undone.`,
  release: (units) => `${units} can be had by others again. This cannot be undone.`,
  extend: (units) => `${units} stay reserved for longer.`,
};
