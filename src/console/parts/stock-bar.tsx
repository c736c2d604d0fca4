import type { JSX } from 'preact';
import { counted } from './words.ts';

/** Units as a bar: what is available, and behind it what is reserved, of the most that any bar beside it shows. */
export function StockBar({
  available,
  reserved,
  most,
}: {
  readonly available: number;
  readonly reserved: number;
  readonly most: number;
}): JSX.Element {
  const share = (units: number): string => `${most === 0 ? 0 : (units / most) * 100}%`;
  return (
    <span
      class="stock-bar"
      role="img"
      aria-label={`${counted(available, 'unit')} available, ${counted(reserved, 'unit')} reserved`}
    >
      <span class="stock-available" style={{ width: share(available) }} />
      <span class="stock-reserved" style={{ width: share(reserved) }} />
    </span>
  );
}
