import { fewestSources } from './fewest-sources.ts';

export const allocationStrategies = ['priority', 'nearest', 'fewest-splits', 'single'] as const;

/**
 * How the units of an order are looked for. `priority`: each line from the warehouses in the order they are used, the first emptied
 * before the next. `nearest`: the same, those in the order's region first. `fewest-splits`: the whole order from as few warehouses as
 * can have it, each line split as little as they allow. `single`: the whole order from one warehouse, or not at all.
 */
export type AllocationStrategy = (typeof allocationStrategies)[number];

/** How to look for units, and where the order goes. */
export interface AllocationRule {
  readonly strategy: AllocationStrategy;
  /** Null when nobody said; then no warehouse is near. */
  readonly region: string | null;
}

/** What applies where nobody said anything, and to everything that was begun before there was a choice. */
export const defaultRule: AllocationRule = { strategy: 'priority', region: null };

/** A warehouse as allocation sees it. */
export interface AllocatableWarehouse {
  readonly warehouseId: string;
  /** Its code. */
  readonly warehouse: string;
  /** Lower is used first, then the code decides. */
  readonly priority: number;
  /** Where the warehouse is; null when nobody said. */
  readonly region: string | null;
  /** Whether the warehouse takes new reservations. */
  readonly active: boolean;
}

/** The stock of one product in one warehouse. */
export interface AllocatableLevel extends AllocatableWarehouse {
  readonly available: number;
}

/** Units of one product that somebody wants, and where that product lies. */
export interface Demand {
  readonly quantity: number;
  /** In any order, each warehouse once. */
  readonly levels: readonly AllocatableLevel[];
}

/** How many units of a reservation come out of one warehouse (named by its code). */
export interface Allocation {
  readonly warehouseId: string;
  readonly warehouse: string;
  readonly quantity: number;
}

/** A demand with its units, which are together exactly its quantity; in the order the warehouses are used. */
export interface Met<D extends Demand> {
  readonly demand: D;
  readonly allocations: readonly Allocation[];
}

/** A demand that cannot be met, and the units that it could have had: for `single` those in the warehouse that comes closest. */
export interface Unmet<D extends Demand> {
  readonly demand: D;
  readonly available: number;
}

/** All demands met, or those that are not. */
export type AllocationOutcome<D extends Demand> =
  | { readonly met: readonly Met<D>[] }
  | {
      readonly unmet: readonly Unmet<D>[];
      /** Of `single`: the warehouse that lacks the fewest units, by its code; null when no active one was there. */
      readonly closest: string | null;
    };

/**
 * Finds the units of all demands, or of none. Only active warehouses are used.
 * @param demands each product once
 * @param searchLimit how long `fewest-splits` searches before it is content with a set that may not be the smallest, see fewestSources
 */
export function allocate<D extends Demand>(
  demands: readonly D[],
  { strategy, region }: AllocationRule,
  searchLimit?: number,
): AllocationOutcome<D> {
  if (strategy === 'single') return fromOneWarehouse(demands);
  const unmet = demands
    .map((demand) => ({ demand, available: takeable(demand.levels) }))
    .filter(({ demand, available }) => available < demand.quantity);
  if (unmet.length > 0) return { unmet, closest: null };
  if (strategy === 'fewest-splits') return fromFewestWarehouses(demands, searchLimit);
  const isNear = strategy === 'nearest' ? (of: AllocatableWarehouse) => isIn(of, region) : () => false;
  return {
    met: demands.map((demand) => {
      const levels = demand.levels.toSorted((a, b) => Number(isNear(b)) - Number(isNear(a)) || byUse(a, b));
      return { demand, allocations: take(levels, demand.quantity) };
    }),
  };
}

/** The units that an order could take from these levels. */
export function takeable(levels: readonly AllocatableLevel[]): number {
  return levels.reduce((sum, level) => sum + (level.active ? level.available : 0), 0);
}

/** Whether a warehouse is in a region, ignoring case. */
export function isIn({ region: own }: AllocatableWarehouse, region: string | null): boolean {
  return own !== null && region !== null && own.toLowerCase() === region.toLowerCase();
}

/** The warehouses that hold any of what is wanted, in the order they are used: priority, then code. */
export function warehousesOf(demands: readonly Demand[]): AllocatableWarehouse[] {
  const byId = new Map<string, AllocatableWarehouse>();
  for (const { levels } of demands) for (const level of levels) byId.set(level.warehouseId, level);
  return Array.from(byId.values()).sort(byUse);
}

/** The units of a demand that are available in each of some warehouses, active or not. */
export function availableIn({ levels }: Demand, places: readonly AllocatableWarehouse[]): number[] {
  const available = new Map(levels.map((level) => [level.warehouseId, level.available]));
  return places.map(({ warehouseId }) => available.get(warehouseId) ?? 0);
}

function byUse(a: AllocatableWarehouse, b: AllocatableWarehouse): number {
  return a.priority - b.priority || (a.warehouse < b.warehouse ? -1 : Number(a.warehouse > b.warehouse));
}

/** Takes a quantity out of levels that hold it, the first emptied before the next is touched. */
function take(levels: readonly AllocatableLevel[], quantity: number): Allocation[] {
  const allocations: Allocation[] = [];
  let missing = quantity;
  for (const { warehouseId, warehouse, available, active } of levels) {
    const taken = active ? Math.min(available, missing) : 0;
    if (taken > 0) allocations.push({ warehouseId, warehouse, quantity: taken });
    missing -= taken;
  }
  return allocations;
}

function fromOneWarehouse<D extends Demand>(demands: readonly D[]): AllocationOutcome<D> {
  const places = warehousesOf(demands).filter(({ active }) => active);
  const figures = demands.map((demand) => availableIn(demand, places));
  let closest: { readonly code: string | null; readonly missing: number; readonly unmet: readonly Unmet<D>[] } = {
    code: null,
    missing: Infinity,
    unmet: demands.map((demand) => ({ demand, available: 0 })),
  };
  for (const [position, { warehouseId, warehouse }] of places.entries()) {
    const unmet = demands
      .map((demand, line) => ({ demand, available: figures[line]?.[position] ?? 0 }))
      .filter(({ demand, available }) => available < demand.quantity);
    if (unmet.length === 0) {
      const whole = ({ quantity }: D): Allocation[] => [{ warehouseId, warehouse, quantity }];
      return { met: demands.map((demand) => ({ demand, allocations: whole(demand) })) };
    }
    const missing = unmet.reduce((sum, { demand, available }) => sum + demand.quantity - available, 0);
    if (missing < closest.missing) closest = { code: warehouse, missing, unmet };
  }
  return { unmet: closest.unmet, closest: closest.code };
}

/** @param demands which all active warehouses together can meet */
function fromFewestWarehouses<D extends Demand>(demands: readonly D[], searchLimit?: number): AllocationOutcome<D> {
  const places = warehousesOf(demands).filter(({ active }) => active);
  const needs = demands.map(({ quantity }) => quantity);
  const figures = demands.map((demand) => availableIn(demand, places));
  const chosen = (fewestSources(needs, figures, searchLimit) ?? []).map((position) => places[position]);
  const codes = new Set(chosen.map((place) => place?.warehouseId));
  return {
    met: demands.map((demand) => {
      const levels = demand.levels.filter(({ warehouseId }) => codes.has(warehouseId)).toSorted(byUse);
      const own = fewestSources([demand.quantity], [levels.map(({ available }) => available)]) ?? [];
      const used = new Set(own);
      return {
        demand,
        allocations: take(
          levels.filter((_, position) => used.has(position)),
          demand.quantity,
        ),
      };
    }),
  };
}
