import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

/**
 * The activities, named in the history by what they are done for. Tried again until they answer: giving up would leave stock
 * neither sold nor free. Refusals are final and come back as failures.
 */
export function activities(summary: string): Activities {
  return proxyActivities<Activities>({
    summary,
    // Longer than every timeout inside, so that an attempt is dead before the next begins.
    startToCloseTimeout: '10 seconds',
    retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
  });
}
