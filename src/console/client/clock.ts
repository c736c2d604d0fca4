/**
 * The server's clock. Countdowns go by it, and on from there by the time that this page has been open, so that a wrong or a changed clock of
 * the browser's computer does no harm.
 */
interface Reading {
  /** Server time minus `performance.now()`, in milliseconds. */
  readonly offset: number;
  readonly isExact: boolean;
}

let reading: Reading | undefined;

/** Takes the time that an event of the server told just now: RFC 3339 with milliseconds. */
export function noteServerTime(now: string): void {
  reading = { offset: Date.parse(now) - performance.now(), isExact: true };
}

/** Takes the Date header of an answer, which has seconds only: good until an event tells more. */
export function noteServerDate(header: string | null): void {
  if (header === null || reading?.isExact) return;
  reading = { offset: Date.parse(header) + 500 - performance.now(), isExact: false };
}

/** Milliseconds since the epoch, by the server's clock. */
export function serverNow(): number {
  return reading === undefined ? Date.now() : performance.now() + reading.offset;
}
