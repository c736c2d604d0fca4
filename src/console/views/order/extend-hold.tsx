import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { limits } from '../../../domain/limits.ts';
import { Refused } from '../../client/problem.ts';
import { session } from '../../client/session.ts';
import type { Order, OrderExtension } from '../../client/shapes.ts';
import { useStore } from '../../client/store.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { useAction } from '../../parts/use-action.ts';
import { useSendOnce } from '../../parts/use-send-once.ts';
import { spanInWords } from '../../parts/span.ts';

interface ExtendProps {
  readonly order: Order;
  readonly onClose: () => void;
  /** Called with the order, and what there is to say. */
  readonly onExtended: (order: Order, note: string) => void;
  readonly onRefused: () => void;
}

/** Lets the hold of an order last longer. */
export function ExtendHold({ order, onClose, onExtended, onRefused }: ExtendProps): JSX.Element {
  const sendOnce = useSendOnce<OrderExtension>();
  const usual = useStore(session)?.hold_seconds ?? 600;
  // What is in a field that has a value to begin with is ours to keep: the page behind is drawn anew as things happen.
  const [seconds, setSeconds] = useState(String(usual));
  const extend = useAction(async (reason: string | undefined) => {
    try {
      const body = { seconds: Number(seconds), ...(reason === undefined ? {} : { reason }) };
      const { data } = await sendOnce(`/api/orders/${order.id}/extend/`, body);
      const left = data.seconds_left === 0 ? 'no longer' : `by ${spanInWords(data.seconds_left)} more`;
      onExtended(data.order, `The hold was extended by ${spanInWords(Number(seconds))}; it can be extended ${left}.`);
    } catch (error) {
      if (error instanceof Refused) onRefused();
      throw error;
    }
  });
  return (
    <Dialog
      title="Extend the hold"
      action="Extend"
      isBusy={extend.isBusy}
      error={extend.error}
      onClose={onClose}
      onSubmit={({ reason }) => void extend.run(reason)}
    >
      <TextField
        label="Seconds"
        name="seconds"
        type="number"
        required
        min={1}
        max={limits.extensionSeconds}
        step={1}
        value={seconds}
        onInput={setSeconds}
        hint="By how much longer the units are kept."
      />
      <TextField label="Reason" name="reason" maxLength={limits.reason} hint="May be empty; the audit log keeps it." />
    </Dialog>
  );
}
