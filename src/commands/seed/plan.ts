import { createHash } from 'node:crypto';
import type { Draws } from './draws.ts';
import { deal, deckSize, planOrder, type PlannedOrder } from './plan-orders.ts';
import { planProduct, type PlannedProduct } from './plan-products.ts';
import { planReservation, type PlannedReservation } from './plan-reservations.ts';

/** What a shop is made of. */
export interface ShopSize {
  /** Chooses among all shops of this size. */
  readonly seed: number;
  readonly products: number;
  readonly orders: number;
}

/** Everything that is going to be asked of the API; the same for the same size, at any time and anywhere. */
export interface ShopPlan {
  readonly products: readonly PlannedProduct[];
  readonly orders: readonly PlannedOrder[];
  readonly reservations: readonly PlannedReservation[];
  /** The reference of the last order: whoever finds it knows that everything before it was done. */
  readonly lastReference: string;
}

/** Orders for each reservation that stands alone. */
const ordersPerReservation = 20;

/** Plans a shop. The names come from a library that only this loads. */
export async function planShop({ seed, products, orders }: ShopSize): Promise<ShopPlan> {
  const { faker } = await import('@faker-js/faker/locale/en');
  faker.seed(seed);
  const keys = `seed-${seed}-${products}`;
  const clerks = Array.from({ length: 6 }, () => `desk:${faker.person.firstName().toLowerCase()}`);
  const draws: Draws = { faker, keys, clerks: ['webshop', 'webshop', 'app', ...clerks] };
  const mark = createHash('sha256').update(keys).digest('hex').slice(0, 4).toUpperCase();
  // Each is drawn by itself, so that a shop with more orders begins with those of a smaller one.
  const drawn = <T>(part: number, index: number, draw: () => T): T => {
    faker.seed([seed, part, index]);
    return draw();
  };
  const shelves = Array.from({ length: products }, (_, index) =>
    drawn(1, index, () => planProduct(draws, index, mark)),
  );
  const endings = Array.from({ length: Math.ceil(orders / deckSize) }, (_, index) =>
    drawn(2, index, () => deal(faker)),
  );
  const lastReference = `last of ${keys}-${orders}`;
  return {
    products: shelves,
    orders: endings
      .flat()
      .slice(0, orders)
      .map((ending, index) => {
        const order = drawn(3, index, () => planOrder(draws, index, ending, shelves));
        return index === orders - 1 ? lastOf(draws, order, orders, lastReference, shelves) : order;
      }),
    reservations: Array.from({ length: Math.ceil(orders / ordersPerReservation) }, (_, index) =>
      drawn(4, index, () => planReservation(draws, index, shelves)),
    ),
    lastReference,
  };
}

/** It has a key of its own, so that a larger shop of the same seed goes on behind this one. */
function lastOf(
  { keys }: Draws,
  { actor }: PlannedOrder,
  orders: number,
  reference: string,
  products: readonly PlannedProduct[],
): PlannedOrder {
  const product = products.findIndex(({ kind }) => kind === 'plenty');
  return {
    key: `${keys}-last-of-${orders}`,
    actor,
    items: [{ product, quantity: 1 }],
    reference,
    holdSeconds: 86_400,
    ending: 'pending',
  };
}
