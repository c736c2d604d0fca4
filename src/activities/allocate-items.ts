import { allocate, takeable, type Allocation } from '../domain/allocation.ts';
import { DomainError, notFound, type Shortage } from '../domain/errors.ts';
import type { StockMove } from '../domain/movement.ts';
import type { RequestedItem } from '../domain/order.ts';
import type { StockDelta } from '../domain/stock.ts';
import type { LockedProduct } from '../persistence/stock-levels.ts';

/** An item whose units have been found, and where they come from. */
export interface AllocatedItem {
  readonly product: LockedProduct;
  readonly quantity: number;
  readonly allocations: readonly Allocation[];
}

/**
 * Finds the units of every item in locked stock, all or nothing.
 * @param items each product once
 * @throws DomainError not-found or product-inactive for the first such product, insufficient-stock naming every shortage
 */
export function allocateItems(
  products: ReadonlyMap<string, LockedProduct>,
  items: readonly RequestedItem[],
): AllocatedItem[] {
  const wanted = items.map(({ productId, quantity }) => ({ product: sellable(products, productId), quantity }));
  const shortages: Shortage[] = [];
  const allocated: AllocatedItem[] = [];
  for (const { product, quantity } of wanted) {
    const allocations = allocate(product.levels, quantity);
    if (allocations === null) {
      const available = takeable(product.levels);
      shortages.push({ productId: product.id, sku: product.sku, requested: quantity, available });
    } else {
      allocated.push({ product, quantity, allocations });
    }
  }
  if (shortages.length > 0) throw insufficientStock(shortages);
  return allocated;
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

function sellable(products: ReadonlyMap<string, LockedProduct>, id: string): LockedProduct {
  const product = products.get(id);
  if (!product) throw notFound('Product', id);
  if (!product.active) {
    const { sku } = product;
    throw new DomainError('product-inactive', `Product ${sku} is not for sale.`, { productId: id, sku });
  }
  return product;
}

function insufficientStock(shortages: readonly Shortage[]): DomainError<'insufficient-stock'> {
  const each = shortages.map(({ sku, requested, available }) => `${requested} of ${sku} (${available} available)`);
  return new DomainError('insufficient-stock', `There is not enough stock for ${each.join(', ')}.`, { shortages });
}
