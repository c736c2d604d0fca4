import type { JSX } from 'preact';
import { limits } from '../../../domain/limits.ts';
import type { Product, Warehouse } from '../../client/shapes.ts';
import type { Data } from '../../client/use-data.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useAction } from '../../parts/use-action.ts';
import { useSendOnce } from '../../parts/use-send-once.ts';
import { PriceField, ThresholdField } from './product-fields.tsx';

interface CreateProductProps {
  /** Read by who opens it: it has its height at once then. */
  readonly warehouses: Data<readonly Warehouse[]>;
  readonly onClose: () => void;
  readonly onCreated: (product: Product) => void;
}

/** How the fields of units are named, before the code of their warehouse. */
const unitsIn = 'units in ';

/** Asks for a product, and the units of it that lie in the warehouses to begin with. */
export function CreateProduct({ warehouses, onClose, onCreated }: CreateProductProps): JSX.Element {
  const sendOnce = useSendOnce<Product>();
  const creating = useAction(async (fields: Readonly<Record<string, string>>) => {
    const { data } = await sendOnce('/api/products/', newProduct(fields));
    onCreated(data);
  });
  return (
    <Dialog
      title="New product"
      action="Create product"
      isBusy={creating.isBusy}
      error={creating.error}
      onClose={onClose}
      onSubmit={(fields) => void creating.run(fields)}
    >
      <TextField label="Name" name="name" required maxLength={limits.name} autocomplete="off" />
      <PriceField />
      <TextField
        label="SKU (optional)"
        name="sku"
        maxLength={limits.sku}
        pattern="[A-Za-z0-9._\-]+"
        hint="Letters, digits, dots, underscores and hyphens; without one it gets one."
        autocomplete="off"
      />
      <ThresholdField />
      <fieldset class="units">
        <legend>Units in the warehouses</legend>
        <Loaded data={warehouses} height={9}>
          {(all) =>
            all.map(({ code, name }) => (
              <TextField
                key={code}
                label={`${code} · ${name}`}
                name={`${unitsIn}${code}`}
                type="number"
                min={0}
                max={limits.stock}
                step={1}
                placeholder="0"
              />
            ))
          }
        </Loaded>
      </fieldset>
    </Dialog>
  );
}

/** The body of the request; where nobody said how many units there are, there are none. */
function newProduct({ name, price, sku, threshold, ...rest }: Readonly<Record<string, string>>): object {
  const stock = Object.entries(rest)
    .filter(([field]) => field.startsWith(unitsIn))
    .map(([field, units]) => ({ warehouse: field.slice(unitsIn.length), quantity: Number(units) }));
  return {
    name,
    price,
    ...(sku === undefined ? {} : { sku }),
    ...(threshold === undefined ? {} : { low_stock_threshold: Number(threshold) }),
    ...(stock.length === 0 ? { total_stock: 0 } : { stock }),
  };
}
