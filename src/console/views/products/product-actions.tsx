import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Product } from '../../client/shapes.ts';
import { useWarehouses } from '../../client/use-warehouses.ts';
import { useMay } from '../../parts/use-may.ts';
import { AdjustStock } from './adjust-stock.tsx';
import { EditProduct } from './edit-product.tsx';
import { TransferStock } from './transfer-stock.tsx';

const dialogs = { edit: EditProduct, adjust: AdjustStock, transfer: TransferStock } as const;

const buttons = [
  ['edit', 'Edit product'],
  ['adjust', 'Adjust stock'],
  ['transfer', 'Transfer stock'],
] as const satisfies readonly (readonly [keyof typeof dialogs, string])[];

interface ProductActionsProps {
  /** Undefined until it is there: its buttons keep their places. */
  readonly product: Product | undefined;
  readonly reload: () => void;
}

/** What can be done with a product, for those who may. */
export function ProductActions({ product, reload }: ProductActionsProps): JSX.Element {
  const [open, setOpen] = useState<keyof typeof dialogs>();
  const mayChange = useMay('admin');
  const mayOrder = useMay('operator');
  const warehouses = useWarehouses();
  const Opened = open && dialogs[open];
  return (
    <>
      {mayChange &&
        buttons.map(([dialog, name]) => (
          <button key={dialog} type="button" disabled={product === undefined} onClick={() => setOpen(dialog)}>
            {name}
          </button>
        ))}
      {mayOrder && (
        <a class="button primary" href={product ? `/place-order?product_id=${product.id}` : '/place-order'}>
          Place an order
        </a>
      )}
      {Opened && product && (
        <Opened
          product={product}
          warehouses={warehouses}
          onClose={() => setOpen(undefined)}
          onDone={() => {
            setOpen(undefined);
            reload();
          }}
        />
      )}
    </>
  );
}
