import { randomInt } from 'node:crypto';

/** A whole number from `min` to `max`. */
export function between({ min, max }: { readonly min: number; readonly max: number }): number {
  return randomInt(min, max + 1);
}

/** One of several. */
export function oneOf<T>(things: readonly [T, ...T[]]): T {
  return things[randomInt(things.length)] ?? things[0];
}

/** What somebody calls themselves to the API. */
export function drawShopper(): string {
  return `shopper:${oneOf(['ada', 'ben', 'cleo', 'dora', 'emil', 'finn', 'greta', 'hugo', 'ida', 'jona', 'kim', 'lea'])}`;
}
