import { DomainError, type LimitName } from './errors.ts';

/** What one actor may have at once; null is as much as they like. */
export interface HoldingLimits {
  /** Units of one product in one order or reservation. */
  readonly lineUnits: number | null;
  /** Units of one product that an actor holds or waits for, over all orders and reservations. */
  readonly heldUnits: number | null;
  /** Orders and reservations that an actor has not confirmed yet, those that wait among them. */
  readonly openHolds: number | null;
}

/** How holds are bounded in an installation. */
export interface HoldRules {
  /** A hold lasts, with all its extensions, at most so many times as long as it was to begin with. */
  readonly maxFactor: number;
  /** Seconds after its expiry in which an order that is confirmed after all is placed again. */
  readonly lateSeconds: number;
  readonly limits: HoldingLimits;
}

/** What holds where nobody configured anything. */
export const defaultHoldRules: HoldRules = {
  maxFactor: 3,
  lateSeconds: 3600,
  limits: { lineUnits: null, heldUnits: null, openHolds: null },
};

/** What an actor has of one product, and wants of it. */
export interface Wanted {
  readonly sku: string;
  readonly units: number;
  /** Units of it that they hold or wait for already. */
  readonly held: number;
}

/**
 * Demands that one line is for no more units than anybody may have.
 * @throws DomainError limit-exceeded
 */
export function assertLineUnits({ lineUnits }: HoldingLimits, wanted: readonly Omit<Wanted, 'held'>[]): void {
  for (const { sku, units } of wanted) {
    if (lineUnits === null || units <= lineUnits) continue;
    const what = `${units} units of ${sku} are more than one order or reservation may have`;
    throw exceeded('units-per-line', lineUnits, lineUnits, what, 'Ask for fewer.');
  }
}

/**
 * Demands that an actor does not come to hold more than they may.
 * @param openHolds their orders and reservations that are not confirmed yet, without this one
 * @throws DomainError limit-exceeded
 */
export function assertHoldings(
  { heldUnits, openHolds: mostHolds }: HoldingLimits,
  actor: string,
  wanted: readonly Wanted[],
  openHolds: number,
): void {
  for (const { sku, units, held } of wanted) {
    // Who gets nothing of it comes to hold no more, also when a limit was lowered under them.
    if (heldUnits === null || units === 0 || held + units <= heldUnits) continue;
    const what = `${actor} holds or waits for ${held} units of ${sku}, and ${units} more are too many`;
    throw exceeded(
      'held-units',
      heldUnits,
      heldUnits - held,
      what,
      'Ask for fewer, or confirm or give up others first.',
    );
  }
  if (mostHolds === null || openHolds < mostHolds) return;
  const what = `${actor} has ${openHolds} orders and reservations that are not confirmed yet`;
  throw exceeded('open-holds', mostHolds, mostHolds - openHolds, what, 'Confirm or give up some of them first.');
}

function exceeded(
  limit: LimitName,
  allowed: number,
  rest: number,
  what: string,
  wayOut: string,
): DomainError<'limit-exceeded'> {
  // A limit that was lowered may leave less than nothing.
  const left = Math.max(0, rest);
  const message = `${what}: the limit is ${allowed}, ${left} ${left === 1 ? 'is' : 'are'} left. ${wayOut}`;
  return new DomainError('limit-exceeded', message, { limit, allowed, left });
}
