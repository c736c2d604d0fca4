import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Knex } from 'knex';
import type { Cause } from '../domain/audit.ts';
import type { Order } from '../domain/order.ts';
import type { Reservation, ReservationEnding } from '../domain/reservation.ts';
import type { Holder } from '../persistence/reservations.ts';
import { advanceOrder, type AdvanceOrderInput } from './advance-order.ts';
import {
  cleanExpired,
  type CleanExpiredInput,
  type CleanExpiredSummary,
  type OwningWorkflow,
} from './clean-expired.ts';
import { endOrderHold, endReservationHold } from './end-hold.ts';
import { forgetKeys } from './forget-keys.ts';
import { refusing } from './failures.ts';
import { reserveOrder, type OrderHold, type ReserveOrderInput } from './reserve-order.ts';
import { reserveStock, type ReservationHold, type ReserveStockInput } from './reserve-stock.ts';

export interface ActivityDependencies {
  readonly db: Knex;
  /** Asks Temporal about the workflow that owns units. @throws when it does not answer */
  readonly owningWorkflow: (holder: Holder) => Promise<OwningWorkflow>;
  /** Called between what an activity commits and its answer, where tests of faults let things go wrong. */
  readonly reach?: (point: `${keyof Activities}.committed`) => void;
}

/** On whose behalf an activity works; part of every activity's input. */
export interface OnBehalfOf {
  readonly actor: string;
  /** Null when a timer is behind it. */
  readonly requestId: string | null;
}

interface EndHoldInput {
  readonly reason?: string;
}

/** Ends the hold of an order or of a standalone reservation, and answers with what it then is. */
interface EndHold {
  (input: OnBehalfOf & EndHoldInput & { readonly orderId: string }): Promise<Order>;
  (input: OnBehalfOf & EndHoldInput & { readonly reservationId: string }): Promise<Reservation>;
}

/** The activities of Earmark: one locked transaction each. Any of them may run twice and then has one effect. */
export interface Activities {
  reserveOrder(input: OnBehalfOf & ReserveOrderInput): Promise<OrderHold>;
  reserveStock(input: OnBehalfOf & ReserveStockInput): Promise<ReservationHold>;
  fulfilReservation: EndHold;
  releaseReservation: EndHold;
  expireReservation: EndHold;
  advanceOrder(input: OnBehalfOf & AdvanceOrderInput): Promise<Order>;
  cleanExpired(input: Omit<CleanExpiredInput, 'requestId'>): Promise<CleanExpiredSummary>;
  forgetKeys(): Promise<number>;
}

/** Wires the activities to a database and to Temporal; the worker registers the result. */
export function createActivities({ db, owningWorkflow, reach }: ActivityDependencies): Activities {
  const endHold = (endedAs: ReservationEnding): EndHold =>
    ((input: OnBehalfOf & EndHoldInput & ({ orderId: string } | { reservationId: string })) =>
      refusing<Order | Reservation>(
        'orderId' in input
          ? endOrderHold(db, input, endedAs, causeOf(input))
          : endReservationHold(db, input, endedAs, causeOf(input)),
      )) as EndHold;
  const activities: Activities = {
    reserveOrder: (input) => refusing(reserveOrder(db, input, causeOf(input))),
    reserveStock: (input) => refusing(reserveStock(db, input, causeOf(input))),
    fulfilReservation: endHold('confirmed'),
    releaseReservation: endHold('released'),
    expireReservation: endHold('expired'),
    advanceOrder: (input) => refusing(advanceOrder(db, input, causeOf(input))),
    cleanExpired: (input) =>
      cleanExpired(
        { db, owningWorkflow, onProgress: (summary) => Context.current().heartbeat(summary) },
        { ...input, requestId: null },
      ),
    forgetKeys: () => forgetKeys(db),
  };
  return reach === undefined ? activities : withFaultPoints(activities, reach);
}

/** A refusal is an answer too: by then it is committed. What failed otherwise has none. */
function withFaultPoints(activities: Activities, reach: NonNullable<ActivityDependencies['reach']>): Activities {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    async (input: never) => {
      const point = `${name as keyof Activities}.committed` as const;
      try {
        const answer = await (activity as (input: never) => Promise<unknown>)(input);
        reach(point);
        return answer;
      } catch (error) {
        if (error instanceof ApplicationFailure) reach(point);
        throw error;
      }
    },
  ]);
  return Object.fromEntries(wrapped) as Activities;
}

function causeOf({ actor, requestId }: OnBehalfOf): Cause {
  return { actor, requestId, workflowId: Context.current().info.workflowExecution?.workflowId ?? null };
}
