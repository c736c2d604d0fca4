const day = /^\d{4}-\d{2}-\d{2}$/;

/** A day of the reader's, `2026-03-01`, as the moment at which it begins: what the API takes, and what means the same to everybody. */
export function startOfDay(of: string, addedDays = 0): string {
  const [year = 0, month = 1, date = 1] = of.split('-').map(Number);
  const start = new Date(year, month - 1, date + addedDays);
  // Years before 100 would be taken for those of the last century.
  start.setFullYear(year, month - 1, date + addedDays);
  return start.toISOString();
}

/** The moment at which a day of the reader's is over. */
export function endOfDay(of: string): string {
  return startOfDay(of, 1);
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
  return day.test(text);
}
