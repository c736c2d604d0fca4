import { setHandler } from '@temporalio/workflow';
import { systemActor } from '../domain/audit.ts';
import { DomainError, type Refusal } from '../domain/errors.ts';
import type { Order } from '../domain/order.ts';
import { canTransition, transitionRefusal } from '../domain/order-status.ts';
import { holdEndingOf } from '../domain/hold.ts';
import { reservationEnded } from '../domain/reservation.ts';
import { notReserved } from '../domain/waiting.ts';
import { onCancellation, type Inbox, type Signalled } from './inbox.ts';
import {
  cancelSignal,
  confirmSignal,
  extendOrderUpdate,
  transitionSignal,
  transitionUpdate,
  turnSignal,
} from './messages.ts';
import { answerClaim, refusingEarly } from './refusals.ts';
import {
  claimOf,
  isExtension,
  parseExtension,
  parseRequester,
  parseStep,
  type Extension,
  type Step,
} from './requests.ts';

/** What somebody wants of an order. */
export type OrderCommand = Step | Extension;

/**
 * Receives everything that wants to move an order: the signals `confirm`, `cancel`, `transition`, the updates `transition` and `extend`,
 * and a cancellation of the workflow, which cancels the order as far as the table allows.
 * @param current the order, undefined while it is being placed
 */
export function receiveCommands(inbox: Inbox<OrderCommand, Order>, current: () => Order | undefined): void {
  setHandler(confirmSignal, (payload) => inbox.post(() => ({ newStatus: 'confirmed', ...parseRequester(payload) })));
  setHandler(cancelSignal, (payload) => inbox.post(() => ({ newStatus: 'cancelled', ...parseRequester(payload) })));
  setHandler(transitionSignal, (payload) => inbox.post(() => parseStep(payload)));
  // Refused here, a command leaves no trace in the history. It is judged again when the main function takes it, and only then while
  // another one is under way.
  const judgeEarly = (parse: (payload: unknown) => OrderCommand) =>
    refusingEarly((payload) => {
      const command = parse(payload);
      const order = current();
      const refusal = order !== undefined && inbox.isIdle() ? judge(order, command) : undefined;
      if (refusal) throw new DomainError(refusal.code, refusal.message, refusal.details);
    });
  setHandler(transitionUpdate, (payload) => answerClaim(claimOf(payload), inbox.submit(parseStep(payload))), {
    validator: judgeEarly(parseStep),
  });
  setHandler(extendOrderUpdate, (payload) => answerClaim(claimOf(payload), inbox.submit(parseExtension(payload))), {
    validator: judgeEarly(parseExtension),
  });
  onCancellation(() =>
    inbox.post(() => ({ newStatus: 'cancelled', actor: systemActor, requestId: null, reason: 'workflow cancelled' })),
  );
}

/** Receives the signal that the turn of a waiting order has come. Anybody may send it: it only makes the order look. */
export function receiveTurns(): Signalled {
  let come = false;
  setHandler(turnSignal, () => {
    come = true;
  });
  return {
    get come() {
      return come;
    },
    take: () => {
      const was = come;
      come = false;
      return was;
    },
  };
}

/** Why an order cannot do what somebody wants of it, as it stands; undefined when it can. Plain data: thousands may have to be judged. */
export function judge(order: Order, command: OrderCommand): Refusal | undefined {
  const { id, status, waiting } = order;
  if (!isExtension(command)) {
    if (waiting && command.newStatus === 'confirmed') return notReserved(id, waiting);
    return canTransition(status, command.newStatus) ? undefined : transitionRefusal(status, command.newStatus);
  }
  if (waiting) return notReserved(id, waiting);
  const ended = holdEndingOf(order);
  return ended === null ? undefined : reservationEnded(ended);
}
