import { stepsScenario } from '../steps.ts';

/** The whole life of an order, to its last event. */
export const wholeOrder = stepsScenario({
  name: 'whole-order',
  description: 'place, confirm, process, ship and deliver, 16 in flight',
  steps: ['confirmed', 'processing', 'shipped', 'delivered'],
});
