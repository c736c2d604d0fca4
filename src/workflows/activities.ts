import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { refusalOf } from './refusals.ts';

/**
 * Longer than any one wait inside, so that an attempt usually ends by itself. One that outlives it finds, under its locks, what
 * later ones have done, and does no harm.
 */
const startToCloseTimeout = '10 seconds';

/**
 * The activities, named in the history by what they are done for. Tried again until they answer: giving up would leave stock
 * neither sold nor free. Refusals are final and come back as failures.
 */
export function activities(summary: string): Activities {
  return proxyActivities<Activities>({
    summary,
    startToCloseTimeout,
    retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
  });
}

/**
 * The same, carried out within the workflow task that asks for them: that saves two tasks, a way through the server and five events.
 * Tried once, then as activities of their own: a workflow task that goes on trying writes to the history all the time, and a long
 * outage would fill it. Their markers in the history name the activity; only where they are tried again does the summary show.
 *
 * What a durable event asks for (the start, a timer, a signal) happens again when the task is lost. An update is durable only when its
 * first task has ended: lost with it, it leaves the row ahead of its workflow. So only for steps, whose next one cures that (ADR 0018).
 */
export function localActivities(summary: string): Activities {
  const local = proxyLocalActivities<Activities>({ startToCloseTimeout, retry: { maximumAttempts: 1 } });
  const remote = activities(summary);
  return new Proxy(remote, {
    get: (_, name: keyof Activities) => async (input: never) => {
      try {
        return await (local[name] as (input: never) => Promise<unknown>)(input);
      } catch (error) {
        if (refusalOf(error) !== undefined) throw error;
        return (remote[name] as (input: never) => Promise<unknown>)(input);
      }
    },
  });
}
