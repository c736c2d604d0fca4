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

/** How an order that waits leaves its list without its units. */
export type Leaving = 'cancelled' | 'not-available';
export type OnShortage = 'reject' | 'partial' | 'wait';

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
  placeOrder: { readonly items: readonly Item[]; readonly how: How; readonly onShortage: OnShortage };
  reserve: Item & { readonly how: How };
  /** The same request once more, as a repeated attempt makes it; here `ago` counts the refused ones too. */
  placeAgain: { readonly what: 'order' | 'reservation' | 'return'; readonly ago: number };
  endOrder: { readonly ago: number; readonly as: Ending };
  endReservation: { readonly ago: number; readonly as: Ending };
  /** Tries to end the first line of an order on its own. */
  endLine: { readonly ago: number; readonly as: Ending };
  /** Asks for the units of an order that waits, as it does when it is told that its turn has come; its place counts from the head, 0. */
  takeTurn: { readonly product: ProductName; readonly place: number };
  /** Takes one that waits out of its list. */
  giveUp: { readonly product: ProductName; readonly place: number; readonly as: Leaving };
  /** The same of any order, which may not wait. */
  leave: { readonly ago: number; readonly as: Leaving };
  /** `again`: as a repeated attempt does, which knows an earlier end of the hold. */
  extendOrder: { readonly ago: number; readonly seconds: number; readonly again: boolean };
  extendReservation: { readonly ago: number; readonly seconds: number; readonly again: boolean };
  /** Confirms an order too late. `of` says what `ago` counts; `late`: so late that it is not placed again. */
  rescue: { readonly of: 'expired' | 'placed'; readonly ago: number; readonly late: boolean };
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
  /** In minor units. */
  reprice: { readonly product: AnyProduct; readonly price: number };
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

/** What came of an operation, with names in place of ids. `turns`: the waiting orders that can be served now, where units were freed. */
export type Answer =
  | { readonly done: unknown; readonly turns?: readonly string[] }
  | { readonly refused: { readonly code: string; readonly details: unknown } };

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

/** What one actor may have at once; null is as much as they like. */
export interface Limits {
  readonly lineUnits: number | null;
  readonly heldUnits: number | null;
  readonly openHolds: number | null;
}

/** Seconds of every hold, and of every wait. */
export const spans = { hold: 600, wait: 3600, maxFactor: 3 } as const;
