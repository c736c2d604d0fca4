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
}

/** The warehouse that takes stock when none is named. Migrations create it. */
export const defaultWarehouse = 'MAIN';
