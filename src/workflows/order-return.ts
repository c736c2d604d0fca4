import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import { activities } from './activities.ts';
import { answerPlaced } from './inbox.ts';
import {
  orderReturnPlacedUpdate,
  type OrderReturnInput,
  type OrderReturnOutcome,
  type OrderReturnPlacement,
} from './messages.ts';
import { attempt, claimIn } from './refusals.ts';
import { askerOf, assertRules } from './rules.ts';
import { describeReturn } from './visibility.ts';

/**
 * One return of a delivered order, whose own workflow has ended: taken or refused, and then over. It cannot be called off: a cancellation
 * of the workflow changes nothing.
 */
export async function orderReturn(input: OrderReturnInput): Promise<OrderReturnOutcome> {
  let placement: OrderReturnPlacement | undefined;
  const claim = claimIn(input);
  assertRules(input.rules);
  answerPlaced(orderReturnPlacedUpdate, () => placement);

  return CancellationScope.nonCancellable(async () => {
    const returned = await attempt(takeBack(input));
    if ('done' in returned) describeReturn(returned.done);
    placement = { ...('done' in returned ? { return: returned.done } : returned), ...claim };
    await condition(allHandlersFinished);
    return 'done' in returned ? { ending: 'returned' } : { ending: 'refused', refusal: returned.refused };
  });
}

function takeBack(input: OrderReturnInput) {
  const { returnId, orderId, line, quantity, warehouse, reason } = input;
  const acting = activities('take the units back');
  return acting.returnItems({ returnId, orderId, line, quantity, warehouse, reason, ...askerOf(input) });
}
