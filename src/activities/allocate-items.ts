import {
  allocate,
  defaultRule,
  type Allocation,
  type AllocationRule,
  type AllocationStrategy,
} from '../domain/allocation.ts';
import { DomainError, type Shortage } from '../domain/errors.ts';
import { shortagesOf } from '../domain/fulfilment-plan.ts';
import type { StockMove } from '../domain/movement.ts';
import type { RequestedItem } from '../domain/order.ts';
import { forSale } from '../domain/product.ts';
import type { StockDelta } from '../domain/stock.ts';
import type { LockedProduct } from '../persistence/stock-levels.ts';

/** An item whose units have been found, and where they come from. */
export interface AllocatedItem {
  readonly product: LockedProduct;
  readonly quantity: number;
  readonly allocations: readonly Allocation[];
}

/** The rule that the input of a reserve carries: by priority when nobody said, as it was before there was a choice. */
export function ruleOf({ allocation, region }: AllocationInput): AllocationRule {
  return { strategy: allocation ?? defaultRule.strategy, region: region ?? defaultRule.region };
}

interface AllocationInput {
  readonly allocation?: AllocationStrategy;
  readonly region?: string | null;
}

/**
 * Finds the units of every item in locked stock, all or nothing.
 * @param items each product once
 * @throws DomainError not-found or product-inactive for the first such product, insufficient-stock naming every shortage
 */
export function allocateItems(
  products: ReadonlyMap<string, LockedProduct>,
  items: readonly RequestedItem[],
  rule: AllocationRule,
): AllocatedItem[] {
  const wanted = items.map(({ productId, quantity }) => {
    const product = forSale(products, productId);
    return { product, quantity, levels: product.levels };
  });
  const outcome = allocate(wanted, rule);
  if ('unmet' in outcome) throw insufficientStock(shortagesOf(outcome), rule, outcome.closest);
  return outcome.met.map(({ demand: { product, quantity }, allocations }) => ({ product, quantity, allocations }));
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

function insufficientStock(
  shortages: readonly Shortage[],
  { strategy }: AllocationRule,
  closest: string | null,
): DomainError<'insufficient-stock'> {
  const each = shortages
    .map(({ sku, requested, available }) => `${requested} of ${sku} (${available} available)`)
    .join(', ');
  if (strategy !== 'single') {
    return new DomainError('insufficient-stock', `There is not enough stock for ${each}.`, { shortages });
  }
  const why = closest === null ? 'no active one holds' : `${closest} comes closest and does not have`;
  const message = `No single warehouse has everything: ${why} ${each}.`;
  return new DomainError('insufficient-stock', message, { shortages });
}
