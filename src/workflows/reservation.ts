import { CancellationScope } from '@temporalio/workflow';
import type { ReservationHold } from '../activities/reserve-stock.ts';
import { systemActor } from '../domain/audit.ts';
import { notFound } from '../domain/errors.ts';
import { reservationEnded, type Reservation, type ReservationEnding } from '../domain/reservation.ts';
import { activities } from './activities.ts';
import { answerPlaced, Inbox } from './inbox.ts';
import {
  reservationPlacedUpdate,
  type ReservationInput,
  type ReservationOutcome,
  type ReservationPlacement,
} from './messages.ts';
import { attempt, claimIn, type Outcome } from './refusals.ts';
import { isExtension } from './requests.ts';
import { receiveEnds, type ReservationCommand } from './reservation-messages.ts';
import { activitiesIn, allocationIn, askerOf, assertRules } from './rules.ts';
import { startTimer } from './timer.ts';
import { describeReservation } from './visibility.ts';

/** The life of a reservation that stands alone: held until it is confirmed, released, or its hold ends. */
export async function reservation(input: ReservationInput): Promise<ReservationOutcome> {
  const inbox = new Inbox<ReservationCommand, Reservation>();
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
    let hold = reservation.isActive ? startTimer(reserved.done.remainingHoldMs, 'hold') : undefined;

    while (reservation.endedAs === null) {
      const pending = await inbox.next(hold);
      const moved: Outcome<Moved> = await attempt(
        pending ? carryOut(reservation, pending.command) : expire(input, reservation),
      );
      // A refusal here means that the reservation is not where this workflow believes: look again.
      const found: Moved = 'done' in moved ? moved.done : await reserve(input);
      const { expiresAt } = reservation;
      reservation = found.reservation;
      endedAs = reservation.endedAs;
      if (endedAs === null && found.remainingHoldMs !== undefined && reservation.expiresAt !== expiresAt) {
        hold?.cancel();
        hold = startTimer(found.remainingHoldMs, 'hold');
      }
      describeReservation(reservation);
      if ('done' in moved) pending?.answer(reservation);
      else pending?.refuse(moved.refused);
    }

    hold?.cancel();
    const ending = reservation.endedAs;
    await inbox.close(() => reservationEnded(ending));
    return { ending };
  });
}

function reserve(input: ReservationInput) {
  const { reservationId, productId, quantity, holdSeconds } = input;
  const asked = { productId, quantity, holdSeconds, ...allocationIn(input) };
  return activitiesIn(input)('reserve').reserveStock({ reservationId, ...asked, ...askerOf(input) });
}

/** A reservation as it stands, and what is left of its hold where that may have changed. */
type Moved = Partial<ReservationHold> & { readonly reservation: Reservation };

async function carryOut({ id: reservationId, expiresAt }: Reservation, command: ReservationCommand): Promise<Moved> {
  if (isExtension(command)) {
    const acting = activities(`hold for ${command.seconds} seconds more`);
    return acting.extendHold({ reservationId, expiresAt, ...command });
  }
  const { endAs, ...by } = command;
  const acting = activities(`active → ${endAs}`);
  const reservation =
    endAs === 'confirmed'
      ? await acting.fulfilReservation({ reservationId, ...by })
      : await acting.releaseReservation({ reservationId, ...by });
  return { reservation };
}

async function expire(input: ReservationInput, { id: reservationId }: Reservation): Promise<Moved> {
  const acting = activitiesIn(input)('the hold has ended');
  return { reservation: await acting.expireReservation({ reservationId, actor: systemActor, requestId: null }) };
}
