import { spans, type Ending, type How, type OnShortage, type ProductName } from './operations.ts';

/** A reservation: of a line of an order, or one that stands alone. */
export interface Line {
  readonly name: string;
  readonly product: ProductName;
  readonly quantity: number;
  readonly from: Readonly<Record<string, number>>;
  ended: Ending | null;
  /** Seconds that its hold was extended by. */
  extended: number;
  /** Whose limits it counts for. */
  readonly holder: string;
}

/** What an order is about: `quantity` of what was ordered. */
export interface OrderItem {
  readonly line: number;
  readonly product: ProductName;
  readonly ordered: number;
  readonly quantity: number;
  /** In minor units. */
  readonly price: number;
}

export interface ModelOrder {
  readonly name: string;
  readonly placedBy: string;
  status: string;
  cancelReason: string | null;
  readonly how: How;
  readonly onShortage: OnShortage;
  readonly items: readonly OrderItem[];
  /** None before it is served, if it waits. */
  lines: readonly Line[];
  readonly rescuedFrom: string | null;
  rescuedBy: string | null;
}

/** In minor units, when a run begins. */
export const prices: Readonly<Record<ProductName, number>> = { tea: 250, cup: 999, pot: 1 };

/** Units of an order and what they cost. */
export function sumsOf({ items }: Pick<ModelOrder, 'items'>) {
  const quantity = items.reduce((sum, item) => sum + item.quantity, 0);
  return { quantity, total: money(items.reduce((sum, item) => sum + item.quantity * item.price, 0)) };
}

/** An order as an answer shows it. @param place in its waiting list, from 1; null when it does not wait */
export function presentOrder(order: ModelOrder, place: number | null): object {
  const { name, items, lines, status, cancelReason, how, onShortage, placedBy, rescuedFrom, rescuedBy } = order;
  const is = { status, cancelReason, how, onShortage, placedBy, rescuedFrom, rescuedBy, place };
  const [first] = lines;
  return {
    order: name,
    ...is,
    ...sumsOf(order),
    lasts: first ? spans.hold + first.extended : null,
    items: items.map(({ line, product, ordered, quantity, price }) => {
      const reserved = lines.some((held) => held.product === product) ? quantity : 0;
      return { line, product, ordered, quantity, reserved, price: money(price) };
    }),
    lines: lines.map(presentLine),
  };
}

/** A reservation as an answer shows it. `lasts`: how long its hold is, in seconds. */
export function presentLine({ name: reservation, product, quantity, from, ended, extended }: Line): object {
  return { reservation, product, quantity, from, ended, extended, lasts: spans.hold + extended };
}

/** An amount of minor units as an answer shows it. */
export function money(minor: number): string {
  return (minor / 100).toFixed(2);
}
