import * as fc from 'fast-check';
import {
  actors,
  productNames,
  warehouseNames,
  type AnyProduct,
  type AnyWarehouse,
  type Ending,
  type How,
  type Inputs,
  type Leaving,
  type Limits,
  type OnShortage,
  type Opening,
  type Operation,
  type ProductName,
  type Step,
} from './operations.ts';

type Name = keyof Inputs;

/** Without the null prototypes that fast-check adds: no input of ours has them, and they make a counterexample hard to read. */
function record<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

const shelvesOf = (units: fc.Arbitrary<number>) => record({ MAIN: units, EAST: units, WEST: units });
const openingOf = (max: number): fc.Arbitrary<Opening> => {
  const shelves = shelvesOf(fc.nat({ max }));
  return record({ tea: shelves, cup: shelves, pot: shelves });
};

/** What is in stock at first: little, so that orders are split and refused; mostly so little that several wait for the same product. */
export const openings: fc.Arbitrary<Opening> = fc.oneof(
  { weight: 3, arbitrary: openingOf(2) },
  { weight: 2, arbitrary: openingOf(12) },
);

const quantity = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 9 }));
const ago = fc.nat({ max: 3 });
const as = fc.constantFrom<Ending[]>('confirmed', 'confirmed', 'released', 'expired', 'expired');
const product = fc.oneof(
  // Mostly the same one: only then do many wait for it.
  { weight: 40, arbitrary: fc.constantFrom<AnyProduct[]>('tea', 'tea', 'tea', ...productNames) },
  { weight: 1, arbitrary: fc.constant<AnyProduct>('ghost') },
);
const warehouse = fc.oneof(
  { weight: 40, arbitrary: fc.constantFrom<AnyWarehouse[]>(...warehouseNames) },
  { weight: 1, arbitrary: fc.constant<AnyWarehouse>('NOWHERE') },
);
const region = fc.option(fc.constantFrom('north', 'south'), { freq: 3 });
const how: fc.Arbitrary<How> = record({
  strategy: fc.constantFrom<How['strategy'][]>('priority', 'nearest', 'fewest-splits', 'single'),
  region,
});
const items = fc.array(record({ product, quantity }), { minLength: 1, maxLength: 3 });

// Only an order of one product can wait.
const orders: fc.Arbitrary<Inputs['placeOrder']> = fc.oneof(
  record({ items, how, onShortage: fc.constantFrom<OnShortage[]>('reject', 'reject', 'partial') }),
  record({
    items: fc.array(record({ product, quantity }), { minLength: 1, maxLength: 1 }),
    how,
    onShortage: fc.constantFrom<OnShortage[]>('wait', 'wait', 'wait', 'partial', 'reject'),
  }),
);
const onSale = fc.constantFrom<ProductName[]>('tea', 'tea', 'tea', ...productNames);
const place = fc.constantFrom(0, 0, 1, 1, 2);
const leaving = fc.constantFrom<Leaving[]>('cancelled', 'not-available');
const extension = {
  ago,
  seconds: fc.oneof(fc.constantFrom(300, 600, 1200), fc.integer({ min: 1, max: 1300 })),
  again: fc.constantFrom(false, false, false, true),
};

/** How each operation is drawn, and how often. */
const draws: { readonly [N in Name]: { readonly weight: number; readonly input: fc.Arbitrary<Inputs[N]> } } = {
  placeOrder: { weight: 20, input: orders },
  reserve: { weight: 3, input: record({ product, quantity, how }) },
  placeAgain: {
    weight: 2,
    input: record({ what: fc.constantFrom<Inputs['placeAgain']['what'][]>('order', 'reservation', 'return'), ago }),
  },
  endOrder: { weight: 9, input: record({ ago, as }) },
  endReservation: { weight: 3, input: record({ ago, as }) },
  endLine: { weight: 1, input: record({ ago, as }) },
  takeTurn: { weight: 14, input: record({ product: onSale, place }) },
  giveUp: { weight: 2, input: record({ product: onSale, place, as: leaving }) },
  leave: { weight: 1, input: record({ ago, as: leaving }) },
  extendOrder: { weight: 4, input: record(extension) },
  extendReservation: { weight: 2, input: record(extension) },
  rescue: {
    weight: 9,
    input: record({
      of: fc.constantFrom<Inputs['rescue']['of'][]>('expired', 'expired', 'expired', 'expired', 'placed'),
      ago: fc.nat({ max: 1 }),
      late: fc.constantFrom(false, false, false, false, true),
    }),
  },
  advance: {
    weight: 5,
    input: record({
      ago,
      to: fc.constantFrom<Step[]>('cancelled', 'cancelled', 'cancelled', 'processing', 'shipped', 'delivered'),
    }),
  },
  deliver: { weight: 3, input: record({ ago }) },
  adjust: {
    weight: 4,
    input: record({
      product,
      warehouse,
      delta: fc.oneof(fc.integer({ min: -8, max: 16 }), fc.integer({ min: 1, max: 4 })).filter((delta) => delta !== 0),
    }),
  },
  sell: { weight: 3, input: record({ product, active: fc.boolean() }) },
  setTotal: {
    weight: 2,
    input: record({ product, warehouse, setTo: fc.nat({ max: 14 }), expected: fc.option(fc.nat({ max: 12 })) }),
  },
  transfer: {
    weight: 3,
    input: record({ product, from: warehouse, to: warehouse, quantity }).filter(({ from, to }) => from !== to),
  },
  returnItems: {
    weight: 5,
    input: record({
      of: fc.constantFrom<Inputs['returnItems']['of'][]>('delivered', 'delivered', 'delivered', 'placed'),
      ago,
      line: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 4 })),
      quantity: fc.integer({ min: 1, max: 3 }),
      warehouse: fc.option(warehouse, { freq: 3 }),
    }),
  },
  reprice: { weight: 2, input: record({ product, price: fc.integer({ min: 1, max: 2000 }) }) },
  changeWarehouse: {
    weight: 2,
    input: record({
      warehouse,
      priority: fc.nat({ max: 3 }),
      active: fc.oneof(fc.boolean(), fc.constant(true)),
      region,
    }),
  },
};

/** Any operation of anybody. */
export const operations: fc.Arbitrary<Operation> = fc.oneof(
  ...Object.entries(draws).map(([does, { weight, input }]) => ({
    weight,
    arbitrary: record({
      does: fc.constant(does),
      by: fc.constantFrom(...actors),
      input: input as fc.Arbitrary<unknown>,
    }) as fc.Arbitrary<Operation>,
  })),
);

function limit(min: number, max: number): fc.Arbitrary<number | null> {
  return fc.option(fc.integer({ min, max }), { freq: 2 });
}

/** What an actor may have: often as much as they like, and else little. */
export const limits: fc.Arbitrary<Limits> = fc.oneof(
  fc.constant({ lineUnits: null, heldUnits: null, openHolds: null }),
  record({ lineUnits: limit(4, 9), heldUnits: limit(5, 14), openHolds: limit(1, 5) }),
  record({ lineUnits: fc.constant(null), heldUnits: limit(3, 8), openHolds: limit(2, 4) }),
);
