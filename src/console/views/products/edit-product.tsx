import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { limits } from '../../../domain/limits.ts';
import { ask } from '../../client/ask.ts';
import type { Product, Warehouse } from '../../client/shapes.ts';
import type { Data } from '../../client/use-data.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { useAction } from '../../parts/use-action.ts';
import { PriceField, ThresholdField } from './product-fields.tsx';

/** What the dialogs of a product are told. */
export interface ProductDialogProps {
  readonly product: Product;
  readonly warehouses: Data<readonly Warehouse[]>;
  readonly onClose: () => void;
  /** The product has changed. */
  readonly onDone: () => void;
}

/** Changes what is not stock. Only what was changed is sent: what somebody else changed meanwhile stays. */
export function EditProduct({ product: latest, onClose, onDone }: ProductDialogProps): JSX.Element {
  // As it was when the dialog came: its fields must not change under the hands of whoever fills them in.
  const [product] = useState(latest);
  const editing = useAction(async (fields: Readonly<Record<string, string>>) => {
    const body = changesOf(product, fields);
    if (Object.keys(body).length > 0) await ask('PATCH', `/api/products/${product.id}/`, { body });
    onDone();
  });
  return (
    <Dialog
      title={`Edit ${product.sku}`}
      action="Save changes"
      isBusy={editing.isBusy}
      error={editing.error}
      onClose={onClose}
      onSubmit={(fields) => void editing.run(fields)}
    >
      <TextField label="Name" name="name" required maxLength={limits.name} value={product.name} autocomplete="off" />
      <PriceField value={product.price} />
      <ThresholdField value={product.low_stock_threshold} />
      <label class="check">
        <input type="checkbox" name="active" defaultChecked={product.active} /> For sale
      </label>
    </Dialog>
  );
}

function changesOf(product: Product, fields: Readonly<Record<string, string>>): object {
  const threshold = fields['threshold'] === undefined ? null : Number(fields['threshold']);
  const isActive = fields['active'] !== undefined;
  return {
    ...(fields['name'] === product.name ? {} : { name: fields['name'] }),
    ...(fields['price'] === product.price ? {} : { price: fields['price'] }),
    ...(isActive === product.active ? {} : { active: isActive }),
    ...(threshold === product.low_stock_threshold ? {} : { low_stock_threshold: threshold }),
  };
}
