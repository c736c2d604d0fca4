import type { Faker } from '@faker-js/faker';
import type { OrderStatus } from '../../domain/order-status.ts';
import type { Draws } from './draws.ts';
import { drawProduct, indexesOf, plannedWarehouses, type PlannedProduct } from './plan-products.ts';

/** What becomes of an order in the end, if nothing stands against it. */
export type Ending = keyof typeof movesTo;

export interface PlannedOrder {
  /** Its Idempotency-Key; those of its moves begin with it. */
  readonly key: string;
  readonly actor: string;
  /** A product is the index of a planned one. */
  readonly items: readonly { readonly product: number; readonly quantity: number }[];
  readonly reference?: string;
  readonly allocation?: string;
  readonly region?: string;
  readonly onShortage?: 'partial' | 'wait';
  readonly waitSeconds?: number;
  readonly holdSeconds: number;
  readonly ending: Ending;
  /** What comes back of its first line, of one that was delivered. */
  readonly comesBack?: { readonly restock: boolean; readonly reason: string };
}

/** The statuses that an order is moved through. */
export const movesTo = {
  pending: [],
  waiting: [],
  confirmed: ['confirmed'],
  processing: ['confirmed', 'processing'],
  shipped: ['confirmed', 'processing', 'shipped'],
  delivered: ['confirmed', 'processing', 'shipped', 'delivered'],
  returned: ['confirmed', 'processing', 'shipped', 'delivered'],
  partial: ['confirmed'],
  cancelled: ['cancelled'],
  restocked: ['confirmed', 'cancelled'],
  expired: [],
} as const satisfies Record<string, readonly OrderStatus[]>;

/** How many of forty orders end how. */
const deck: Readonly<Record<Ending, number>> = {
  delivered: 14,
  returned: 2,
  shipped: 4,
  processing: 3,
  confirmed: 4,
  pending: 4,
  waiting: 2,
  partial: 2,
  cancelled: 2,
  restocked: 1,
  expired: 2,
};

const cards = (Object.keys(deck) as Ending[]).flatMap((ending) => Array.from({ length: deck[ending] }, () => ending));

/** Orders of which every ending is one. */
export const deckSize = cards.length;

/** Endings for the next orders, as many as the deck has. */
export function deal(faker: Faker): Ending[] {
  return faker.helpers.shuffle(cards);
}

const reasons = ['does not fit', 'damaged in transit', 'changed my mind', 'ordered twice', 'wrong colour'] as const;

/** Seconds: a day for what is to stay, and so short that one can wait for its end. */
const hold = { long: 86_400, short: { min: 1, max: 4 } } as const;

export function planOrder(
  draws: Draws,
  index: number,
  ending: Ending,
  products: readonly PlannedProduct[],
): PlannedOrder {
  const { faker, keys, clerks } = draws;
  const isNearest = faker.datatype.boolean(0.2);
  const allocation = isNearest ? 'nearest' : faker.helpers.arrayElement([undefined, 'fewest-splits', 'single']);
  const region = faker.helpers.arrayElement(plannedWarehouses).region;
  const hasReference = faker.datatype.boolean(0.4);
  const number = faker.string.numeric(8);
  return {
    key: `${keys}-order-${index}`,
    actor: faker.helpers.arrayElement(clerks),
    ...(hasReference ? { reference: `WEB-${number}` } : {}),
    ...(allocation === undefined ? {} : { allocation }),
    ...(isNearest ? { region } : {}),
    ...itemsFor(draws, ending, products),
    holdSeconds: ending === 'expired' ? faker.number.int(hold.short) : hold.long,
    ending,
    ...(ending === 'returned'
      ? { comesBack: { restock: faker.datatype.boolean(0.7), reason: faker.helpers.arrayElement(reasons) } }
      : {}),
  };
}

function itemsFor(
  draws: Draws,
  ending: Ending,
  products: readonly PlannedProduct[],
): Pick<PlannedOrder, 'items' | 'onShortage' | 'waitSeconds'> {
  const { faker } = draws;
  const [plenty, scarce, soldOut] = (['plenty', 'scarce', 'sold-out'] as const).map((kind) =>
    indexesOf(products, kind),
  ) as [number[], number[], number[]];
  const quantity = () =>
    faker.helpers.weightedArrayElement([
      { value: 1, weight: 7 },
      { value: 2, weight: 3 },
      { value: faker.number.int({ min: 3, max: 6 }), weight: 1 },
    ]);
  if (ending === 'waiting') {
    const waitSeconds = faker.number.int({ min: 2, max: 7 }) * 86_400;
    return { items: [{ product: drawProduct(draws, soldOut), quantity: quantity() }], onShortage: 'wait', waitSeconds };
  }
  const first = { product: drawProduct(draws, plenty), quantity: quantity() };
  if (ending === 'partial') {
    // More than there ever is of it.
    const second = { product: drawProduct(draws, scarce), quantity: 20 };
    return { items: [first, second], onShortage: 'partial' };
  }
  const lines = faker.helpers.weightedArrayElement([
    { value: 1, weight: 6 },
    { value: 2, weight: 3 },
    { value: faker.number.int({ min: 3, max: 5 }), weight: 1 },
  ]);
  // Some want what may be gone by then, and are refused.
  const more = Array.from({ length: lines - 1 }, () =>
    drawProduct(draws, [...plenty, ...plenty, ...plenty, ...scarce]),
  );
  const others = [...new Set(more)].filter((product) => product !== first.product);
  return { items: [first, ...others.map((product) => ({ product, quantity: quantity() }))] };
}
