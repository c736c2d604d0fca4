import type { Draws } from './draws.ts';

/** How much there is of a product, beside what is asked for. */
type Supply = 'plenty' | 'scarce' | 'sold-out';

export interface PlannedProduct {
  /** Its Idempotency-Key. */
  readonly key: string;
  readonly sku: string;
  readonly name: string;
  readonly price: string;
  readonly kind: Supply;
  readonly stock: readonly { readonly warehouse: string; readonly quantity: number }[];
  /** At how many units it is low; only some have one. */
  readonly lowStockThreshold?: number;
}

/** The warehouses beside MAIN; they are the same in every shop, since their codes are. */
export const plannedWarehouses = [
  { code: 'NORTH', name: 'Northern depot', region: 'north', priority: 20 },
  { code: 'SOUTH', name: 'Southern depot', region: 'south', priority: 30 },
  { code: 'COAST', name: 'Coastal depot', region: 'coast', priority: 200 },
] as const;

const codes = ['MAIN', ...plannedWarehouses.map(({ code }) => code)];

export function planProduct({ faker, keys }: Draws, index: number, mark: string): PlannedProduct {
  const name = faker.commerce.productName();
  const department = faker.commerce
    .department()
    .replace(/[^A-Za-z]/g, '')
    .slice(0, 4)
    .toUpperCase();
  const price = faker.commerce.price({ min: 3, max: 400 });
  // Of each dozen two are scarce and one is sold out, however few products there are.
  const kind = index % 12 === 7 ? 'sold-out' : index % 6 === 3 ? 'scarce' : 'plenty';
  const warehouses = faker.helpers.arrayElements(codes, { min: 1, max: 3 });
  const [least, most] = { plenty: [40, 200], scarce: [1, 4], 'sold-out': [0, 0] }[kind] as [number, number];
  const stock = warehouses.map((warehouse) => ({ warehouse, quantity: faker.number.int({ min: least, max: most }) }));
  const threshold = faker.number.int({ min: 5, max: 60 });
  return {
    key: `${keys}-product-${index}`,
    sku: `${department}-${mark}-${String(index + 1).padStart(4, '0')}`,
    name,
    price,
    kind,
    stock,
    ...(index % 3 === 0 ? { lowStockThreshold: threshold } : {}),
  };
}

/** Chooses a product as buyers do: few of them are asked for most. */
export function drawProduct({ faker }: Draws, among: readonly number[]): number {
  const popularity = faker.number.float() ** 2;
  return among[Math.floor(popularity * among.length)] ?? 0;
}

/** The indexes of the products of some kinds. */
export function indexesOf(products: readonly PlannedProduct[], ...kinds: readonly Supply[]): number[] {
  return products.flatMap(({ kind }, index) => (kinds.includes(kind) ? [index] : []));
}
