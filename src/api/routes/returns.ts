import { notFound } from '../../domain/errors.ts';
import { defaultWarehouse } from '../../domain/product.ts';
import { hasOrder } from '../../persistence/orders.ts';
import { listReturns, readReturn } from '../../persistence/returns.ts';
import { currentRules, returnWorkflowId } from '../../workflows/messages.ts';
import { returnAddress } from '../addresses.ts';
import { positions } from '../cursor.ts';
import { answerPage } from '../pages.ts';
import { placeReturn } from '../place.ts';
import { expectAccepted } from '../placement.ts';
import { perhapsPlaced } from '../problems.ts';
import { defineRoute, type Link, type Route } from '../route.ts';
import { accepted } from '../schemas/accepted.ts';
import {
  acceptedReturn,
  newReturn,
  orderReturn,
  presentReturn,
  returnPath,
  returnsPath,
  returnsQuery,
} from '../schemas/returns.ts';

const ofOrder = { id: '$request.path.id' };

const readLink: Readonly<Record<string, Link>> = {
  getOrderReturn: {
    operationId: 'getOrderReturn',
    parameters: { ...ofOrder, return_id: '$response.body#/data/id' },
  },
};

const orderLinks: Readonly<Record<string, Link>> = {
  getOrder: { operationId: 'getOrder', parameters: ofOrder },
  listOrderReturns: { operationId: 'listOrderReturns', parameters: ofOrder },
};

const create = defineRoute({
  method: 'POST',
  path: '/api/orders/{id}/returns/',
  operationId: 'createOrderReturn',
  access: 'operator',
  tag: 'orders',
  summary: 'Take units of a delivered order back; they can be sold again, or not',
  params: returnsPath,
  body: newReturn,
  places: true,
  responses: {
    201: { description: 'The return', data: orderReturn, links: { ...readLink, ...orderLinks } },
    202: {
      description: 'Durably accepted; it will be taken or refused as soon as a worker can',
      data: accepted,
      links: readLink,
    },
  },
  problems: [
    'validation-failed',
    'not-found',
    'not-delivered',
    'return-exceeds-delivery',
    'stock-conflict',
    'idempotency-key-reused',
    'unavailable',
  ],
  handle: async ({ params: { id: orderId }, body, by, attempt, note }, { db, client, taskQueue, reach }) => {
    const { line, quantity, restock, reason, warehouse = defaultWarehouse } = body;
    const returnId = attempt.id;
    const headers = { Location: returnAddress(orderId, returnId) };
    note({ order_id: orderId, return_id: returnId });
    const where = restock ? warehouse : null;
    const input = {
      rules: currentRules,
      returnId,
      orderId,
      line,
      quantity,
      warehouse: where,
      reason,
      ...by,
    } as const;
    const placing = await placeReturn({ db, client, taskQueue, reach }, input, attempt);
    if (placing.outcome === 'unknown') throw perhapsPlaced(headers.Location);
    if (placing.outcome === 'accepted') return { status: 202, headers, data: acceptedReturn(returnId) };
    return { status: 201, headers, data: presentReturn(placing.value) };
  },
});

const list = defineRoute({
  method: 'GET',
  path: '/api/orders/{id}/returns/',
  operationId: 'listOrderReturns',
  access: 'viewer',
  tag: 'orders',
  summary: 'What came back of an order, oldest first',
  params: returnsPath,
  query: returnsQuery,
  responses: { 200: { description: 'A page of returns', items: orderReturn } },
  problems: ['validation-failed', 'not-found'],
  handle: async ({ params: { id }, query, note }, { db }) => {
    note({ order_id: id });
    const page = await answerPage(
      { list: `returns of ${id}`, query, position: positions.createdAt },
      (request) => listReturns(db, id, request),
      presentReturn,
    );
    if (page.items.length === 0 && !(await hasOrder(db, id))) throw notFound('Order', id);
    return page;
  },
});

const read = defineRoute({
  method: 'GET',
  path: '/api/orders/{id}/returns/{return_id}/',
  operationId: 'getOrderReturn',
  access: 'viewer',
  tag: 'orders',
  summary: 'Read a return',
  params: returnPath,
  responses: {
    200: { description: 'The return', data: orderReturn, links: orderLinks },
    202: { description: 'Accepted, and not made yet', data: accepted },
  },
  problems: ['not-found', 'not-delivered', 'return-exceeds-delivery', 'stock-conflict', 'unavailable'],
  handle: async ({ params: { id: orderId, return_id: id }, note }, { db, client }) => {
    note({ order_id: orderId, return_id: id });
    const found = await readReturn(db, id);
    if (found?.orderId === orderId) return { status: 200, data: presentReturn(found) };
    if (found) throw notFound('Return', id);
    await expectAccepted(client, returnWorkflowId(id), notFound('Return', id), orderId);
    return { status: 202, headers: { Location: returnAddress(orderId, id) }, data: acceptedReturn(id) };
  },
});

export const returnRoutes: readonly Route[] = [create, list, read];
