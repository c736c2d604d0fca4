import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { limits } from '../../../domain/limits.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Choice, TextField } from '../../parts/field.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useAction } from '../../parts/use-action.ts';
import { useSendOnce } from '../../parts/use-send-once.ts';
import { counted } from '../../parts/words.ts';
import type { ProductDialogProps } from './edit-product.tsx';

/** Sends available units from one warehouse to another. */
export function TransferStock({ product, warehouses, onClose, onDone }: ProductDialogProps): JSX.Element {
  const sendOnce = useSendOnce();
  const availableIn = (code: string): number =>
    product.stock.find(({ warehouse }) => warehouse === code)?.available ?? 0;
  const [from, setFrom] = useState(
    (product.stock.find(({ available }) => available > 0) ?? product.stock[0])?.warehouse ?? 'MAIN',
  );
  const [to, setTo] = useState<string>();
  const others = warehouses.answer?.data.filter(({ code }) => code !== from) ?? [];
  const goal = others.find(({ code }) => code === to)?.code ?? others[0]?.code;

  const transferring = useAction(async (fields: Readonly<Record<string, string>>) => {
    await sendOnce('/api/stock-transfers/', {
      product_id: product.id,
      from,
      to: goal,
      quantity: Number(fields['quantity']),
      reason: fields['reason'],
    });
    onDone();
  });

  return (
    <Dialog
      title={`Transfer stock of ${product.sku}`}
      action="Transfer"
      isBusy={transferring.isBusy}
      error={transferring.error}
      onClose={onClose}
      onSubmit={(fields) => void transferring.run(fields)}
    >
      <Loaded data={warehouses} height={10}>
        {(all) => (
          <>
            <Choice
              label="From"
              name="from"
              value={from}
              options={all.map(({ code, name }) => [code, `${code} · ${name} (${availableIn(code)} available)`])}
              onChange={setFrom}
            />
            <Choice
              label="To"
              name="to"
              required
              value={goal}
              options={others.map(({ code, name }) => [code, `${code} · ${name}`])}
              onChange={setTo}
            />
          </>
        )}
      </Loaded>
      <TextField
        label="Units"
        name="quantity"
        type="number"
        required
        min={1}
        max={limits.quantity}
        step={1}
        hint={`${counted(availableIn(from), 'unit')} can go; those that are reserved stay.`}
      />
      <TextField label="Reason" name="reason" required maxLength={limits.reason} autocomplete="off" />
    </Dialog>
  );
}
