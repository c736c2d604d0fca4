/** The stock of one product in one warehouse, as allocation sees it: locked, in the order warehouses are to be used. */
export interface AllocatableLevel {
  readonly warehouseId: string;
  readonly warehouse: string;
  /** Where the warehouse is; null when nobody said. */
  readonly region: string | null;
  readonly available: number;
  /** Whether the warehouse takes new reservations. */
  readonly active: boolean;
}

/** How many units of a reservation come out of one warehouse (named by its code). */
export interface Allocation {
  readonly warehouseId: string;
  readonly warehouse: string;
  readonly quantity: number;
}

/** The units that an order could take from these levels. */
export function takeable(levels: readonly AllocatableLevel[]): number {
  return levels.reduce((sum, level) => sum + (level.active ? level.available : 0), 0);
}

/**
 * Splits a quantity over the levels in their given order (priority, then code): the first is emptied before the next is touched.
 * @returns the allocations, together exactly `quantity` units; null when the levels do not hold enough
 */
export function allocate(levels: readonly AllocatableLevel[], quantity: number): Allocation[] | null {
  const allocations: Allocation[] = [];
  let missing = quantity;
  for (const { warehouseId, warehouse, available, active } of levels) {
    if (missing === 0) break;
    const taken = active ? Math.min(available, missing) : 0;
    if (taken > 0) allocations.push({ warehouseId, warehouse, quantity: taken });
    missing -= taken;
  }
  return missing === 0 ? allocations : null;
}
