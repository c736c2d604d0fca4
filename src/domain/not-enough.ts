import type { AllocationRule } from './allocation.ts';
import { DomainError, type Shortage } from './errors.ts';

/** What a search for units came to that found too few. */
export interface TooFew {
  readonly shortages: readonly Shortage[];
  /** Of `single`: the warehouse that lacks the fewest units, by its code; null when no active one was there. */
  readonly closest: string | null;
}

/** The refusal of what cannot be had in full, naming every shortage. */
export function notEnough(
  { shortages, closest }: TooFew,
  { strategy }: AllocationRule,
): DomainError<'insufficient-stock'> {
  const each = shortages
    .map(
      ({ sku, requested, available, waiting }) =>
        `${requested} of ${sku} (${available} available${afterOthers(waiting)})`,
    )
    .join(', ');
  if (strategy !== 'single') {
    return new DomainError('insufficient-stock', `There is not enough stock for ${each}.`, { shortages });
  }
  const why = closest === null ? 'no active one holds' : `${closest} comes closest and does not have`;
  const message = `No single warehouse has everything: ${why} ${each}.`;
  return new DomainError('insufficient-stock', message, { shortages });
}

function afterOthers(waiting = 0): string {
  if (waiting === 0) return '';
  return waiting === 1 ? ', 1 order waits for it' : `, ${waiting} orders wait for it`;
}
