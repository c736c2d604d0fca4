import * as fc from 'fast-check';

export const actors = ['anna', 'bert', 'cleo', 'dora'] as const;
export const productNames = ['tea', 'cup', 'pot'] as const;
export const warehouseNames = ['MAIN', 'EAST', 'WEST'] as const;

export type ProductName = (typeof productNames)[number];
export type WarehouseName = (typeof warehouseNames)[number];

/** A product of the shop, or one that no shop has. */
export type AnyProduct = ProductName | 'ghost';
export type AnyWarehouse = WarehouseName | 'NOWHERE';

export type Ending = 'confirmed' | 'released' | 'expired';
export type Step = 'processing' | 'shipped' | 'delivered' | 'cancelled';

export interface Item {
  readonly product: AnyProduct;
  readonly quantity: number;
}

/** How units are looked for. */
export interface How {
  readonly strategy: 'priority' | 'nearest' | 'fewest-splits' | 'single';
  readonly region: string | null;
}

/** What each operation takes. `ago` counts back from the newest, which is 0, of the orders or reservations that were placed. */
export interface Inputs {
  placeOrder: { readonly items: readonly Item[]; readonly how: How };
  reserve: Item & { readonly how: How };
  /** The same request once more, as a repeated attempt makes it; here `ago` counts the refused ones too. */
  placeAgain: { readonly what: 'order' | 'reservation' | 'return'; readonly ago: number };
  endOrder: { readonly ago: number; readonly as: Ending };
  endReservation: { readonly ago: number; readonly as: Ending };
  /** Tries to end the first line of an order on its own. */
  endLine: { readonly ago: number; readonly as: Ending };
  advance: { readonly ago: number; readonly to: Step };
  /** All steps from pending to delivered in one go. */
  deliver: { readonly ago: number };
  adjust: { readonly product: AnyProduct; readonly warehouse: AnyWarehouse; readonly delta: number };
  /** Counts a level, which somebody may have seen at a total before. */
  setTotal: {
    readonly product: AnyProduct;
    readonly warehouse: AnyWarehouse;
    readonly setTo: number;
    readonly expected: number | null;
  };
  transfer: {
    readonly product: AnyProduct;
    readonly from: AnyWarehouse;
    readonly to: AnyWarehouse;
    readonly quantity: number;
  };
  /** Units of a line come back; those without a warehouse cannot be sold again. */
  returnItems: {
    /** What `ago` counts. */
    readonly of: 'delivered' | 'placed';
    readonly ago: number;
    readonly line: number;
    readonly quantity: number;
    readonly warehouse: AnyWarehouse | null;
  };
  sell: { readonly product: AnyProduct; readonly active: boolean };
  changeWarehouse: {
    readonly warehouse: AnyWarehouse;
    readonly priority: number;
    readonly active: boolean;
    readonly region: string | null;
  };
}

type Name = keyof Inputs;

/** Who carries out the operation, and its number in the run. */
export interface By {
  readonly actor: string;
  readonly step: number;
}

/** Whoever can carry out every operation: the model and the real shop. */
export type Actions<R> = { readonly [N in Name]: (by: By, input: Inputs[N]) => R };

/** One operation as plain data: it is what a counterexample shows, and can be pasted into a test. */
export type Operation = {
  [N in Name]: { readonly does: N; readonly by: (typeof actors)[number]; readonly input: Inputs[N] };
}[Name];

/** What came of an operation, with names in place of ids. */
export type Answer =
  { readonly done: unknown } | { readonly refused: { readonly code: string; readonly details: unknown } };

/** Has an operation carried out. */
export function carryOut<R>(actions: Actions<R>, { does, by, input }: Operation, step: number): R {
  // Which input belongs to which action is known to the type of Operation, and lost on the way here.
  const action = actions[does] as (this: Actions<R>, by: By, input: Operation['input']) => R;
  return action.call(actions, { actor: by, step }, input);
}

/** The element so many places before the last, again from the last when there are not so many; undefined of nothing. */
export function fromNewest<T>(list: readonly T[], ago: number): T | undefined {
  return list.at(-1 - (ago % Math.max(list.length, 1)));
}

/** Units of each product in each warehouse when a run begins. */
export type Opening = Readonly<Record<ProductName, Readonly<Record<WarehouseName, number>>>>;

/** Without the null prototypes that fast-check adds: no input of ours has them, and they make a counterexample hard to read. */
function record<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

const units = fc.nat({ max: 12 });
const shelves = record({ MAIN: units, EAST: units, WEST: units });

/** What is in stock at first: little, so that orders are split and refused. */
export const openings: fc.Arbitrary<Opening> = record({ tea: shelves, cup: shelves, pot: shelves });

const quantity = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 9 }));
const ago = fc.nat({ max: 3 });
const as = fc.constantFrom<Ending[]>('confirmed', 'confirmed', 'released', 'expired');
const product = fc.oneof(
  { weight: 40, arbitrary: fc.constantFrom<AnyProduct[]>(...productNames) },
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

/** How each operation is drawn, and how often. */
const draws: { readonly [N in Name]: { readonly weight: number; readonly input: fc.Arbitrary<Inputs[N]> } } = {
  placeOrder: { weight: 8, input: record({ items, how }) },
  reserve: { weight: 3, input: record({ product, quantity, how }) },
  placeAgain: {
    weight: 2,
    input: record({ what: fc.constantFrom<Inputs['placeAgain']['what'][]>('order', 'reservation', 'return'), ago }),
  },
  endOrder: { weight: 7, input: record({ ago, as }) },
  endReservation: { weight: 3, input: record({ ago, as }) },
  endLine: { weight: 1, input: record({ ago, as }) },
  advance: {
    weight: 5,
    input: record({
      ago,
      to: fc.constantFrom<Step[]>('cancelled', 'cancelled', 'processing', 'shipped', 'delivered'),
    }),
  },
  deliver: { weight: 3, input: record({ ago }) },
  adjust: {
    weight: 4,
    input: record({ product, warehouse, delta: fc.integer({ min: -8, max: 16 }).filter((delta) => delta !== 0) }),
  },
  sell: { weight: 1, input: record({ product, active: fc.oneof(fc.boolean(), fc.constant(true)) }) },
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
