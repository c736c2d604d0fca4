import { setHandler } from '@temporalio/workflow';
import { systemActor } from '../domain/audit.ts';
import { reservationEnded, type Reservation, type ReservationEnding } from '../domain/reservation.ts';
import { onCancellation, type Inbox } from './inbox.ts';
import { confirmSignal, endUpdate, releaseSignal } from './messages.ts';
import { answerClaim, refusingEarly } from './refusals.ts';
import { claimOf, parseEnd, parseRequester, type End } from './requests.ts';

/**
 * Receives everything that wants to end a standalone reservation: the signals `confirm` and `release`, the update `end`, and a
 * cancellation of the workflow, which releases it.
 * @param endedAs how the reservation ended, null while it is active or being placed
 */
export function receiveEnds(inbox: Inbox<End, Reservation>, endedAs: () => ReservationEnding | null): void {
  setHandler(confirmSignal, (payload) => inbox.post(() => ({ endAs: 'confirmed', ...parseRequester(payload) })));
  setHandler(releaseSignal, (payload) => inbox.post(() => ({ endAs: 'released', ...parseRequester(payload) })));
  setHandler(endUpdate, (payload) => answerClaim(claimOf(payload), inbox.submit(parseEnd(payload))), {
    validator: refusingEarly((payload) => {
      parseEnd(payload);
      const ended = endedAs();
      if (ended !== null) throw reservationEnded(ended);
    }),
  });
  onCancellation(() =>
    inbox.post(() => ({ endAs: 'released', actor: systemActor, requestId: null, reason: 'workflow cancelled' })),
  );
}
