import {
  allocate,
  availableIn,
  takeable,
  warehousesOf,
  type AllocationRule,
  type Demand,
  type Met,
} from './allocation.ts';

/**
 * Finds as many units of each demand as there are; of `single`, of the warehouse that can give the most of them all.
 * @param demands each product once
 * @returns every demand in the order given, those that get nothing without allocations
 */
export function allocateWhatThereIs<D extends Demand>(demands: readonly D[], rule: AllocationRule): Met<D>[] {
  const least = rule.strategy === 'single' ? takeableFromOne(demands) : demands.map(({ levels }) => takeable(levels));
  const wanted = demands.map((demand, line) => ({
    demand,
    levels: demand.levels,
    quantity: Math.min(demand.quantity, least[line] ?? 0),
  }));
  const some = wanted.filter(({ quantity }) => quantity > 0);
  const outcome = some.length === 0 ? { met: [] } : allocate(some, rule);
  if ('unmet' in outcome) throw new Error('Units that are there cannot be allocated');
  const found = new Map(outcome.met.map(({ demand: { demand }, allocations }) => [demand, allocations]));
  return demands.map((demand) => ({ demand, allocations: found.get(demand) ?? [] }));
}

/** What each demand could have out of the one active warehouse that gives the most units in all, the first in use of equals. */
function takeableFromOne(demands: readonly Demand[]): number[] {
  const places = warehousesOf(demands).filter(({ active }) => active);
  const figures = demands.map((demand) => availableIn(demand, places));
  let best: { readonly units: number; readonly given: number[] } = { units: 0, given: demands.map(() => 0) };
  for (const position of places.keys()) {
    const given = demands.map(({ quantity }, line) => Math.min(quantity, figures[line]?.[position] ?? 0));
    const units = given.reduce((sum, some) => sum + some, 0);
    if (units > best.units) best = { units, given };
  }
  return best.given;
}
