import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AllocationStrategy } from '../domain/allocation.ts';
import type { Refusal } from '../domain/errors.ts';
import type { Order, RequestedItem, ShortagePolicy } from '../domain/order.ts';
import type { KeyNote } from '../domain/key-note.ts';
import type { OrderStatus } from '../domain/order-status.ts';
import type { Reservation } from '../domain/reservation.ts';
import type { Return } from '../domain/return.ts';

/** The queue that workers poll and clients start workflows on. */
export const taskQueue = 'earmark';

/**
 * How long a worker may have a task of a workflow before another gets it, so that an order does not wait long for a worker that died. What
 * is carried out within a task may take longer: the worker tells the server in time.
 */
export const workflowTaskTimeout = '3 seconds';

/** Search attributes that must be registered in the namespace: an unregistered one makes a workflow task retry for ever. */
export const searchAttributes = { OrderStatus: 'Keyword', OrderTotal: 'Double', Skus: 'KeywordList' } as const;

/** How many SKUs of an order are searchable: a value over 2 KB would terminate the workflow. */
export const searchableSkus = 10;

/** The id of the workflow that owns an order. */
export const orderWorkflowId = (orderId: string): string => `order-${orderId}`;

/** The id of the workflow that owns a standalone reservation. */
export const reservationWorkflowId = (reservationId: string): string => `reservation-${reservationId}`;

/** The id of the workflow that takes one return of a delivered order. */
export const returnWorkflowId = (returnId: string): string => `return-${returnId}`;

/** The schedule that looks for overdue holds, and the id its runs begin with. */
export const cleanupScheduleId = 'earmark-clean-expired';

/** The schedule that compares the database with itself and with Temporal, and the id its runs begin with. */
export const reconcileScheduleId = 'earmark-reconcile';

/** The type of the workflow that it starts. */
export const reconcileType = 'reconcile';

/**
 * Whose request something was. Carried along and given back with the answer, never judged: by it a caller that repeats a request
 * under the same id tells its own answer from a stored one, and a repeat from another request.
 */
export interface Claim {
  /** Of this one attempt. */
  readonly token: string;
  /** Of what was asked; equal for a repeat. */
  readonly fingerprint: string;
}

/** An answer together with the claim of the request that it answered first. */
export type Claimed<T> = T & { readonly claim?: Claim };

/** The rules that orders, reservations and returns are started under today. */
export const currentRules = 5;

/** Who asked for something. */
export interface AskedBy {
  readonly actor: string;
  /** For whom, as the actor says. */
  readonly onBehalfOf?: string;
  readonly requestId: string;
}

/** How units are to be looked for. From rules 2 on: a worker that knows only rules 1 would look by priority whatever is asked. */
export interface AllocationInput {
  /** Without it, `priority`. */
  readonly allocation?: AllocationStrategy;
  readonly region?: string | null;
}

/** What an order does when there are not enough units. From rules 3 on: a worker that knows only those before would refuse it. */
export interface ShortageInput {
  /** Without it, `reject`. */
  readonly onShortage?: ShortagePolicy;
  /** Seconds that it waits for its units, if it does. */
  readonly waitSeconds?: number;
}

/** The confirmation of an order that had expired, which this one takes the place of. From rules 3 on. */
export interface RescueInput {
  readonly rescuedFrom?: string;
  /** What was said with the confirmation. */
  readonly confirmedFor?: { readonly reason?: string };
}

/** Input of the workflow `order`. Permanent: recorded histories replay with it. */
export interface OrderInput extends AskedBy, AllocationInput, ShortageInput, RescueInput {
  /** The rules this order was started under; later rules branch on it. */
  readonly rules: 1 | 2 | 3 | 4 | 5;
  readonly orderId: string;
  readonly items: readonly RequestedItem[];
  readonly holdSeconds: number;
  readonly reference: string | null;
  readonly claim?: Claim;
}

/** Input of the workflow `reservation`. Permanent: recorded histories replay with it. */
export interface ReservationInput extends AskedBy, AllocationInput {
  readonly rules: 1 | 2 | 3 | 4 | 5;
  readonly reservationId: string;
  readonly productId: string;
  readonly quantity: number;
  readonly holdSeconds: number;
  readonly claim?: Claim;
}

