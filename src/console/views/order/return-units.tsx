import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { limits } from '../../../domain/limits.ts';
import { defaultWarehouse } from '../../../domain/product.ts';
import type { Accepted, Order, OrderReturn } from '../../client/shapes.ts';
import { useWarehouses } from '../../client/use-warehouses.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Choice, TextField } from '../../parts/field.tsx';
import { useAction } from '../../parts/use-action.ts';
import { useSendOnce } from '../../parts/use-send-once.ts';
import { counted } from '../../parts/words.ts';

interface ReturnProps {
  readonly order: Order;
  readonly onClose: () => void;
  /** Called with what there is to say. */
  readonly onReturned: (note: string) => void;
}

type Line = Order['lines'][number];

/** Takes units of a delivered order back. */
export function ReturnUnits({ order, onClose, onReturned }: ReturnProps): JSX.Element {
  const sendOnce = useSendOnce<OrderReturn | Accepted>();
  const restockId = useId();
  const lines = order.lines.filter((line) => leftOf(line) > 0);
  // Kept here, since the page behind is drawn anew as things happen, and with it what the fields began with.
  const [line, setLine] = useState(String(lines[0]?.line ?? ''));
  const [quantity, setQuantity] = useState('1');
  const [restock, setRestock] = useState(true);
  const [warehouse, setWarehouse] = useState(sentFrom(order, lines[0]));
  const warehouses = useWarehouses().answer?.data ?? [];
  const codes = new Set([warehouse, defaultWarehouse, ...warehouses.map(({ code }) => code)]);
  const chosen = lines.find((each) => String(each.line) === line);
  const taking = useAction(async (reason: string | undefined) => {
    const where = restock ? { warehouse } : {};
    const body = { line: Number(line), quantity: Number(quantity), restock, reason, ...where };
    const { status } = await sendOnce(`/api/orders/${order.id}/returns/`, body);
    const units = counted(Number(quantity), 'unit');
    onReturned(status === 202 ? `${units} accepted; they are booked in a moment.` : `${units} taken back.`);
  });
  return (
    <Dialog
      title="Return units"
      action="Return"
      isBusy={taking.isBusy}
      error={taking.error}
      onClose={onClose}
      onSubmit={({ reason }) => void taking.run(reason)}
    >
      <Choice
        label="Line"
        name="line"
        required
        value={line}
        options={lines.map((each) => [
          String(each.line),
          `${each.line}: ${each.product.sku}, ${leftOf(each)} left to return`,
        ])}
        onChange={(next) => {
          setLine(next);
          setWarehouse(
            sentFrom(
              order,
              lines.find((each) => String(each.line) === next),
            ),
          );
        }}
      />
      <TextField
        label="Quantity"
        name="quantity"
        type="number"
        required
        min={1}
        max={chosen ? leftOf(chosen) : 1}
        step={1}
        value={quantity}
        onInput={setQuantity}
      />
      <div class="field field-check">
        <input
          id={restockId}
          type="checkbox"
          checked={restock}
          onChange={(event) => setRestock(event.currentTarget.checked)}
        />
        <label for={restockId}>They can be sold again</label>
      </div>
      {restock && (
        <Choice
          label="Into the warehouse"
          name="warehouse"
          value={warehouse}
          options={Array.from(codes, (code) => [code, code])}
          onChange={setWarehouse}
        />
      )}
      <TextField label="Reason" name="reason" required maxLength={limits.reason} />
    </Dialog>
  );
}

function leftOf({ reserved_quantity: delivered, returned }: Line): number {
  return delivered - returned;
}

/** Where the units of a line came from, the first of several. */
function sentFrom({ reservations }: Order, line: Line | undefined): string {
  const reservation = reservations.find(({ product_id }) => product_id === line?.product.id);
  return reservation?.allocations[0]?.warehouse ?? defaultWarehouse;
}
