import type { Scenario } from '../scenario.ts';
import { placeSpread } from './place-spread.ts';

/** Every scenario, in the order in which they run. */
export const scenarios: readonly Scenario[] = [placeSpread];
