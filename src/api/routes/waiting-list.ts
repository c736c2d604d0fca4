import { notFound } from '../../domain/errors.ts';
import { readProduct } from '../../persistence/products.ts';
import { listWaiting } from '../../persistence/waiting-list.ts';
import { positions } from '../cursor.ts';
import { answerPage } from '../pages.ts';
import { defineRoute, type Route } from '../route.ts';
import { productPath } from '../schemas/products.ts';
import { presentWaitingOrder, waitingListQuery, waitingOrder } from '../schemas/waiting-list.ts';

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

export const waitingListRoutes: readonly Route[] = [list];
