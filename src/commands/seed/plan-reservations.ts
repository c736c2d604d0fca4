import type { Draws } from './draws.ts';
import { drawProduct, indexesOf, type PlannedProduct } from './plan-products.ts';

/** A reservation that stands alone. */
export interface PlannedReservation {
  readonly key: string;
  readonly actor: string;
  readonly product: number;
  readonly quantity: number;
  readonly holdSeconds: number;
  readonly ending: (typeof endings)[number];
}

const endings = ['active', 'confirmed', 'released', 'expired'] as const;

export function planReservation(draws: Draws, index: number, products: readonly PlannedProduct[]): PlannedReservation {
  const { faker, keys, clerks } = draws;
  const ending = endings[index % endings.length] ?? 'active';
  return {
    key: `${keys}-reservation-${index}`,
    actor: faker.helpers.arrayElement(clerks),
    product: drawProduct(draws, indexesOf(products, 'plenty', 'scarce')),
    quantity: faker.number.int({ min: 1, max: 3 }),
    holdSeconds: ending === 'expired' ? 2 : 86_400,
    ending,
  };
}
