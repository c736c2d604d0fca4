import { CancellationScope } from '@temporalio/workflow';
import { systemActor } from '../domain/audit.ts';
import { notFound } from '../domain/errors.ts';
import { reservationEnded, type Reservation, type ReservationEnding } from '../domain/reservation.ts';
import { activities } from './activities.ts';
import { startHold } from './hold.ts';
import { answerPlaced, Inbox } from './inbox.ts';
import {
  reservationPlacedUpdate,
  type ReservationInput,
  type ReservationOutcome,
  type ReservationPlacement,
} from './messages.ts';
import { attempt, claimIn } from './refusals.ts';
import type { End } from './requests.ts';
import { receiveEnds } from './reservation-messages.ts';
import { allocationIn, assertRules } from './rules.ts';
import { describeReservation } from './visibility.ts';

/** The life of a reservation that stands alone: held until it is confirmed, released, or its hold ends. */
export async function reservation(input: ReservationInput): Promise<ReservationOutcome> {
  const inbox = new Inbox<End, Reservation>();
  let placement: ReservationPlacement | undefined;
  let endedAs: ReservationEnding | null = null;
  const claim = claimIn(input);
  assertRules(input.rules);
  receiveEnds(inbox, () => endedAs);
  answerPlaced(reservationPlacedUpdate, () => placement);

  return CancellationScope.nonCancellable(async () => {
    const reserved = await attempt(reserve(input));
    if ('refused' in reserved) {
      placement = { ...reserved, ...claim };
      await inbox.close(() => notFound('Reservation', input.reservationId));
      return { ending: 'refused', refusal: reserved.refused };
    }

    let { reservation } = reserved.done;
    placement = { reservation, ...claim };
    describeReservation(reservation);
    const hold = reservation.isActive ? startHold(reserved.done.remainingHoldMs) : undefined;

    while (reservation.endedAs === null) {
      const pending = await inbox.next(hold);
      const ended = await attempt(pending ? end(reservation, pending.command) : expire(reservation));
      // A refusal here means that the reservation is not where this workflow believes: look again.
      reservation = 'done' in ended ? ended.done : (await reserve(input)).reservation;
      endedAs = reservation.endedAs;
      describeReservation(reservation);
      if ('done' in ended) pending?.answer(reservation);
      else pending?.refuse(ended.refused);
    }

    hold?.cancel();
    const ending = reservation.endedAs;
    await inbox.close(() => reservationEnded(ending));
    return { ending };
  });
}

function reserve(input: ReservationInput) {
  const { reservationId, productId, quantity, holdSeconds, actor, requestId } = input;
  const asked = { productId, quantity, holdSeconds, ...allocationIn(input) };
  return activities('reserve').reserveStock({ reservationId, ...asked, actor, requestId });
}

function end({ id: reservationId }: Reservation, { endAs, ...by }: End): Promise<Reservation> {
  const acting = activities(`active → ${endAs}`);
  return endAs === 'confirmed'
    ? acting.fulfilReservation({ reservationId, ...by })
    : acting.releaseReservation({ reservationId, ...by });
}

function expire({ id: reservationId }: Reservation): Promise<Reservation> {
  return activities('the hold has ended').expireReservation({ reservationId, actor: systemActor, requestId: null });
}
