import { setHandler } from '@temporalio/workflow';
import { systemActor } from '../domain/audit.ts';
import { reservationEnded, type Reservation, type ReservationEnding } from '../domain/reservation.ts';
import { onCancellation, type Inbox } from './inbox.ts';
import { confirmSignal, endUpdate, extendReservationUpdate, releaseSignal } from './messages.ts';
import { answerClaim, refusingEarly } from './refusals.ts';
import { claimOf, parseEnd, parseExtension, parseRequester, type End, type Extension } from './requests.ts';

/** What somebody wants of a standalone reservation. */
export type ReservationCommand = End | Extension;

/**
 * Receives everything that wants to end a standalone reservation: the signals `confirm` and `release`, the updates `end` and `extend`, and a
 * cancellation of the workflow, which releases it.
 * @param endedAs how the reservation ended, null while it is active or being placed
 */
export function receiveEnds(
  inbox: Inbox<ReservationCommand, Reservation>,
  endedAs: () => ReservationEnding | null,
): void {
  const judgeEarly = (parse: (payload: unknown) => ReservationCommand) =>
    refusingEarly((payload) => {
      parse(payload);
      const ended = endedAs();
      if (ended !== null) throw reservationEnded(ended);
    });
  setHandler(confirmSignal, (payload) => inbox.post(() => ({ endAs: 'confirmed', ...parseRequester(payload) })));
  setHandler(releaseSignal, (payload) => inbox.post(() => ({ endAs: 'released', ...parseRequester(payload) })));
  setHandler(endUpdate, (payload) => answerClaim(claimOf(payload), inbox.submit(parseEnd(payload))), {
    validator: judgeEarly(parseEnd),
  });
  setHandler(
    extendReservationUpdate,
    (payload) => answerClaim(claimOf(payload), inbox.submit(parseExtension(payload))),
    { validator: judgeEarly(parseExtension) },
  );
  onCancellation(() =>
    inbox.post(() => ({ endAs: 'released', actor: systemActor, requestId: null, reason: 'workflow cancelled' })),
  );
}
