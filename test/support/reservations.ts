import { WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client';
import { v4, v7 } from 'uuid';
import type { Reservation } from '../../src/domain/reservation.ts';
import type { reservation } from '../../src/workflows/index.ts';
import {
  currentRules,
  endUpdate,
  extendReservationUpdate,
  reservationPlacedUpdate,
  reservationWorkflowId,
  type EndRequest,
  type ReservationInput,
  type ReservationPlacement,
} from '../../src/workflows/messages.ts';
import { notice } from './orders.ts';
import type { TestWorker } from './worker.ts';

/** The input of a reservation workflow; what is left out gets a default. */
export function reservationInput(
  input: Partial<ReservationInput> & Pick<ReservationInput, 'productId'>,
): ReservationInput {
  return {
    rules: currentRules,
    reservationId: v7(),
    quantity: 1,
    holdSeconds: 600,
    actor: 'anna',
    requestId: v4(),
    ...input,
  };
}

/** Asks for a standalone reservation, as the API does it, and waits for what became of it. */
export async function requestReservation(worker: TestWorker, input: ReservationInput): Promise<ReservationPlacement> {
  const startWorkflowOperation = new WithStartWorkflowOperation<typeof reservation>('reservation', {
    workflowId: reservationWorkflowId(input.reservationId),
    args: [input],
    taskQueue: worker.taskQueue,
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
  });
  return worker.client.workflow.executeUpdateWithStart(reservationPlacedUpdate, {
    startWorkflowOperation,
    updateId: 'placed',
  });
}

/** A standalone reservation and the workflow that owns it. */
export interface PlacedReservation {
  readonly id: string;
  /** As it was placed. */
  readonly reservation: Reservation;
  readonly handle: WorkflowHandle<typeof reservation>;
  readonly input: ReservationInput;
}

/** Places a standalone reservation that must not be refused. */
export async function placeReservation(
  worker: TestWorker,
  reservation: Partial<ReservationInput> & Pick<ReservationInput, 'productId'>,
): Promise<PlacedReservation> {
  const input = reservationInput(reservation);
  const placement = await requestReservation(worker, input);
  if ('refused' in placement) throw new Error(`The reservation was refused: ${placement.refused.message}`);
  return {
    id: input.reservationId,
    reservation: placement.reservation,
    handle: reservationHandle(worker, input.reservationId),
    input,
  };
}

/** The workflow of a standalone reservation. */
export function reservationHandle(
  { client }: Pick<TestWorker, 'client'>,
  reservationId: string,
): WorkflowHandle<typeof reservation> {
  return client.workflow.getHandle<typeof reservation>(reservationWorkflowId(reservationId));
}

/** Ends a reservation by the update `end` and answers with the reservation as it then is. */
export function endReservation(handle: WorkflowHandle, endAs: EndRequest['end_as']): Promise<Reservation> {
  return handle.executeUpdate(endUpdate, { args: [{ ...notice(), end_as: endAs }] });
}

/** Extends the hold of a reservation by the update `extend` and answers with the reservation after it. */
export function extendReservation(handle: WorkflowHandle, seconds: number): Promise<Reservation> {
  return handle.executeUpdate(extendReservationUpdate, { args: [{ ...notice(), seconds }] });
}
