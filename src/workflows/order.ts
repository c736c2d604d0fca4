import { CancellationScope, setHandler } from '@temporalio/workflow';
import { systemActor } from '../domain/audit.ts';
import { notFound } from '../domain/errors.ts';
import type { Order } from '../domain/order.ts';
import {
  canTransition,
  invalidTransition,
  isFinal,
  transitionRefusal,
  type OrderStatus,
} from '../domain/order-status.ts';
import { activities } from './activities.ts';
import { startHold } from './hold.ts';
import { answerPlaced, Inbox } from './inbox.ts';
import { orderPlacedUpdate, statusQuery, type OrderEnding, type OrderInput, type OrderPlacement } from './messages.ts';
import { receiveSteps } from './order-messages.ts';
import { attempt, claimIn, type Outcome } from './refusals.ts';
import type { Step } from './requests.ts';
import { allocationIn, assertRules } from './rules.ts';
import { indexOrder, indexStatus } from './visibility.ts';

/**
 * The life of one order, from the request to its one ending. Started again on an order that exists, it goes on from where the
 * order stands: that is how a lost workflow is resumed. There is no execution timeout, since one would skip giving stock back.
 */
export async function order(input: OrderInput): Promise<OrderEnding> {
  const inbox = new Inbox<Step, Order>();
  let placement: OrderPlacement | undefined;
  let status: OrderStatus | undefined;
  const claim = claimIn(input);
  assertRules(input.rules);
  receiveSteps(inbox, () => status);
  setHandler(statusQuery, () => status ?? null);
  answerPlaced(orderPlacedUpdate, () => placement);

  // A cancellation from outside is a command like any other (see receiveSteps); it must not cut a compensation short.
  return CancellationScope.nonCancellable(async () => {
    const reserved = await attempt(reserve(input));
    if ('refused' in reserved) {
      placement = { ...reserved, ...claim };
      await inbox.close(() => notFound('Order', input.orderId));
      return { ending: 'refused', refusal: reserved.refused };
    }

    let { order, remainingHoldMs } = reserved.done;
    placement = { order, ...claim };
    status = order.status;
    indexOrder(order);
    const hold = status === 'pending' ? startHold(remainingHoldMs) : undefined;

    while (!isFinal(order.status)) {
      const pending = await inbox.next(order.status === 'pending' ? hold : undefined);
      if (pending && !canTransition(order.status, pending.command.newStatus)) {
        pending.refuse(transitionRefusal(order.status, pending.command.newStatus));
        continue;
      }
      const moved: Outcome<Order> = await attempt(pending ? advance(order, pending.command) : expire(order));
      // A refusal here means that the order is not where this workflow believes (it was reset, or repaired): look again.
      order = 'done' in moved ? moved.done : (await reserve(input)).order;
      status = order.status;
      // Not only at the end: a timer that outlives its hold would wake the order for nothing, and the Web UI would show it.
      if (status !== 'pending') hold?.cancel();
      indexStatus(order);
      if ('done' in moved) pending?.answer(order);
      else pending?.refuse(moved.refused);
    }

    const final = order.status;
    await inbox.close(({ newStatus }) => transitionRefusal(final, newStatus));
    return { ending: final === 'delivered' ? 'delivered' : 'cancelled' };
  });
}

/** Places the order, or finds it as it stands. */
function reserve(input: OrderInput) {
  const { orderId, items, holdSeconds, reference, actor, requestId } = input;
  const acting = activities('reserve every line or nothing');
  return acting.reserveOrder({ orderId, items, holdSeconds, reference, ...allocationIn(input), actor, requestId });
}

/** Takes a step that the transition table allows, with what it means for the stock. */
function advance({ id: orderId, status }: Order, { newStatus, ...by }: Step): Promise<Order> {
  const acting = activities(`${status} → ${newStatus}`);
  switch (newStatus) {
    case 'confirmed':
      return acting.fulfilReservation({ orderId, ...by });
    case 'cancelled':
      return status === 'pending'
        ? acting.releaseReservation({ orderId, ...by })
        : acting.advanceOrder({ orderId, newStatus, ...by });
    case 'processing':
    case 'shipped':
    case 'delivered':
      return acting.advanceOrder({ orderId, newStatus, ...by });
    case 'pending':
      throw invalidTransition(status, newStatus);
  }
}

/** The hold ended before anybody confirmed. */
function expire({ id: orderId }: Order): Promise<Order> {
  return activities('the hold has ended').expireReservation({ orderId, actor: systemActor, requestId: null });
}
