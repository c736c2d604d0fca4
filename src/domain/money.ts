/** Money is a bigint of minor units (cents) inside, and a decimal string with two digits wherever it crosses a border. */

const pricePattern = /^\d{1,15}(?:\.\d{1,2})?$/;

/**
 * Reads a decimal amount of at most two decimals ("12", "12.3", "12.34") as minor units.
 * @throws RangeError when the text is anything else: a sign, an exponent, more decimals, other digits
 */
export function parseMoney(text: string): bigint {
  if (!pricePattern.test(text)) throw new RangeError(`"${text}" is not an amount with at most two decimals`);
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'));
}

/** Writes minor units as a decimal string with exactly two decimals: 1234n is "12.34". */
export function formatMoney(minor: bigint): string {
  const sign = minor < 0n ? '-' : '';
  const digits = (minor < 0n ? -minor : minor).toString().padStart(3, '0');
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** What a number of units costs, in minor units. */
export function lineTotal(unitPriceMinor: bigint, quantity: number): bigint {
  return unitPriceMinor * BigInt(quantity);
}
