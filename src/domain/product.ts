/** A product with its stock summed over all warehouses. JSON-safe. */
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
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The warehouse that takes stock when none is named. Migrations create it. */
export const defaultWarehouse = 'MAIN';
