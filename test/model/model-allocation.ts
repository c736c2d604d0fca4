// Which units an order takes, found by trying everything: three warehouses have few subsets.
import type { How } from './operations.ts';

/** A warehouse that takes reservations. */
export interface Place {
  readonly warehouse: string;
  readonly region: string | null;
  /** Units available there, by product. */
  readonly available: Readonly<Record<string, number>>;
}

interface Wanted {
  readonly product: string;
  readonly quantity: number;
}

export interface Shortage {
  readonly product: string;
  readonly requested: number;
  readonly available: number;
}

/** The units of each product by warehouse, or what there is too little of. */
export type Found =
  { readonly from: readonly Readonly<Record<string, number>>[] } | { readonly short: readonly Shortage[] };

/**
 * Finds the units of a whole order.
 * @param wanted each product once
 * @param places in the order in which warehouses are used
 */
export function findUnits(wanted: readonly Wanted[], places: readonly Place[], { strategy, region }: How): Found {
  if (strategy === 'single') return inOnePlace(wanted, places);
  const short = shortIn(wanted, places);
  if (short.length > 0) return { short };
  if (strategy === 'fewest-splits') {
    const few = smallest(places, (some) => shortIn(wanted, some).length === 0);
    return {
      from: wanted.map((one) =>
        take(
          one,
          smallest(few, (some) => shortIn([one], some).length === 0),
        ),
      ),
    };
  }
  const near = strategy === 'nearest' && region !== null ? places.filter((place) => place.region === region) : [];
  const order = [...near, ...places.filter((place) => !near.includes(place))];
  return { from: wanted.map((one) => take(one, order)) };
}

/** All from the first place that has everything; if none has, what is short in the place that lacks the least. */
function inOnePlace(wanted: readonly Wanted[], places: readonly Place[]): Found {
  const tries = places.map((place) => ({ place, short: shortIn(wanted, [place]) }));
  const lacking = (short: readonly Shortage[]) => short.reduce((sum, one) => sum + one.requested - one.available, 0);
  const least = Math.min(...tries.map(({ short }) => lacking(short)));
  const best = tries.find(({ short }) => lacking(short) === least);
  if (!best) throw new Error('MAIN is always open');
  return least > 0 ? { short: best.short } : { from: wanted.map((one) => take(one, [best.place])) };
}

function shortIn(wanted: readonly Wanted[], places: readonly Place[]): Shortage[] {
  return wanted
    .map(({ product, quantity }) => {
      const available = places.reduce((sum, place) => sum + (place.available[product] ?? 0), 0);
      return { product, requested: quantity, available };
    })
    .filter(({ requested, available }) => available < requested);
}

/** Empties the places in their order, each before the next. */
function take({ product, quantity }: Wanted, places: readonly Place[]): Record<string, number> {
  const from: Record<string, number> = {};
  let missing = quantity;
  for (const { warehouse, available } of places) {
    const taken = Math.min(missing, available[product] ?? 0);
    if (taken > 0) from[warehouse] = taken;
    missing -= taken;
  }
  return from;
}

/** The smallest set of places that will do; of equally small ones the first in the order of the places. */
function smallest(places: readonly Place[], willDo: (some: readonly Place[]) => boolean): readonly Place[] {
  const sizes = [...places.keys()].map((index) => index + 1);
  return sizes.flatMap((size) => setsOf(places, size)).find(willDo) ?? [];
}

function setsOf<T>(list: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return list.flatMap((first, index) => setsOf(list.slice(index + 1), size - 1).map((rest) => [first, ...rest]));
}

/** As many units of each product as there are; of `single` those of the place that has the most of them all, the first of equals. */
export function findSome(wanted: readonly Wanted[], places: readonly Place[], how: How): readonly number[] {
  const have = (some: readonly Place[]) =>
    wanted.map(({ product, quantity }) => {
      return Math.min(
        quantity,
        some.reduce((sum, place) => sum + (place.available[product] ?? 0), 0),
      );
    });
  if (how.strategy !== 'single') return have(places);
  const offers = places.map((place) => have([place]));
  const sums = offers.map((offer) => offer.reduce((sum, units) => sum + units, 0));
  return offers[sums.indexOf(Math.max(...sums))] ?? [];
}
