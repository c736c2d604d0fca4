import type { JSX } from 'preact';
import type { OrderStatus } from '../../../domain/order-status.ts';
import { limits } from '../../../domain/limits.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import type { Action } from '../../parts/use-action.ts';

interface CancelProps {
  readonly step: Action<[to: OrderStatus, reason?: string]>;
  readonly onClose: () => void;
}

/** Asks before an order is cancelled: that cannot be undone. */
export function CancelOrder({ step, onClose }: CancelProps): JSX.Element {
  return (
    <Dialog
      title="Cancel this order?"
      action="Cancel order"
      otherwise="Keep the order"
      isBusy={step.isBusy}
      error={step.error}
      onClose={onClose}
      onSubmit={({ reason }) => void step.run('cancelled', reason)}
    >
      <p>Its units can be sold to others at once. This cannot be undone.</p>
      <TextField label="Reason" name="reason" maxLength={limits.reason} hint="May be empty; the audit log keeps it." />
    </Dialog>
  );
}
