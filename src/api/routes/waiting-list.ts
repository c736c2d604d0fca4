import { notFound } from '../../domain/errors.ts';
import { readProduct } from '../../persistence/products.ts';
import { listWaiting } from '../../persistence/waiting-list.ts';
import { listWaitingLists } from '../../persistence/waiting-lists.ts';
import { positions } from '../cursor.ts';
import { answerPage } from '../pages.ts';
import { defineRoute, type Route } from '../route.ts';
import { productPath } from '../schemas/products.ts';
import {
  presentWaitingList,
  presentWaitingOrder,
  waitingList,
  waitingListQuery,
  waitingOrder,
} from '../schemas/waiting-list.ts';

const list = defineRoute({
  method: 'GET',
  path: '/api/products/{id}/waiting-list/',
  operationId: 'listWaiting',
  access: 'viewer',
  tag: 'products',
  summary: 'List the orders that wait for a product, in the order in which they are served',
  params: productPath,
  query: waitingListQuery,
  responses: { 200: { description: 'A page of waiting orders', items: waitingOrder } },
  problems: ['validation-failed', 'not-found'],
  handle: ({ params: { id }, query }, { db }) =>
    answerPage(
      // The cursor of one product is none of another.
      { list: `waiting list of ${id}`, query, position: positions.id },
      async (page) => {
        if (!(await readProduct(db, id))) throw notFound('Product', id);
        return listWaiting(db, id, page);
      },
      presentWaitingOrder,
    ),
});

const listAll = defineRoute({
  method: 'GET',
  path: '/api/waiting-lists/',
  operationId: 'listWaitingLists',
  access: 'viewer',
  tag: 'products',
  summary: 'List the products that somebody waits for, the longest wait first',
  query: waitingListQuery,
  responses: { 200: { description: 'A page of waiting lists', items: waitingList } },
  problems: ['validation-failed'],
  handle: ({ query }, { db }) =>
    answerPage(
      { list: 'waiting lists', query, position: positions.id },
      (page) => listWaitingLists(db, page),
      presentWaitingList,
    ),
});

export const waitingListRoutes: readonly Route[] = [list, listAll];
