import {
  allocate,
  defaultRule,
  type Allocation,
  type AllocationRule,
  type AllocationStrategy,
  type Demand,
} from '../domain/allocation.ts';
import type { Shortage } from '../domain/errors.ts';
import { openLevels, shortagesOf } from '../domain/fulfilment-plan.ts';
import type { StockMove } from '../domain/movement.ts';
import type { RequestedItem } from '../domain/order.ts';
import { allocateWhatThereIs } from '../domain/partial-allocation.ts';
import { forSale } from '../domain/product.ts';
import type { StockDelta } from '../domain/stock.ts';
import type { LockedProduct } from '../persistence/stock-levels.ts';

/** The rule that the input of a reserve carries: by priority when nobody said, as it was before there was a choice. */
export function ruleOf({ allocation, region }: AllocationInput): AllocationRule {
  return { strategy: allocation ?? defaultRule.strategy, region: region ?? defaultRule.region };
}

interface AllocationInput {
  readonly allocation?: AllocationStrategy;
  readonly region?: string | null;
}

/** An item and its product, whose units may be had. While orders wait for it, nobody else gets any: the levels are those one may take from. */
export interface WantedItem extends Demand {
  readonly product: LockedProduct;
}

/** An item with the units found for it; with `partial` these may be fewer than it wants, or none. */
export interface FoundUnits extends WantedItem {
  readonly allocations: readonly Allocation[];
}

/** The units of every item, or what is missing. */
export type UnitsOutcome = { readonly wanted: readonly WantedItem[] } & (
  { readonly met: readonly FoundUnits[] } | { readonly shortages: readonly Shortage[]; readonly closest: string | null }
);

/**
 * Looks for the units of every item in locked stock, all or nothing.
 * @param items each product once
 * @throws DomainError not-found or product-inactive for the first such product
 */
export function findUnits(
  products: ReadonlyMap<string, LockedProduct>,
  items: readonly RequestedItem[],
  rule: AllocationRule,
): UnitsOutcome {
  const wanted = items.map(({ productId, quantity }) => {
    const product = forSale(products, productId);
    return { product, quantity, levels: openLevels(product) };
  });
  const outcome = allocate(wanted, rule);
  if ('unmet' in outcome) return { wanted, shortages: shortagesOf(outcome), closest: outcome.closest };
  return { wanted, met: outcome.met.map(({ demand, allocations }) => ({ ...demand, allocations })) };
}

/** As many units of each item as there are. */
export function takeWhatThereIs(wanted: readonly WantedItem[], rule: AllocationRule): FoundUnits[] {
  return allocateWhatThereIs(wanted, rule).map(({ demand, allocations }) => ({ ...demand, allocations }));
}

/** Units of one reservation, and the warehouses they came out of. */
export interface AllocatedUnits {
  /** Of the reservation. */
  readonly id: string;
  readonly orderId: string | null;
  readonly productId: string;
  readonly allocations: readonly Allocation[];
}

/** One step of some reservations' units: how the ledger names it, and what it does to a level. */
export interface UnitStep {
  readonly type: StockMove['type'];
  readonly move: (quantity: number) => StockDelta;
  readonly reason?: string | undefined;
}

/** The stock moves of a step: exactly the allocated units of exactly those warehouses. */
export function movesOf(reservations: readonly AllocatedUnits[], { type, move, reason }: UnitStep): StockMove[] {
  return reservations.flatMap(({ id, orderId, productId, allocations }) =>
    allocations.map(({ warehouseId, quantity }) => {
      const of = { orderId, reservationId: id };
      return { productId, warehouseId, type, delta: move(quantity), of, reason: reason ?? null };
    }),
  );
}
