import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { limits } from '../../../domain/limits.ts';
import { Refused } from '../../client/problem.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Choice, TextField } from '../../parts/field.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useAction } from '../../parts/use-action.ts';
import { useSendOnce } from '../../parts/use-send-once.ts';
import { counted } from '../../parts/words.ts';
import type { ProductDialogProps } from './edit-product.tsx';

/**
 * Counts units in or out, or says how many there are. A count replaces the total that was on record when it was filled in, and is refused
 * when that has moved meanwhile.
 */
export function AdjustStock({ product, warehouses, onClose, onDone }: ProductDialogProps): JSX.Element {
  const sendOnce = useSendOnce();
  const [recorded, setRecorded] = useState<Readonly<Record<string, number>>>(() =>
    Object.fromEntries(product.stock.map(({ warehouse, total }) => [warehouse, total])),
  );
  const [chosen, setChosen] = useState(product.stock[0]?.warehouse);
  const [way, setWay] = useState('delta');
  const warehouse = chosen ?? warehouses.answer?.data[0]?.code ?? '';
  const onRecord = recorded[warehouse] ?? 0;

  const adjusting = useAction(async (fields: Readonly<Record<string, string>>) => {
    const units = Number(fields['units']);
    const change = way === 'delta' ? { delta: units } : { set_to: units, expected: onRecord };
    const body = { warehouse, reason: fields['reason'], ...change };
    try {
      await sendOnce(`/api/products/${product.id}/adjust-stock/`, body);
    } catch (error) {
      // Whoever sends it again has seen what it replaces then.
      if (error instanceof Refused && error.problem.code === 'stock-moved') {
        setRecorded({ ...recorded, [warehouse]: Number(error.problem['total']) });
      }
      throw error;
    }
    onDone();
  });

  return (
    <Dialog
      title={`Adjust the stock of ${product.sku}`}
      action="Adjust"
      isBusy={adjusting.isBusy}
      error={adjusting.error}
      onClose={onClose}
      onSubmit={(fields) => void adjusting.run(fields)}
    >
      <Loaded data={warehouses} height={4.5}>
        {(all) => (
          <Choice
            label="Warehouse"
            name="warehouse"
            value={warehouse}
            options={all.map(({ code, name }) => [code, `${code} · ${name}`])}
            onChange={setChosen}
          />
        )}
      </Loaded>
      <Choice
        label="What you know"
        name="way"
        value={way}
        options={[
          ['delta', 'By how many units it changes'],
          ['count', 'How many units were counted'],
        ]}
        onChange={setWay}
      />
      <TextField
        key={way}
        label={way === 'delta' ? 'Units more (or less, with a minus)' : 'Units counted'}
        name="units"
        type="number"
        required
        min={way === 'delta' ? -limits.stock : 0}
        max={limits.stock}
        step={1}
        hint={`On record in ${warehouse}: ${counted(onRecord, 'unit')}, those that are reserved included.`}
      />
      <TextField label="Reason" name="reason" required maxLength={limits.reason} autocomplete="off" />
    </Dialog>
  );
}
