import type { Knex } from 'knex';
import { defaultRule } from '../../domain/allocation.ts';
import { notFound } from '../../domain/errors.ts';
import { belongsToOrder, reservationEnded, type Reservation } from '../../domain/reservation.ts';
import { listReservations, readReservation } from '../../persistence/reservations.ts';
import { currentRules, reservationWorkflowId, type EndRequest } from '../../workflows/messages.ts';
import { reservationAddress } from '../addresses.ts';
import type { Attempt } from '../attempt.ts';
import { answerOf, orphaned } from '../ask-workflow.ts';
import { positions } from '../cursor.ts';
import { defined } from '../defined.ts';
import { answerPage } from '../pages.ts';
import { expectAccepted } from '../placement.ts';
import { perhapsPlaced } from '../problems.ts';
import { defineRoute, linksById, noticeOf, type ApiDependencies, type Route } from '../route.ts';
import { accepted } from '../schemas/accepted.ts';
import {
  acceptedReservation,
  newReservation,
  presentReservation,
  reservation,
  reservationPath,
  reservationQuery,
} from '../schemas/reservations.ts';
import { endReservation } from '../move.ts';
import { placeReservation } from '../place.ts';

const list = defineRoute({
  method: 'GET',
  path: '/api/reservations/',
  operationId: 'listReservations',
  access: 'viewer',
  tag: 'reservations',
  summary: 'List reservations, newest first',
  query: reservationQuery,
  responses: { 200: { description: 'A page of reservations', items: reservation } },
  problems: ['validation-failed'],
  handle: ({ query }, { db }) => {
    const filters = defined({ isActive: query.is_active, productId: query.product_id, orderId: query.order_id });
    return answerPage(
      { list: 'reservations', query, position: positions.createdAt },
      (page) => listReservations(db, filters, page),
      presentReservation,
    );
  },
});

const create = defineRoute({
  method: 'POST',
  path: '/api/reservations/',
  operationId: 'createReservation',
  access: 'operator',
  tag: 'reservations',
  summary: 'Reserve units without an order',
  body: newReservation,
  places: true,
  responses: {
    201: {
      description: 'The reservation; it is held until it expires',
      data: reservation,
      links: linksById('getReservation', 'confirmReservation', 'releaseReservation', 'extendReservation'),
    },
    202: {
      description: 'Durably accepted; it will be made or refused as soon as a worker can',
      data: accepted,
      links: linksById('getReservation'),
    },
  },
  problems: [
    'validation-failed',
    'not-found',
    'product-inactive',
    'insufficient-stock',
    'limit-exceeded',
    'idempotency-key-reused',
    'unavailable',
  ],
  handle: async ({ body, by, attempt, note }, { db, client, taskQueue, reach, config }) => {
    const { product_id: productId, quantity, hold_seconds: holdSeconds = config.holdSeconds } = body;
    const { allocation = defaultRule.strategy, region = defaultRule.region } = body;
    const asked = { productId, quantity, holdSeconds, allocation, region };
    const reservationId = attempt.id;
    const headers = { Location: reservationAddress(reservationId) };
    note({ reservation_id: reservationId });
    const input = { rules: currentRules, reservationId, ...asked, ...by } as const;
    const placing = await placeReservation({ db, client, taskQueue, reach }, input, attempt);
    if (placing.outcome === 'unknown') throw perhapsPlaced(headers.Location);
    if (placing.outcome === 'accepted') return { status: 202, headers, data: acceptedReservation(reservationId) };
    return { status: 201, headers, data: presentReservation(placing.value) };
  },
});

const read = defineRoute({
  method: 'GET',
  path: '/api/reservations/{id}/',
  operationId: 'getReservation',
  access: 'viewer',
  tag: 'reservations',
  summary: 'Read a reservation',
  params: reservationPath,
  responses: {
    200: {
      description: 'The reservation',
      data: reservation,
      links: linksById('confirmReservation', 'releaseReservation', 'extendReservation'),
    },
    202: { description: 'Accepted, and not made yet', data: accepted },
  },
  problems: ['not-found', 'product-inactive', 'insufficient-stock', 'limit-exceeded', 'unavailable'],
  handle: async ({ params: { id }, note }, { db, client }) => {
    note({ reservation_id: id });
    const found = await readReservation(db, id);
    if (found) return { status: 200, data: presentReservation(found) };
    await expectAccepted(client, reservationWorkflowId(id), notFound('Reservation', id));
    return { status: 202, headers: { Location: reservationAddress(id) }, data: acceptedReservation(id) };
  },
});

const confirm = ending('confirm', 'confirmed', 'Confirm a standalone reservation: its units leave the stock');

const release = ending('release', 'released', 'Release a standalone reservation: its units are available again');

function ending(verb: string, endAs: EndRequest['end_as'], summary: string): Route {
  return defineRoute({
    method: 'POST',
    path: `/api/reservations/{id}/${verb}/`,
    operationId: `${verb}Reservation`,
    access: 'operator',
    tag: 'reservations',
    summary,
    params: reservationPath,
    responses: { 200: { description: 'The reservation after its end', data: reservation } },
    problems: ['not-found', 'reservation-ended', 'belongs-to-order', 'idempotency-key-reused', 'unavailable'],
    handle: async ({ params: { id }, by, attempt, note }, deps) => {
      note({ reservation_id: id });
      const ended = await endAlone(deps, id, attempt, { ...noticeOf({ by }), end_as: endAs });
      return { status: 200, data: presentReservation(ended) };
    },
  });
}

async function endAlone(
  { db, client }: ApiDependencies,
  id: string,
  attempt: Attempt,
  request: EndRequest,
): Promise<Reservation> {
  // The reservation of an order has no workflow of its own to ask.
  const orderId = (await readReservation(db, id))?.orderId ?? null;
  if (orderId !== null) throw belongsToOrder(orderId);
  return answerOf(endReservation(client, id, attempt, request), () => refuseClosed(db, id));
}

/** What ending means to a reservation that has no open workflow. */
async function refuseClosed(db: Knex, id: string): Promise<never> {
  const found = await readReservation(db, id);
  if (!found) throw notFound('Reservation', id);
  throw found.endedAs === null ? orphaned(`reservation ${id}`) : reservationEnded(found.endedAs);
}

export const reservationRoutes: readonly Route[] = [list, create, read, confirm, release];
