import type { JSX } from 'preact';
import { limits } from '../../../domain/limits.ts';
import { session } from '../../client/session.ts';
import { useStore } from '../../client/store.ts';
import { TextField } from '../../parts/field.tsx';

export function PriceField({ value }: { readonly value?: string }): JSX.Element {
  const currency = useStore(session)?.currency ?? '';
  return (
    <TextField
      label={`Price in ${currency}`}
      name="price"
      required
      pattern="\d{1,7}([.]\d{1,2})?"
      placeholder="0.00"
      hint="With at most two decimals, such as 12.50."
      autocomplete="off"
      value={value}
    />
  );
}

export function ThresholdField({ value }: { readonly value?: number | null }): JSX.Element {
  return (
    <TextField
      label="Low-stock threshold (optional)"
      name="threshold"
      type="number"
      min={0}
      max={limits.stock}
      step={1}
      hint="The product counts as low when no more units than this are available."
      value={value ?? undefined}
    />
  );
}
