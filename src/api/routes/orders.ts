import { notFound } from '../../domain/errors.ts';
import { listOrderAudit } from '../../persistence/audit-log.ts';
import { listOrders } from '../../persistence/order-lists.ts';
import { readOrder } from '../../persistence/orders.ts';
import { orderWorkflowId } from '../../workflows/messages.ts';
import { orderAddress } from '../addresses.ts';
import { positions } from '../cursor.ts';
import { orderFilters } from '../order-filters.ts';
import { answerPage } from '../pages.ts';
import { expectAccepted, isBeingPlaced } from '../placement.ts';
import { defineRoute, linksById, type Route } from '../route.ts';
import { accepted } from '../schemas/accepted.ts';
import { auditEntry, presentAuditEntry } from '../schemas/audit-log.ts';
import { acceptedOrder, order, orderAuditQuery, orderPath, orderQuery, presentOrder } from '../schemas/orders.ts';
import { createOrder } from './create-order.ts';
import { moveOrderRoute } from './order-transition.ts';

const list = defineRoute({
  method: 'GET',
  path: '/api/orders/',
  operationId: 'listOrders',
  access: 'viewer',
  tag: 'orders',
  summary: 'List orders by status, product, reference, total and time of creation',
  query: orderQuery,
  responses: { 200: { description: 'A page of orders', items: order } },
  problems: ['validation-failed'],
  handle: ({ query }, { db, config }) => {
    const filters = orderFilters(query);
    const position = query.sort.endsWith('total') ? positions.total : positions.createdAt;
    return answerPage(
      { list: 'orders', query, position },
      (page) => listOrders(db, filters, query.sort, page),
      (found) => presentOrder(found, config.currency),
    );
  },
});

const read = defineRoute({
  method: 'GET',
  path: '/api/orders/{id}/',
  operationId: 'getOrder',
  access: 'viewer',
  tag: 'orders',
  summary: 'Read an order',
  params: orderPath,
  responses: {
    200: {
      description: 'The order',
      data: order,
      links: linksById('transitionOrder', 'extendOrder', 'listOrderAudit', 'listOrderMovements'),
    },
    202: { description: 'Accepted, and not placed yet', data: accepted },
  },
  problems: [
    'not-found',
    'product-inactive',
    'insufficient-stock',
    'limit-exceeded',
    'reservation-expired',
    'unavailable',
  ],
  handle: async ({ params: { id }, note }, { db, client, config }) => {
    note({ order_id: id });
    const found = await readOrder(db, id);
    if (found) return { status: 200, data: presentOrder(found, config.currency) };
    await expectAccepted(client, orderWorkflowId(id), notFound('Order', id));
    return { status: 202, headers: { Location: orderAddress(id) }, data: acceptedOrder(id) };
  },
});

const audit = defineRoute({
  method: 'GET',
  path: '/api/orders/{id}/audit/',
  operationId: 'listOrderAudit',
  access: 'viewer',
  tag: 'orders',
  summary: 'The story of an order and its reservations, oldest entry first',
  params: orderPath,
  query: orderAuditQuery,
  responses: { 200: { description: 'A page of audit entries', items: auditEntry } },
  problems: ['validation-failed', 'not-found', 'unavailable'],
  handle: async ({ params: { id }, query, note }, { db, client }) => {
    note({ order_id: id });
    const page = await answerPage(
      { list: `audit of ${id}`, query, position: positions.id },
      (request) => listOrderAudit(db, id, request),
      presentAuditEntry,
    );
    // An order begins with an entry: one without any is not placed yet, or does not exist.
    const placed = page.items.length > 0 || query.cursor !== undefined;
    if (!placed && !(await isBeingPlaced(client, orderWorkflowId(id)))) throw notFound('Order', id);
    return page;
  },
});

export const orderRoutes: readonly Route[] = [createOrder, list, read, moveOrderRoute, audit];
