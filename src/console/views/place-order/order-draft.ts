import { allocationStrategies, type AllocationStrategy } from '../../../domain/allocation.ts';
import { limits } from '../../../domain/limits.ts';
import { formatMoney, lineTotal, parseMoney } from '../../../domain/money.ts';
import type { ShortagePolicy } from '../../../domain/order.ts';
import type { Product } from '../../client/shapes.ts';

/** A product that was picked, and how many units as they were typed. */
export interface DraftLine {
  readonly product: Product;
  readonly quantity: string;
}

/** An order that is being filled in. */
export interface OrderDraft {
  readonly lines: readonly DraftLine[];
  readonly reference: string;
  readonly holdSeconds: string;
  readonly allocation: AllocationStrategy;
  /** Empty when nobody said where it goes. */
  readonly region: string;
  readonly onShortage: ShortagePolicy;
  readonly waitSeconds: string;
}

export const allocationWords = {
  priority: 'in the order of the warehouses',
  nearest: 'nearest to the region first',
  'fewest-splits': 'from as few warehouses as can be',
  single: 'from a single warehouse',
} as const satisfies Record<AllocationStrategy, string>;

export const allocations = allocationStrategies.map((way) => [way, `${way}: ${allocationWords[way]}`] as const);

/** What can be done when there is not enough; an order waits for one product only. */
export function shortageChoices(lines: readonly DraftLine[]): readonly (readonly [ShortagePolicy, string])[] {
  const choices = [
    ['reject', 'reject: place no order'],
    ['partial', 'partial: take what there is'],
  ] as const;
  return lines.length > 1 ? choices : [...choices, ['wait', 'wait: join the waiting list']];
}

export function policyOf({ lines, onShortage }: OrderDraft): ShortagePolicy {
  return lines.length > 1 && onShortage === 'wait' ? 'reject' : onShortage;
}

/** One unit more of a product that is there already. */
export function withProduct(lines: readonly DraftLine[], product: Product): readonly DraftLine[] {
  const isThere = lines.some((line) => line.product.id === product.id);
  if (!isThere) return [...lines, { product, quantity: '1' }];
  return lines.map((line) =>
    line.product.id === product.id ? { ...line, quantity: String((unitsOf(line) ?? 0) + 1) } : line,
  );
}

/** How many units a line is for; undefined while that is no number of units. */
export function unitsOf({ quantity }: DraftLine): number | undefined {
  const units = Number(quantity);
  return quantity.trim() !== '' && Number.isInteger(units) && units >= 1 && units <= limits.quantity
    ? units
    : undefined;
}

/** What is wanted, as requests have it; null while something is missing. */
export function itemsOf(lines: readonly DraftLine[]): readonly { product_id: string; quantity: number }[] | null {
  const items = lines.flatMap((line) => {
    const quantity = unitsOf(line);
    return quantity === undefined ? [] : [{ product_id: line.product.id, quantity }];
  });
  return items.length > 0 && items.length === lines.length ? items : null;
}

/** What the order costs, as the API writes amounts; lines without units cost nothing yet. */
export function totalOf(lines: readonly DraftLine[]): string {
  const minor = lines.map((line) => lineTotal(parseMoney(line.product.price), unitsOf(line) ?? 0));
  return formatMoney(minor.reduce((sum, each) => sum + each, 0n));
}

/** The body of the request that places it. */
export function bodyOf(draft: OrderDraft): object {
  const { lines, reference, holdSeconds, allocation, region, waitSeconds } = draft;
  const policy = policyOf(draft);
  return {
    items: itemsOf(lines) ?? [],
    ...(reference.trim() === '' ? {} : { reference: reference.trim() }),
    ...(holdSeconds === '' ? {} : { hold_seconds: Number(holdSeconds) }),
    allocation,
    ...(region === '' ? {} : { region }),
    on_shortage: policy,
    ...(policy === 'wait' && waitSeconds !== '' ? { wait_seconds: Number(waitSeconds) } : {}),
  };
}
