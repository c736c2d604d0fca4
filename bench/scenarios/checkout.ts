import { stepsScenario } from '../steps.ts';

/** Placed and paid. */
export const checkout = stepsScenario({
  name: 'checkout',
  description: 'place and confirm, 16 in flight',
  steps: ['confirmed'],
});
