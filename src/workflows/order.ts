import { CancellationScope, setHandler } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { OrderHold } from '../activities/order-hold.ts';
import { systemActor } from '../domain/audit.ts';
import { notFound } from '../domain/errors.ts';
import type { Order } from '../domain/order.ts';
import { invalidTransition, isFinal, transitionRefusal } from '../domain/order-status.ts';
import { activities } from './activities.ts';
import { startTimer } from './timer.ts';
import { answerPlaced, Inbox, type Pending } from './inbox.ts';
import { orderPlacedUpdate, statusQuery, type OrderEnding, type OrderInput, type OrderPlacement } from './messages.ts';
import { judge, receiveCommands, receiveTurns, type OrderCommand } from './order-messages.ts';
import { attempt, claimIn, type Outcome } from './refusals.ts';
import { isExtension, type Extension, type Step } from './requests.ts';
import { activitiesIn, allocationIn, askerOf, assertRules, shortageIn, stepActivitiesIn } from './rules.ts';
import { indexOrder, indexStatus } from './visibility.ts';

/**
 * The life of one order, from the request to its one ending. Started again on an order that exists, it goes on from where the
 * order stands: that is how a lost workflow is resumed. There is no execution timeout, since one would skip giving stock back.
 */
export async function order(input: OrderInput): Promise<OrderEnding> {
  const inbox = new Inbox<OrderCommand, Order>();
  let placement: OrderPlacement | undefined;
  let order: Order | undefined;
  const claim = claimIn(input);
  assertRules(input.rules);
  receiveCommands(inbox, () => order);
  const turn = receiveTurns();
  setHandler(statusQuery, () => order?.status ?? null);
  answerPlaced(orderPlacedUpdate, () => placement);

  // A cancellation from outside is a command like any other (see receiveCommands); it must not cut a compensation short.
  return CancellationScope.nonCancellable(async () => {
    const reserved = await attempt(place(input));
    if ('refused' in reserved) {
      placement = { ...reserved, ...claim };
      await inbox.close(() => notFound('Order', input.orderId));
      return { ending: 'refused', refusal: reserved.refused };
    }

    let current = (order = reserved.done.order);
    placement = { order, ...claim };
    indexOrder(order);
    let timer = timerOf(reserved.done);
    let again: Pending<OrderCommand, Order> | undefined;

    while (!isFinal(current.status)) {
      const pending =
        again ??
        (await inbox.next(current.status === 'pending' ? timer : undefined, current.waiting ? turn : undefined));
      again = undefined;
      const refusal = pending && judge(current, pending.command);
      if (refusal) {
        pending.refuse(refusal);
        continue;
      }
      const moved: Outcome<Partial<OrderHold> & { readonly order: Order }> = await attempt(
        pending
          ? carryOut(input, current, pending.command)
          : current.waiting && turn.take()
            ? place(input)
            : timeIsOver(input, current),
      );
      // A refusal here means that the order is not where this workflow believes (it was reset, or repaired): look again.
      const found = 'done' in moved ? moved.done : await place(input);
      const before = current;
      current = order = found.order;
      // Not only at the end: a timer that outlives its hold would wake the order for nothing, and the Web UI would show it.
      if (current.status !== 'pending') timer?.cancel();
      else if (found.remainingHoldMs !== undefined && hasOtherEnd(before, current)) {
        timer?.cancel();
        timer = timerOf({ order: current, remainingHoldMs: found.remainingHoldMs });
      }
      indexStatus(current);
      if ('done' in moved) pending?.answer(current);
      else if (pending && isStepAfterAll(input, before, current, pending.command)) again = pending;
      else pending?.refuse(moved.refused);
    }

    const ended = current;
    await inbox.close((command) => judge(ended, command) ?? transitionRefusal(ended.status, ended.status));
    return { ending: current.status === 'delivered' ? 'delivered' : 'cancelled' };
  });
}

/** Places the order, or finds it as it stands; one that waits is served when its turn has come. */
function place(input: OrderInput): Promise<OrderHold> {
  const { orderId, items, holdSeconds, reference, rescuedFrom, confirmedFor } = input;
  if (rescuedFrom !== undefined) {
    const acting = activitiesIn(input)('reserve again what had expired, and confirm it');
    return acting.rescueOrder({ orderId, rescuedFrom, holdSeconds, ...confirmedFor, ...askerOf(input) });
  }
  const asked = { items, holdSeconds, reference, ...allocationIn(input), ...shortageIn(input) };
  return activitiesIn(input)('reserve every line or nothing').reserveOrder({ orderId, ...asked, ...askerOf(input) });
}

/** Whether what was refused where the workflow believed its order to be can be done where it is. Under rules 1 to 4 it stays refused. */
function isStepAfterAll({ rules }: OrderInput, believed: Order, found: Order, command: OrderCommand): boolean {
  return rules >= 5 && found.status !== believed.status && judge(found, command) === undefined;
}

/** Takes a step that the transition table allows, with what it means for the stock, or extends the hold. */
async function carryOut(
  input: OrderInput,
  order: Order,
  command: OrderCommand,
): Promise<Partial<OrderHold> & { readonly order: Order }> {
  if (isExtension(command)) return extend(order, command);
  if (order.waiting) {
    // Not within the task: were the update lost with it, the workflow would go on refusing for want of units what is cancelled.
    const left = await leave(activities('waiting → cancelled'), order, 'cancelled', command);
    // By an attempt that was not heard of it may have been served, and then has units to give back; or somebody was faster.
    if (left.order.cancelReason === 'requested') return left;
  }
  return { order: await advance(input, order, command) };
}

function advance(input: OrderInput, { id: orderId, status }: Order, { newStatus, ...by }: Step): Promise<Order> {
  const acting = stepActivitiesIn(input, newStatus)(`${status} → ${newStatus}`);
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

/** Never within the task: were the update lost with it, the hold would end when it was to end before, as its timer would not know. */
function extend({ id: orderId, expiresAt }: Order, { seconds, ...by }: Extension): Promise<OrderHold> {
  const acting = activities(`hold for ${seconds} seconds more`);
  return acting.extendHold({ orderId, seconds, expiresAt: expiresAt ?? '', ...by });
}

/** The hold ended before anybody confirmed, or the units did not come in time. */
async function timeIsOver(input: OrderInput, order: Order): Promise<Partial<OrderHold> & { readonly order: Order }> {
  const by = { actor: systemActor, requestId: null };
  const acting = activitiesIn(input);
  if (order.waiting) return leave(acting('the units did not come in time'), order, 'not-available', by);
  return { order: await acting('the hold has ended').expireReservation({ orderId: order.id, ...by }) };
}

function leave(
  acting: Activities,
  { id: orderId }: Order,
  endedAs: 'cancelled' | 'not-available',
  by: Omit<Step, 'newStatus'> & { readonly newStatus?: unknown },
): Promise<OrderHold> {
  const { actor, onBehalfOf, requestId, reason, key } = by;
  const said = {
    ...(onBehalfOf !== undefined && { onBehalfOf }),
    ...(reason !== undefined && { reason }),
    ...(key && { key }),
  };
  return acting.leaveWaitingList({ orderId, endedAs, actor, requestId, ...said });
}

/** The timer of an order that can run out of time: that of its hold, or of its waiting. */
function timerOf({ order, remainingHoldMs }: OrderHold) {
  if (order.status !== 'pending') return undefined;
  return startTimer(remainingHoldMs, order.waiting ? 'waiting for units' : 'hold');
}

function hasOtherEnd(before: Order, after: Order): boolean {
  return before.expiresAt !== after.expiresAt || before.waiting?.until !== after.waiting?.until;
}