/** Input of the workflow `orderReturn`. Permanent: recorded histories replay with it. */
export interface OrderReturnInput extends AskedBy {
  /** There were no returns under rules 1. */
  readonly rules: 2 | 3 | 4 | 5;
  readonly returnId: string;
  readonly orderId: string;
  readonly line: number;
  readonly quantity: number;
  /** The code of the warehouse that takes the units; null when they cannot be sold again. */
  readonly warehouse: string | null;
  readonly reason: string;
  readonly claim?: Claim;
}

/** What became of placing an order: the order as it was then, or why it was refused. */
export type OrderPlacement = Claimed<{ readonly order: Order } | { readonly refused: Refusal }>;

/** What became of placing a standalone reservation. */
export type ReservationPlacement = Claimed<{ readonly reservation: Reservation } | { readonly refused: Refusal }>;

/** What became of a return. */
export type OrderReturnPlacement = Claimed<{ readonly return: Return } | { readonly refused: Refusal }>;

/** Result of the workflow `order`. */
export type OrderEnding =
  { readonly ending: 'delivered' | 'cancelled' } | { readonly ending: 'refused'; readonly refusal: Refusal };

/** Result of the workflow `reservation`. */
export type ReservationOutcome =
  { readonly ending: 'confirmed' | 'released' | 'expired' } | { readonly ending: 'refused'; readonly refusal: Refusal };

/** Result of the workflow `orderReturn`. */
export type OrderReturnOutcome =
  { readonly ending: 'returned' } | { readonly ending: 'refused'; readonly refusal: Refusal };

/** Payload of the signals `confirm`, `cancel` and `release`. Snake case: other services send it. */
export interface Notice {
  readonly actor: string;
  readonly on_behalf_of?: string;
  readonly request_id: string;
  readonly reason?: string;
}

/** Payload of the signal and of the update `transition`. */
export interface TransitionRequest extends Notice {
  readonly new_status: OrderStatus;
  readonly claim?: Claim;
  /** Of an update that is repeated under one id: noted with the step. */
  readonly key?: KeyNote;
}

/** Payload of the updates `extend`. */
export interface ExtendRequest extends Notice {
  readonly seconds: number;
  readonly claim?: Claim;
}

/** Payload of the update `end`. */
export interface EndRequest extends Notice {
  readonly end_as: 'confirmed' | 'released';
  readonly claim?: Claim;
}

export const confirmSignal = defineSignal<[Notice]>('confirm');
export const cancelSignal = defineSignal<[Notice]>('cancel');
export const releaseSignal = defineSignal<[Notice]>('release');
export const transitionSignal = defineSignal<[TransitionRequest]>('transition');

/** Tells a waiting order to look whether its turn has come. */
export const turnSignal = defineSignal('turn');

/** Awaits what became of placing; the main function does the placing, so a lost update loses nothing. */
export const orderPlacedUpdate = defineUpdate<OrderPlacement>('placed');
export const reservationPlacedUpdate = defineUpdate<ReservationPlacement>('placed');
export const orderReturnPlacedUpdate = defineUpdate<OrderReturnPlacement>('placed');

/**
 * The answered form of moving an order: the order after the step, or an ApplicationFailure whose type is the refusal's code and
 * whose details are the refusal's and, when the step was refused by the main function and not at the door, the claim.
 */
export const transitionUpdate = defineUpdate<Claimed<Order>, [TransitionRequest]>('transition');

/** The answered form of extending the hold of an order: the order after it. */
export const extendOrderUpdate = defineUpdate<Claimed<Order>, [ExtendRequest]>('extend');

/** The same of a standalone reservation. */
export const extendReservationUpdate = defineUpdate<Claimed<Reservation>, [ExtendRequest]>('extend');

/** The answered form of ending a standalone reservation. */
export const endUpdate = defineUpdate<Claimed<Reservation>, [EndRequest]>('end');

/** The state the workflow believes its order is in; null until it is placed. */
export const statusQuery = defineQuery<OrderStatus | null>('status');
