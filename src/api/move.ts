import type { Client } from '@temporalio/client';
import type { Knex } from 'knex';
import { v7 as uuidv7 } from 'uuid';
import type { Refusal } from '../domain/errors.ts';
import type { Order } from '../domain/order.ts';
import { stepTowards } from '../domain/order-status.ts';
import type { Reservation } from '../domain/reservation.ts';
import { readOrder } from '../persistence/orders.ts';
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

/** Milliseconds that a workflow gets to answer, however often it has to be asked. */
const patience = 3_000;

/** Sends an update and waits for its answer as long as its request may. */
type Ask = <T>(send: () => Promise<T>) => Promise<Asked<T>>;

/**
 * Asks an order's workflow to take a step and answers with the order after it. A repeat of an earlier attempt gets that one's
 * answer; if that was a refusal, the step is judged anew. One that is refused by a workflow that is behind its order's row is judged again
 * when the workflow has caught up.
 * @throws DomainError invalid-transition, stock-conflict, not-found
 * @throws ProblemError idempotency-key-reused
 */
export function moveOrder(
  { db, client }: { readonly db: Knex; readonly client: Client },
  orderId: string,
  attempt: Attempt,
  request: TransitionRequest,
): Promise<Asked<Order>> {
  const handle = client.workflow.getHandle(orderWorkflowId(orderId));
  const { id, claim } = attempt;
  const key = claim && { key: { id, fingerprint: claim.fingerprint } };
  const args: [TransitionRequest] = [{ ...request, ...claimOf(attempt), ...key }];
  return update(
    client,
    attempt,
    (updateId) => handle.executeUpdate(transitionUpdate, { updateId, args }),
    (refusal, ask) => catchUp({ db, client }, orderId, { refusal, request }, ask),
  );
}

/**
 * Takes an order's workflow to where its row is, when it refused a step from a status that the row has left: the update of a step may be lost
 * after the row has taken it. Sends it a step that it believes to be next, which writes nothing, since the row has it behind it: either it is found done,
 * or the workflow looks where its order is. A workflow that refuses it for another reason than where it is will not look.
 * @returns whether it was behind and may have caught up; undefined when there was no answer in time
 */
async function catchUp(
  { db, client }: { readonly db: Knex; readonly client: Client },
  orderId: string,
  { refusal, request }: { readonly refusal: Refusal; readonly request: TransitionRequest },
  ask: Ask,
): Promise<boolean | undefined> {
  const { actor, on_behalf_of, request_id } = request;
  if (refusal.code !== 'invalid-transition') return false;
  const row = await readOrder(db, orderId);
  const missed = row && stepTowards(refusal.details.from, row.status);
  if (missed === undefined) return false;
  const handle = client.workflow.getHandle(orderWorkflowId(orderId));
  const said = { actor, ...(on_behalf_of !== undefined && { on_behalf_of }), request_id };
  // Under an id of its own each time: whoever repeats the attempt may find the workflow behind again. A refusal says that it caught up meanwhile.
  const options = { updateId: uuidv7(), args: [{ ...said, new_status: missed }] as [TransitionRequest] };
  const asked = await ask(() => handle.executeUpdate(transitionUpdate, options));
  if (asked.outcome === 'unknown') return undefined;
  return asked.outcome !== 'refused' || asked.refusal.code === 'invalid-transition';
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

/** So often is one update sent again that did not reach its workflow. */
const lossesMadeUpFor = 8;

/** So many refusals of one key are looked past; each is one race lost between a check at the door and its turn. */
const refusalsLookedPast = 8;

/**
 * Sends an update under the attempt's id, which gives a repeat the stored answer. A stored refusal is not an answer: the next id
 * of the same attempt is tried, and so a later success is remembered as well.
 * @param catchUp told of a refusal; whether what was refused is to be tried again, undefined when nobody can say in time
 */
async function update<T extends object>(
  client: Client,
  attempt: Attempt,
  send: (updateId: string) => Promise<Claimed<T>>,
  catchUp: (refusal: Refusal, ask: Ask) => Promise<boolean | undefined> = () => Promise.resolve(false),
): Promise<Asked<T>> {
  const until = Date.now() + patience;
  const ask: Ask = (sending) => askUntilTaken(client, until, sending);
  for (let refusals = 0; ;) {
    const updateId = refusals === 0 ? attempt.id : `${attempt.id}-${refusals + 1}`;
    const asked = await ask(() => send(updateId));
    if (asked.outcome === 'refused') {
      if (refusals < refusalsLookedPast && isRepeat(attempt, asked.claim)) {
        refusals += 1;
        continue;
      }
      const again = await catchUp(asked.refusal, ask);
      if (again === undefined) return { outcome: 'unknown' };
      if (!again) throw refusalError(asked.refusal);
      // Refused at the door, the id is not used up, and a repeat looks for the answer under it. Without a key nobody repeats.
      if (attempt.claim === undefined || asked.claim !== undefined) refusals += 1;
      continue;
    }
    if (asked.outcome === 'answered' && isRepeat(attempt, asked.value.claim)) attempt.replayed();
    return asked;
  }
}

/** Asks again what did not reach the workflow, as long as there is time. */
async function askUntilTaken<T>(client: Client, until: number, send: () => Promise<T>): Promise<Asked<T>> {
  for (let losses = 0; ; losses += 1) {
    const asked = await askWorkflow(client, Math.max(0, until - Date.now()), send);
    const isLost = asked.outcome === 'unknown' && asked.lost === true;
    if (!isLost || losses === lossesMadeUpFor) return asked;
  }
}
