const pattern = /^(\d{4})-(\d{2})-(\d{2})$/;

/**
 * The moment at which a day begins where the reader is, as the API takes it.
 * @param day `2026-11-29`, as a date field has it
 * @param later so many days later
 * @returns undefined for what is no day
 */
export function startOfDay(day: string | undefined, later = 0): string | undefined {
  const parts = pattern.exec(day ?? '');
  if (!parts) return undefined;
  const [, year, month, date] = parts.map(Number) as [number, number, number, number];
  const begins = new Date(year, month - 1, date + later);
  return Number.isNaN(begins.getTime()) ? undefined : begins.toISOString();
}
