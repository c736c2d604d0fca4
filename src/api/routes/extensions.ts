import type { Knex } from 'knex';
import { notFound } from '../../domain/errors.ts';
import { holdEndingOf } from '../../domain/hold.ts';
import { belongsToOrder, reservationEnded } from '../../domain/reservation.ts';
import { readOrder } from '../../persistence/orders.ts';
import { readReservation } from '../../persistence/reservations.ts';
import type { ExtendRequest } from '../../workflows/messages.ts';
import { answerOf, orphaned } from '../ask-workflow.ts';
import { defined } from '../defined.ts';
import { extendOrder, extendReservation } from '../move.ts';
import { defineRoute, linksByIdIn, noticeOf, type ApiRequest, type Route } from '../route.ts';
import {
  newExtension,
  orderExtension,
  presentOrderExtension,
  presentReservationExtension,
  reservationExtension,
} from '../schemas/extensions.ts';
import { orderPath } from '../schemas/orders.ts';
import { reservationPath } from '../schemas/reservations.ts';

const ofOrder = defineRoute({
  method: 'POST',
  path: '/api/orders/{id}/extend/',
  operationId: 'extendOrder',
  access: 'operator',
  tag: 'orders',
  summary: 'Let the hold of an order last longer',
  params: orderPath,
  body: newExtension,
  responses: {
    200: {
      description: 'The order with its new `expires_at`, and what is left',
      data: orderExtension,
      links: linksByIdIn('order', 'getOrder', 'transitionOrder', 'extendOrder', 'listOrderAudit'),
    },
  },
  problems: [
    'validation-failed',
    'not-found',
    'not-reserved',
    'reservation-ended',
    'limit-exceeded',
    'idempotency-key-reused',
    'unavailable',
  ],
  handle: async (request, { db, client, config }) => {
    const { id } = request.params;
    request.note({ order_id: id });
    const asking = extendOrder(client, id, request.attempt, extensionOf(request));
    const extended = await answerOf(asking, () => refuseClosedOrder(db, id));
    return { status: 200, data: presentOrderExtension(extended, config.holdMaxFactor, config.currency) };
  },
});

const ofReservation = defineRoute({
  method: 'POST',
  path: '/api/reservations/{id}/extend/',
  operationId: 'extendReservation',
  access: 'operator',
  tag: 'reservations',
  summary: 'Let the hold of a standalone reservation last longer',
  params: reservationPath,
  body: newExtension,
  responses: {
    200: {
      description: 'The reservation with its new `expires_at`, and what is left',
      data: reservationExtension,
      links: linksByIdIn('reservation', 'getReservation', 'confirmReservation', 'releaseReservation'),
    },
  },
  problems: [
    'validation-failed',
    'not-found',
    'reservation-ended',
    'belongs-to-order',
    'limit-exceeded',
    'idempotency-key-reused',
    'unavailable',
  ],
  handle: async (request, { db, client, config }) => {
    const { id } = request.params;
    request.note({ reservation_id: id });
    // The reservation of an order has no workflow of its own to ask.
    const orderId = (await readReservation(db, id))?.orderId ?? null;
    if (orderId !== null) throw belongsToOrder(orderId);
    const asking = extendReservation(client, id, request.attempt, extensionOf(request));
    const extended = await answerOf(asking, () => refuseClosedReservation(db, id));
    return { status: 200, data: presentReservationExtension(extended, config.holdMaxFactor) };
  },
});

function extensionOf({
  body: { seconds, reason },
  by,
}: Pick<
  ApiRequest<unknown, unknown, { readonly seconds: number; readonly reason?: string | undefined }>,
  'body' | 'by'
>): ExtendRequest {
  return { ...noticeOf({ by }), seconds, ...defined({ reason }) };
}

/** What extending means to an order that has no open workflow. */
async function refuseClosedOrder(db: Knex, id: string): Promise<never> {
  const found = await readOrder(db, id);
  if (!found) throw notFound('Order', id);
  const ended = holdEndingOf(found);
  throw ended === null ? orphaned(`order ${id}`) : reservationEnded(ended);
}

/** What it means to a reservation that has none. */
async function refuseClosedReservation(db: Knex, id: string): Promise<never> {
  const found = await readReservation(db, id);
  if (!found) throw notFound('Reservation', id);
  throw found.endedAs === null ? orphaned(`reservation ${id}`) : reservationEnded(found.endedAs);
}

export const extensionRoutes: readonly Route[] = [ofOrder, ofReservation];
