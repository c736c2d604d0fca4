import {
  allocate,
  allocationStrategies,
  availableIn,
  isIn,
  warehousesOf,
  type AllocatableLevel,
  type AllocatableWarehouse,
  type Allocation,
  type AllocationOutcome,
  type AllocationRule,
  type AllocationStrategy,
  type Demand,
} from './allocation.ts';
import type { Shortage } from './errors.ts';

/** Units of one product that an order would have as a line. */
export interface PlannedItem extends Demand {
  /** `waiting`: orders that wait for it. */
  readonly product: { readonly id: string; readonly sku: string; readonly waiting: number };
}

/**
 * Why a warehouse gives nothing. `inactive`: it takes no new reservations. `waited-for`: orders that came first wait for what it holds of
 * the products. `no-stock`: nothing of what is wanted is available there.
 * `not-needed`: others come first and have enough. `not-enough`: it cannot give what is missing. `more-parcels`: with it, more
 * warehouses would have to send something.
 */
export const passedOverReasons = [
  'inactive',
  'waited-for',
  'no-stock',
  'not-needed',
  'not-enough',
  'more-parcels',
] as const;

export type PassedOverReason = (typeof passedOverReasons)[number];

/** A warehouse that holds some of the products and gives nothing, and why. */
export interface PassedOver {
  /** By its code. */
  readonly warehouse: string;
  readonly reason: PassedOverReason;
  /** The same in a sentence. */
  readonly detail: string;
}

/** What one way of allocating would do. */
export interface FulfilmentPlan {
  readonly allocation: AllocationStrategy;
  readonly possible: boolean;
  /** From how many warehouses something would be sent; 0 when it is not possible. */
  readonly warehouses: number;
  /** Without allocations when it is not possible. */
  readonly lines: readonly { readonly item: PlannedItem; readonly allocations: readonly Allocation[] }[];
  /** Empty when it is possible. */
  readonly shortages: readonly Shortage[];
  readonly passedOver: readonly PassedOver[];
}

/**
 * What each way of allocating would do with an order right now. `nearest` is left out when nobody said where the order goes.
 * @param items each product once
 */
export function planFulfilment(items: readonly PlannedItem[], region: string | null): FulfilmentPlan[] {
  const strategies = allocationStrategies.filter((strategy) => strategy !== 'nearest' || region !== null);
  return strategies.map((strategy) => {
    const rule = { strategy, region };
    const outcome = allocate(items, rule);
    const met = 'met' in outcome ? outcome.met : items.map((item) => ({ demand: item, allocations: [] }));
    return {
      allocation: strategy,
      possible: 'met' in outcome,
      warehouses: usedBy(outcome).length,
      lines: met.map(({ demand, allocations }) => ({ item: demand, allocations })),
      shortages: shortagesOf(outcome),
      passedOver: passedOver(items, rule, outcome),
    };
  });
}

/** The levels that a newcomer may take from: while orders wait for a product, nothing of it is available to anybody behind them. */
export function openLevels<L extends AllocatableLevel>(product: {
  readonly waiting: number;
  readonly levels: readonly L[];
}): readonly L[] {
  return product.waiting === 0 ? product.levels : product.levels.map((level) => ({ ...level, available: 0 }));
}

/** What a refusal says of each product that could not be had. */
export function shortagesOf(outcome: AllocationOutcome<PlannedItem>): Shortage[] {
  if ('met' in outcome) return [];
  return outcome.unmet.map(({ demand: { product, quantity }, available }) => {
    const { id: productId, sku, waiting } = product;
    return { productId, sku, requested: quantity, available, ...(waiting > 0 ? { waiting } : {}) };
  });
}

function passedOver(
  items: readonly PlannedItem[],
  rule: AllocationRule,
  outcome: AllocationOutcome<PlannedItem>,
): PassedOver[] {
  const used = usedBy(outcome);
  const places = warehousesOf(items);
  const figures = items.map((item) => availableIn(item, places));
  return places.flatMap((place, position) => {
    if (used.includes(place.warehouse)) return [];
    const stock = figures.map((row) => row[position] ?? 0);
    return [{ warehouse: place.warehouse, ...whyNot(place, { items, stock, rule, used, outcome }) }];
  });
}

interface Situation {
  readonly items: readonly PlannedItem[];
  /** The units of each item that are available in the warehouse. */
  readonly stock: readonly number[];
  readonly rule: AllocationRule;
  /** The codes of the warehouses that give something. */
  readonly used: readonly string[];
  readonly outcome: AllocationOutcome<PlannedItem>;
}

function whyNot(
  place: AllocatableWarehouse,
  { items, stock, rule, used, outcome }: Situation,
): Omit<PassedOver, 'warehouse'> {
  const { warehouse: code, active } = place;
  const { strategy } = rule;
  if (!active) return { reason: 'inactive', detail: `${code} is not active: it takes no new reservations.` };
  if (stock.every((units) => units === 0)) {
    const awaited = items
      .filter(({ product, levels }) => product.waiting > 0 && levels.some(({ warehouse }) => warehouse === code))
      .map(({ product }) => product.sku);
    if (awaited.length > 0) {
      return { reason: 'waited-for', detail: `Orders that came first wait for ${inWords(awaited)}.` };
    }
    return { reason: 'no-stock', detail: `${code} has nothing available of what is wanted.` };
  }
  const lacking = items.flatMap(({ product, quantity }, line) => {
    const missing = quantity - (stock[line] ?? 0);
    return missing > 0 ? [`${missing} of ${product.sku}`] : [];
  });
  const lacks = lacking.length > 0 ? `${code} lacks ${lacking.join(', ')}` : null;
  if (strategy === 'single' && lacks !== null) return { reason: 'not-enough', detail: `${lacks}.` };
  if ('unmet' in outcome) {
    const all = outcome.unmet.map(({ demand: { quantity, product }, available }) => {
      return `${quantity - available} of ${product.sku}`;
    });
    return { reason: 'not-enough', detail: `All active warehouses together lack ${all.join(', ')}.` };
  }
  if (strategy === 'fewest-splits' && used.length === 1 && lacks !== null) {
    return { reason: 'more-parcels', detail: `${lacks}; ${inWords(used)} has everything alone.` };
  }
  return { reason: 'not-needed', detail: whyNotNeeded(place, rule, used) };
}

function whyNotNeeded(
  place: AllocatableWarehouse,
  { strategy, region }: AllocationRule,
  used: readonly string[],
): string {
  if (strategy === 'single' || strategy === 'fewest-splits') {
    return used.length === 1
      ? `${inWords(used)} comes before it and has everything.`
      : `${inWords(used)} together have everything without it.`;
  }
  const before =
    strategy === 'priority'
      ? 'that come before it'
      : isIn(place, region)
        ? 'of the region that come before it'
        : 'that are in the region or come before it';
  return `Warehouses ${before} have enough of what it holds.`;
}

/** The codes of the warehouses that give something, in the order they are first named. */
function usedBy(outcome: AllocationOutcome<PlannedItem>): string[] {
  if ('unmet' in outcome) return [];
  return Array.from(new Set(outcome.met.flatMap(({ allocations }) => allocations.map(({ warehouse }) => warehouse))));
}

function inWords(codes: readonly string[]): string {
  return codes.length === 1 ? `${codes[0]}` : `${codes.slice(0, -1).join(', ')} and ${codes.at(-1)}`;
}
