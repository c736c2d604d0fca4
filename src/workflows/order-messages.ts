import { setHandler } from '@temporalio/workflow';
import { systemActor } from '../domain/audit.ts';
import type { Order } from '../domain/order.ts';
import { assertTransition, type OrderStatus } from '../domain/order-status.ts';
import { onCancellation, type Inbox } from './inbox.ts';
import { cancelSignal, confirmSignal, transitionSignal, transitionUpdate } from './messages.ts';
import { answerClaim, refusingEarly } from './refusals.ts';
import { claimOf, parseRequester, parseStep, type Step } from './requests.ts';

/**
 * Receives everything that wants to move an order: the signals `confirm`, `cancel`, `transition`, the update `transition`, and
 * a cancellation of the workflow, which cancels the order as far as the table allows.
 * @param status the order's status, undefined while it is being placed
 */
export function receiveSteps(inbox: Inbox<Step, Order>, status: () => OrderStatus | undefined): void {
  setHandler(confirmSignal, (payload) => inbox.post(() => ({ newStatus: 'confirmed', ...parseRequester(payload) })));
  setHandler(cancelSignal, (payload) => inbox.post(() => ({ newStatus: 'cancelled', ...parseRequester(payload) })));
  setHandler(transitionSignal, (payload) => inbox.post(() => parseStep(payload)));
  setHandler(transitionUpdate, (payload) => answerClaim(claimOf(payload), inbox.submit(parseStep(payload))), {
    // Refused here, a step leaves no trace in the history. It is judged again when the main function takes it, and only then while
    // another step is under way.
    validator: refusingEarly((payload) => {
      const { newStatus } = parseStep(payload);
      const from = status();
      if (from !== undefined && inbox.isIdle()) assertTransition(from, newStatus);
    }),
  });
  onCancellation(() =>
    inbox.post(() => ({ newStatus: 'cancelled', actor: systemActor, requestId: null, reason: 'workflow cancelled' })),
  );
}
