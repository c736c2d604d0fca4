import { DomainError, notFound } from './errors.ts';
import type { StockFigures } from './stock.ts';

/** What of a product lies in one warehouse. */
export interface WarehouseStock extends StockFigures {
  /** By its code. */
  readonly warehouse: string;
}

/** A product with its stock summed over all warehouses, inactive ones too. JSON-safe. */
export interface Product {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  /** Decimal string with two decimals. */
  readonly price: string;
  readonly active: boolean;
  readonly totalStock: number;
  readonly availableStock: number;
  readonly reservedStock: number;
  /** In the order in which warehouses are used. */
  readonly stock: readonly WarehouseStock[];
  readonly createdAt: string;
  readonly updatedAt: string;
  /** It is low when no more units than this are available; null when nobody said. */
  readonly lowStockThreshold: number | null;
}

/** The warehouse that takes stock when none is named. Migrations create it. */
export const defaultWarehouse = 'MAIN';

/**
 * A product that can be ordered, out of those that were found.
 * @throws DomainError not-found, product-inactive
 */
export function forSale<P extends Pick<Product, 'sku' | 'active'>>(products: ReadonlyMap<string, P>, id: string): P {
  const product = products.get(id);
  if (!product) throw notFound('Product', id);
  const { sku, active } = product;
  if (!active) throw new DomainError('product-inactive', `Product ${sku} is not for sale.`, { productId: id, sku });
  return product;
}
