import { Context, metricMeter } from '@temporalio/activity';
import type { Knex } from 'knex';
import type { Cause } from '../domain/audit.ts';
import type { FindingsSummary } from '../domain/finding.ts';
import { defaultHoldRules, type HoldRules } from '../domain/holding-limits.ts';
import type { Order } from '../domain/order.ts';
import type { Return } from '../domain/return.ts';
import type { Reservation, ReservationEnding } from '../domain/reservation.ts';
import type { WakeWaiting } from '../domain/waiting.ts';
import type { BooksReport } from '../persistence/books/check.ts';
import type { Holder } from '../persistence/reservations.ts';
import { advanceOrder, type AdvanceOrderInput } from './advance-order.ts';
import {
  cleanExpired,
  type CleanExpiredInput,
  type CleanExpiredSummary,
  type OwningWorkflow,
} from './clean-expired.ts';
import { endOrderHold, endReservationHold, type EndOrderHoldInput, type EndReservationHoldInput } from './end-hold.ts';
import { extendOrderHold, extendReservationHold, type ExtendHoldInput } from './extend-hold.ts';
import { forgetKeys } from './forget-keys.ts';
import { refusing } from './failures.ts';
import { withFaultPoints, type ReachCommitted } from './fault-points.ts';
import { leaveWaitingList, type LeaveWaitingListInput } from './leave-waiting-list.ts';
import { reportFindings, type ReportTo } from './report-findings.ts';
import type { OrderHold } from './order-hold.ts';
import { rescueOrder, type RescueOrderInput } from './rescue-order.ts';
import { reserveOrder, type ReserveOrderInput } from './reserve-order.ts';
import { reserveStock, type ReservationHold, type ReserveStockInput } from './reserve-stock.ts';
import { returnItems, type ReturnItemsInput } from './return-items.ts';
import { wakeWaiting, waking } from './wake-waiting.ts';

export interface ActivityDependencies {
  readonly db: Knex;
  /** Asks Temporal about the workflow that owns units. @throws when it does not answer */
  readonly owningWorkflow: (holder: Holder) => Promise<OwningWorkflow>;
  /** Tells the workflows of waiting orders that their turn has come. */
  readonly wake: WakeWaiting;
  /** How holds are bounded; {@link defaultHoldRules} unless given. */
  readonly holdRules?: HoldRules;
  /** Where tests of faults let things go wrong. */
  readonly reach?: ReachCommitted<keyof Activities>;
  /** Compares the database with itself and with Temporal. @throws when one of them does not answer */
  readonly findEverything: (graceSeconds: number) => Promise<BooksReport>;
}

/** Who caused what an activity does; part of every activity's input. */
export interface CausedBy {
  readonly actor: string;
  /** For whom, as the actor says. */
  readonly onBehalfOf?: string;
  /** Null when a timer is behind it. */
  readonly requestId: string | null;
}

/** Ends the hold of an order or of a standalone reservation, and answers with what it then is. */
interface EndHold {
  (input: CausedBy & EndOrderHoldInput): Promise<Order>;
  (input: CausedBy & EndReservationHoldInput): Promise<Reservation>;
}

/** Lets the hold of an order or of a standalone reservation last longer, and answers with it and what is left of its hold. */
interface ExtendHold {
  (input: CausedBy & ExtendHoldInput & { readonly orderId: string }): Promise<OrderHold>;
  (input: CausedBy & ExtendHoldInput & { readonly reservationId: string }): Promise<ReservationHold>;
}

/** The activities of Earmark: one locked transaction each. Any of them may run twice and then has one effect. */
export interface Activities {
  reserveOrder(input: CausedBy & ReserveOrderInput): Promise<OrderHold>;
  reserveStock(input: CausedBy & ReserveStockInput): Promise<ReservationHold>;
  fulfilReservation: EndHold;
  releaseReservation: EndHold;
  expireReservation: EndHold;
  advanceOrder(input: CausedBy & AdvanceOrderInput): Promise<Order>;
  extendHold: ExtendHold;
  leaveWaitingList(input: CausedBy & LeaveWaitingListInput): Promise<OrderHold>;
  rescueOrder(input: CausedBy & RescueOrderInput): Promise<OrderHold>;
  returnItems(input: CausedBy & ReturnItemsInput): Promise<Return>;
  cleanExpired(input: Omit<CleanExpiredInput, 'requestId'>): Promise<CleanExpiredSummary>;
  wakeWaiting(): Promise<number>;
  forgetKeys(): Promise<number>;
  reportFindings(input: { readonly graceSeconds: number }): Promise<FindingsSummary>;
}

