import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { limits } from '../../../domain/limits.ts';
import { session } from '../../client/session.ts';
import type { Accepted, Product, Reservation } from '../../client/shapes.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { ProductPicker } from '../../parts/product-picker.tsx';
import { useAction } from '../../parts/use-action.ts';
import { useSendOnce } from '../../parts/use-send-once.ts';
import { counted, shortId } from '../../parts/words.ts';

interface NewReservationProps {
  readonly onClose: () => void;
  readonly onDone: (sentence: string) => void;
}

/** Sets units aside without an order. */
export function NewReservation({ onClose, onDone }: NewReservationProps): JSX.Element {
  const [product, setProduct] = useState<Product>();
  const [isMissing, setMissing] = useState(false);
  const sendOnce = useSendOnce<Reservation | Accepted>();
  const reserving = useAction(async ({ id, sku }: Product, quantity: number, holdSeconds: number) => {
    const asked = { product_id: id, quantity, hold_seconds: holdSeconds };
    const { status, data } = await sendOnce('/api/reservations/', asked);
    onDone(
      status === 202
        ? `Reservation ${shortId(data.id)} was accepted; it is made as soon as a worker can.`
        : `Reservation ${shortId(data.id)} holds ${counted(quantity, 'unit')} of ${sku}.`,
    );
    onClose();
  });
  return (
    <Dialog
      title="New reservation"
      action="Reserve"
      isBusy={reserving.isBusy}
      error={reserving.error}
      onClose={onClose}
      onSubmit={({ quantity, hold_seconds: holdSeconds }) => {
        setMissing(product === undefined);
        if (product) void reserving.run(product, Number(quantity), Number(holdSeconds));
      }}
    >
      <ProductPicker label="Product" onPick={setProduct} />
      <p class="chosen" role="status">
        {product ? (
          <>
            <b>{product.sku}</b> {product.name}, {counted(product.available_stock, 'unit')} available
          </>
        ) : isMissing ? (
          'Choose a product first: type a part of its SKU or name.'
        ) : (
          'No product is chosen yet.'
        )}
      </p>
      <TextField
        label="Quantity"
        name="quantity"
        type="number"
        value={1}
        min={1}
        max={limits.quantity}
        step={1}
        required
      />
      <TextField
        label="Hold, in seconds"
        name="hold_seconds"
        type="number"
        value={session.get()?.hold_seconds ?? 300}
        min={1}
        max={limits.holdSeconds}
        step={1}
        required
        hint="If it is neither confirmed nor released by then, it expires"
      />
    </Dialog>
  );
}
