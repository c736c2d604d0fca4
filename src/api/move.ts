import type { Client } from '@temporalio/client';
import type { Order } from '../domain/order.ts';
import type { Reservation } from '../domain/reservation.ts';
import {
  endUpdate,
  extendOrderUpdate,
  extendReservationUpdate,
  orderWorkflowId,
  reservationWorkflowId,
  transitionSignal,
  transitionUpdate,
  type Claimed,
  type EndRequest,
  type ExtendRequest,
  type TransitionRequest,
} from '../workflows/messages.ts';
import { claimOf, isRepeat, type Attempt } from './attempt.ts';
import { askWorkflow, refusalError, type Asked } from './ask-workflow.ts';

/** Milliseconds that a workflow gets to answer. */
const patience = 3_000;

/**
 * Asks an order's workflow to take a step and answers with the order after it. A repeat of an earlier attempt gets that one's
 * answer; if that was a refusal, the step is judged anew.
 * @throws DomainError invalid-transition, stock-conflict, not-found
 * @throws ProblemError idempotency-key-reused
 */
export function moveOrder(
  client: Client,
  orderId: string,
  attempt: Attempt,
  request: TransitionRequest,
): Promise<Asked<Order>> {
  const handle = client.workflow.getHandle(orderWorkflowId(orderId));
  const args: [TransitionRequest] = [{ ...request, ...claimOf(attempt) }];
  return update(client, attempt, (updateId) => handle.executeUpdate(transitionUpdate, { updateId, args }));
}

/** Sends an order's workflow a step to take when it can; an illegal one is ignored there. */
export function signalOrder(client: Client, orderId: string, request: TransitionRequest): Promise<Asked<void>> {
  const handle = client.workflow.getHandle(orderWorkflowId(orderId));
  return askWorkflow(client, patience, () => handle.signal(transitionSignal, request));
}

/**
 * Asks the workflow of a standalone reservation to end it and answers with the reservation after that; repeats as with an order.
 * @throws DomainError reservation-ended, not-found
 * @throws ProblemError idempotency-key-reused
 */
export function endReservation(
  client: Client,
  reservationId: string,
  attempt: Attempt,
  request: EndRequest,
): Promise<Asked<Reservation>> {
  const handle = client.workflow.getHandle(reservationWorkflowId(reservationId));
  const args: [EndRequest] = [{ ...request, ...claimOf(attempt) }];
  return update(client, attempt, (updateId) => handle.executeUpdate(endUpdate, { updateId, args }));
}

/**
 * Asks an order's workflow to let its hold last longer and answers with the order after that; repeats as with a step.
 * @throws DomainError not-reserved, reservation-ended, limit-exceeded, not-found
 * @throws ProblemError idempotency-key-reused
 */
export function extendOrder(
  client: Client,
  orderId: string,
  attempt: Attempt,
  request: ExtendRequest,
): Promise<Asked<Order>> {
  const handle = client.workflow.getHandle(orderWorkflowId(orderId));
  const args: [ExtendRequest] = [{ ...request, ...claimOf(attempt) }];
  return update(client, attempt, (updateId) => handle.executeUpdate(extendOrderUpdate, { updateId, args }));
}

/**
 * The same of a standalone reservation.
 * @throws DomainError reservation-ended, limit-exceeded, not-found
 * @throws ProblemError idempotency-key-reused
 */
export function extendReservation(
  client: Client,
  reservationId: string,
  attempt: Attempt,
  request: ExtendRequest,
): Promise<Asked<Reservation>> {
  const handle = client.workflow.getHandle(reservationWorkflowId(reservationId));
  const args: [ExtendRequest] = [{ ...request, ...claimOf(attempt) }];
  return update(client, attempt, (updateId) => handle.executeUpdate(extendReservationUpdate, { updateId, args }));
}

/** So many refusals of one key are looked past; each is one race lost between a check at the door and its turn. */
const refusalsLookedPast = 8;

/**
 * Sends an update under the attempt's id, which gives a repeat the stored answer. A stored refusal is not an answer: the next id
 * of the same attempt is tried, and so a later success is remembered as well.
 */
async function update<T extends object>(
  client: Client,
  attempt: Attempt,
  send: (updateId: string) => Promise<Claimed<T>>,
): Promise<Asked<T>> {
  for (let refusals = 0; ; refusals += 1) {
    const updateId = refusals === 0 ? attempt.id : `${attempt.id}-${refusals + 1}`;
    const asked = await askWorkflow(client, patience, () => send(updateId));
    if (asked.outcome === 'refused') {
      if (refusals < refusalsLookedPast && isRepeat(attempt, asked.claim)) continue;
      throw refusalError(asked.refusal);
    }
    if (asked.outcome === 'answered' && isRepeat(attempt, asked.value.claim)) attempt.replayed();
    return asked;
  }
}
