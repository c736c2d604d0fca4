import { allHandlersFinished, condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';
import type { Activities } from '../../src/activities/index.ts';
import type { Order } from '../../src/domain/order.ts';
import { failureOf, refusalOf } from '../../src/workflows/refusals.ts';
import type { PlainOrderInput, PlainStep } from './messages.ts';

const activities = proxyActivities<Activities>({ startToCloseTimeout: '10 seconds' });

export const placedUpdate = defineUpdate<Order>('placed');
export const transitionUpdate = defineUpdate<Order, [PlainStep]>('transition');

/** An order as one would write it first: reserve, answer, wait for steps or the end of the hold. */
export async function plainOrder({ actor, requestId, ...input }: PlainOrderInput): Promise<string> {
  const { orderId } = input;
  let order: Order | undefined;
  let refused: unknown;
  let asked = false;
  setHandler(placedUpdate, async () => {
    asked = true;
    await condition(() => order !== undefined || refused !== undefined);
    if (order === undefined) throw asFailure(refused);
    return order;
  });
  setHandler(transitionUpdate, async ({ newStatus, ...by }) => {
    try {
      if (newStatus === 'confirmed') order = await activities.fulfilReservation({ orderId, ...by });
      else if (newStatus !== 'pending') order = await activities.advanceOrder({ orderId, newStatus, ...by });
    } catch (error) {
      throw asFailure(error);
    }
    return order as Order;
  });

  let holdMs = 0;
  try {
    const hold = await activities.reserveOrder({ actor, requestId, ...input });
    holdMs = hold.remainingHoldMs;
    order = hold.order;
  } catch (error) {
    refused = error;
    // Whoever placed it asks in a request of its own, which finds nobody once this has ended.
    await condition(() => asked);
    await condition(allHandlersFinished);
    return 'refused';
  }
  const inTime = await condition(() => order?.status !== 'pending', holdMs);
  if (!inTime) order = await activities.expireReservation({ orderId, actor: 'system', requestId: null });
  await condition(() => order?.status === 'delivered' || order?.status === 'cancelled');
  await condition(allHandlersFinished);
  return order.status;
}

function asFailure(error: unknown): unknown {
  const refusal = refusalOf(error);
  return refusal === undefined ? error : failureOf(refusal);
}