/** Wires the activities to a database and to Temporal; the worker registers the result. */
export function createActivities(deps: ActivityDependencies): Activities {
  const { db, owningWorkflow, findEverything, wake, reach } = deps;
  const { limits, maxFactor, lateSeconds } = deps.holdRules ?? defaultHoldRules;
  const endHold = (endedAs: ReservationEnding): EndHold =>
    ((input: CausedBy & (EndOrderHoldInput | EndReservationHoldInput)) =>
      refusing<Order | Reservation>(
        'orderId' in input
          ? waking(endOrderHold(db, input, endedAs, causeOf(input)), wake)
          : waking(endReservationHold(db, input, endedAs, causeOf(input)), wake),
      )) as EndHold;
  const activities: Activities = {
    reserveOrder: (input) => refusing(waking(reserveOrder(db, input, limits, causeOf(input)), wake)),
    reserveStock: (input) => refusing(reserveStock(db, input, limits, causeOf(input))),
    fulfilReservation: endHold('confirmed'),
    releaseReservation: endHold('released'),
    expireReservation: endHold('expired'),
    advanceOrder: (input) => refusing(waking(advanceOrder(db, input, causeOf(input)), wake)),
    extendHold: ((input: CausedBy & ExtendHoldInput & ({ orderId: string } | { reservationId: string })) =>
      refusing<OrderHold | ReservationHold>(
        'orderId' in input
          ? extendOrderHold(db, input, maxFactor, causeOf(input))
          : extendReservationHold(db, input, maxFactor, causeOf(input)),
      )) as ExtendHold,
    leaveWaitingList: (input) => refusing(waking(leaveWaitingList(db, input, causeOf(input)), wake)),
    rescueOrder: (input) => refusing(rescueOrder(db, input, lateSeconds, causeOf(input))),
    returnItems: (input) => refusing(waking(returnItems(db, input, causeOf(input)), wake)),
    cleanExpired: (input) =>
      cleanExpired(
        { db, owningWorkflow, wake, onProgress: (summary) => Context.current().heartbeat(summary) },
        { ...input, requestId: null },
      ),
    wakeWaiting: () => wakeWaiting(db, wake),
    forgetKeys: () => forgetKeys(db),
    reportFindings: ({ graceSeconds }) =>
      beating(() => reportFindings(() => findEverything(graceSeconds), logAndMetrics())),
  };
  return reach === undefined ? activities : withFaultPoints(activities, reach);
}

/** Milliseconds between two signs of life. */
const beat = 10_000;

/** Gives signs of life for as long as some work takes, and leaves it alone when the worker has to end: it may wait for long. */
async function beating<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), beat);
  try {
    return await Promise.race([work(), context.cancelled]);
  } finally {
    clearInterval(timer);
  }
}

/** The log of the running activity, and the metrics of its worker. */
function logAndMetrics(): ReportTo {
  const { log } = Context.current();
  const findings = metricMeter.createGauge('earmark_findings', 'int', undefined, 'Findings of the last look, by kind');
  const runs = metricMeter.createCounter('earmark_reconcile_runs', undefined, 'Looks that came to an end');
  return {
    warn: (message, { kind, objectType, objectId, expected, found }) =>
      log.warn(message, { kind, objectType, objectId, expected, found }),
    info: (message, counts) => log.info(message, counts),
    setFindings: (kind, count) => findings.set(count, { kind }),
    countRun: () => runs.add(1),
  };
}

function causeOf({ actor, onBehalfOf, requestId }: CausedBy): Cause {
  const caused = { actor, ...(onBehalfOf !== undefined && { onBehalfOf }), requestId };
  return { ...caused, workflowId: Context.current().info.workflowExecution?.workflowId ?? null };
}
