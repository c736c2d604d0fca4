import { allocate, takeable, type Allocation } from '../domain/allocation.ts';
import { DomainError, notFound, type Shortage } from '../domain/errors.ts';
import type { RequestedItem } from '../domain/order.ts';
import { stockMoves } from '../domain/stock.ts';
import type { LockedProduct, StockMove } from '../persistence/stock-levels.ts';

/** An item whose units have been found: where they come from and what that does to the stock levels. */
export interface AllocatedItem {
  readonly product: LockedProduct;
  readonly quantity: number;
  readonly allocations: readonly Allocation[];
  readonly moves: readonly StockMove[];
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
      const moves = movesOf(product.id, allocations, stockMoves.reserve);
      allocated.push({ product, quantity, allocations, moves });
    }
  }
  if (shortages.length > 0) throw insufficientStock(shortages);
  return allocated;
}

/** The stock moves that one movement makes in each warehouse of an allocation. */
export function movesOf(
  productId: string,
  allocations: readonly Allocation[],
  move: (quantity: number) => StockMove['delta'],
): StockMove[] {
  return allocations.map(({ warehouseId, quantity }) => ({ productId, warehouseId, delta: move(quantity) }));
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
