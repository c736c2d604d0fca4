import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

/**
 * The activities, named in the history by what they are done for. Tried again until they answer: giving up would leave stock
 * neither sold nor free. Refusals are final and come back as failures.
 */
export function activities(summary: string): Activities {
  return proxyActivities<Activities>({
    summary,
    // Longer than any one wait inside, so that an attempt usually ends by itself. One that outlives it finds, under its locks, what
    // later ones have done, and does no harm.
    startToCloseTimeout: '10 seconds',
    retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
  });
}
