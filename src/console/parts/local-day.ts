const pattern = /^(\d{4})-(\d{2})-(\d{2})$/;

/**
 * The moment at which a day begins where the reader is, as the API takes it.
 * @param day `2026-11-29`, as a date field has it
 * @returns undefined for what is no day
 */
export function startOfDay(day: string): string | undefined {
  return startOf(day, 0);
}

/** The moment at which a day is over where the reader is; undefined for what is no day. */
export function endOfDay(day: string): string | undefined {
  return startOf(day, 1);
}

/** The day of the reader's in which a moment lies; undefined when it is none. */
export function dayOf(moment: string): string | undefined {
  const at = new Date(moment);
  if (Number.isNaN(at.getTime())) return undefined;
  const parts = [at.getFullYear(), at.getMonth() + 1, at.getDate()];
  return parts.map((part, index) => String(part).padStart(index === 0 ? 4 : 2, '0')).join('-');
}

/** Whether something is a day alone, which the API takes for one in UTC. */
export function isUtcDay(text: string): boolean {
  return pattern.test(text);
}

function startOf(day: string, later: number): string | undefined {
  const parts = pattern.exec(day);
  if (!parts) return undefined;
  const [, year, month, date] = parts.map(Number) as [number, number, number, number];
  const begins = new Date(year, month - 1, date + later);
  return Number.isNaN(begins.getTime()) ? undefined : begins.toISOString();
}
