import * as fc from 'fast-check';
import { takeable, type AllocatableLevel, type Allocation, type Demand } from '../../src/domain/allocation.ts';

/** One product in one warehouse, named by its code; what is left out gets a default. */
export function level(
  warehouse: string,
  available: number,
  fields: Partial<Pick<AllocatableLevel, 'priority' | 'region' | 'active'>> = {},
): AllocatableLevel {
  return {
    warehouseId: `id-of-${warehouse}`,
    warehouse,
    available,
    priority: 100,
    region: null,
    active: true,
    ...fields,
  };
}

/** Units that somebody wants. */
export function demand(quantity: number, levels: readonly AllocatableLevel[]): Demand {
  return { quantity, levels };
}

/** What is taken from each warehouse, by its code. */
export function quantitiesOf(allocations: readonly Allocation[]): Record<string, number> {
  return Object.fromEntries(allocations.map(({ warehouse, quantity }) => [warehouse, quantity]));
}

const place = fc.record({
  priority: fc.integer({ min: 0, max: 2 }),
  region: fc.constantFrom(null, 'North', 'south', 'NORTH'),
  shut: fc.nat(5).map((chance) => chance === 0),
});

/** Up to three products in up to five warehouses; a product need not be in all of them. */
export const anyDemands: fc.Arbitrary<Demand[]> = fc
  .record({
    places: fc.array(place, { minLength: 1, maxLength: 5 }),
    lines: fc.array(
      fc.record({
        quantity: fc.integer({ min: 1, max: 9 }),
        figures: fc.array(fc.option(fc.nat(6)), { minLength: 5, maxLength: 5 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ places, lines }) =>
    lines.map(({ quantity, figures }) =>
      demand(
        quantity,
        places.flatMap(({ priority, region, shut }, n) => {
          const available = figures[n] ?? null;
          return available === null ? [] : [level(`W${n}`, available, { priority, region, active: !shut })];
        }),
      ),
    ),
  );

/** The ids of the active warehouses that hold any of what is wanted, in the order they are used. */
export function warehousesIn(demands: readonly Demand[]): string[] {
  const levels = demands.flatMap(({ levels }) => levels).filter(({ active }) => active);
  const inOrder = levels.toSorted((a, b) => a.priority - b.priority || a.warehouse.localeCompare(b.warehouse));
  return Array.from(new Set(inOrder.map(({ warehouseId }) => warehouseId)));
}

/** All subsets of a list, each in its order; of equally large ones those with the earlier members first. */
export function subsetsOf<T>(list: readonly T[]): T[][] {
  const [first, ...rest] = list;
  if (first === undefined) return [[]];
  const others = subsetsOf(rest);
  return [...others.map((subset) => [first, ...subset]), ...others];
}

/** By trying them all: the smallest sets of warehouses that can meet all demands, the first one first. */
export function smallestSets(demands: readonly Demand[]): string[][] {
  const able = subsetsOf(warehousesIn(demands)).filter((ids) =>
    demands.every(
      ({ quantity, levels }) => takeable(levels.filter((one) => ids.includes(one.warehouseId))) >= quantity,
    ),
  );
  const smallest = Math.min(...able.map(({ length }) => length));
  return able.filter(({ length }) => length === smallest);
}
