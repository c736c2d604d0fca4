import { defaultRule } from '../domain/allocation.ts';
import { defaultShortagePolicy } from '../domain/order.ts';
import { isFinal, type OrderStatus } from '../domain/order-status.ts';
import { defaultWaitSeconds } from '../domain/waiting.ts';
import type { Activities } from '../activities/index.ts';
import { activities, localActivities } from './activities.ts';
import type { AllocationInput, AskedBy, OrderInput, ReservationInput, ShortageInput } from './messages.ts';

/** The rules this code knows. A workflow keeps those it was started under, see `rules` in its input. */
const knownRules: readonly number[] = [1, 2, 3, 4, 5];

/**
 * Keeps this code's hands off workflows of rules it does not know: while versions are replaced, one by one or back again, their
 * tasks fail and wait for a worker that knows them. A plain Error on purpose: an ApplicationFailure would fail the order itself.
 * @throws Error
 */
export function assertRules(rules: number): void {
  if (!knownRules.includes(rules))
    throw new Error(`This worker does not know rules ${rules}; a newer one must take over`);
}

/** How the units of an order or a reservation are looked for: under rules 1 nobody says, and it is by priority. */
export function allocationIn({ rules, ...asked }: OrderInput | ReservationInput): AllocationInput {
  if (rules === 1) return {};
  return { allocation: asked.allocation ?? defaultRule.strategy, region: asked.region ?? defaultRule.region };
}

/** What an order does when there are not enough units: under rules 1 and 2 nobody says, and it is refused. */
export function shortageIn({ rules, onShortage, waitSeconds }: OrderInput): ShortageInput {
  if (rules < 3) return {};
  const policy = onShortage ?? defaultShortagePolicy;
  return { onShortage: policy, ...(policy === 'wait' ? { waitSeconds: waitSeconds ?? defaultWaitSeconds } : {}) };
}

/** The activities that a durable event asks for: under rules 1 to 3 each has a task of its own. */
export function activitiesIn({ rules }: { readonly rules: number }): (summary: string) => Activities {
  return rules < 4 ? activities : localActivities;
}

/**
 * The activities of a step that somebody asks for: under rules 1 to 4 each has a task of its own, and from rules 5 on those of the last step. A
 * workflow that is to end in the task that takes the update cannot when a signal comes meanwhile, and the server takes the update back.
 */
export function stepActivitiesIn({ rules }: OrderInput, newStatus: OrderStatus): (summary: string) => Activities {
  return rules < 5 || isFinal(newStatus) ? activities : localActivities;
}

/** Who asked for what a workflow was started for. */
export function askerOf({ actor, onBehalfOf, requestId }: AskedBy): AskedBy {
  return { actor, ...(onBehalfOf !== undefined && { onBehalfOf }), requestId };
}
