import { exceeded, type Refused } from './model-refusals.ts';
import type { Limits, ProductName } from './operations.ts';

/** Units of one product that an actor has reserved or waits for. */
export interface Holding {
  readonly holder: string;
  /** The order or the reservation. */
  readonly by: string;
  readonly product: ProductName;
  readonly quantity: number;
}

interface Units {
  readonly product: ProductName;
  readonly quantity: number;
}

/** Why nobody may order so much in one line; null when they may. */
export function tooMuchInOne({ lineUnits }: Limits, wanted: readonly Units[]): Refused | null {
  if (lineUnits === null || wanted.every(({ quantity }) => quantity <= lineUnits)) return null;
  return exceeded('units-per-line', lineUnits, lineUnits);
}

/** Why an actor may not have this as well; null when they may. */
export function tooMuchAtOnce(
  { heldUnits, openHolds }: Limits,
  holder: string,
  wanted: readonly Units[],
  all: readonly Holding[],
): Refused | null {
  const theirs = all.filter((holding) => holding.holder === holder);
  for (const { product, quantity } of wanted) {
    const has = theirs.filter((one) => one.product === product).reduce((sum, one) => sum + one.quantity, 0);
    if (heldUnits !== null && has + quantity > heldUnits) return exceeded('held-units', heldUnits, heldUnits - has);
  }
  const open = new Set(theirs.map(({ by }) => by)).size;
  return openHolds !== null && open >= openHolds ? exceeded('open-holds', openHolds, openHolds - open) : null;
}
