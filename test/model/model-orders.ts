import type { Ending, How, ProductName } from './operations.ts';

/** A reservation: of a line of an order, or one that stands alone. */
export interface Line {
  readonly name: string;
  readonly product: ProductName;
  readonly quantity: number;
  readonly from: Readonly<Record<string, number>>;
  ended: Ending | null;
}

export interface ModelOrder {
  readonly name: string;
  status: string;
  cancelReason: string | null;
  readonly how: How;
  readonly lines: readonly Line[];
}

/** In minor units. */
export const prices: Readonly<Record<ProductName, number>> = { tea: 250, cup: 999, pot: 1 };

/** An order as an answer shows it. */
export function presentOrder({ name: order, status, cancelReason, how, lines }: ModelOrder) {
  const quantity = lines.reduce((sum, line) => sum + line.quantity, 0);
  const total = money(lines.reduce((sum, line) => sum + line.quantity * prices[line.product], 0));
  return { order, status, cancelReason, how, quantity, total, lines: lines.map(presentLine) };
}

/** A reservation as an answer shows it. */
export function presentLine({ name: reservation, product, quantity, from, ended }: Line): object {
  return { reservation, product, quantity, from, ended };
}

/** An amount of minor units as an answer shows it. */
export function money(minor: number): string {
  return (minor / 100).toFixed(2);
}
