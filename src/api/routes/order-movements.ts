import { notFound } from '../../domain/errors.ts';
import { listOrderMovements } from '../../persistence/order-movements.ts';
import { readOrder } from '../../persistence/orders.ts';
import { orderWorkflowId } from '../../workflows/messages.ts';
import { positions } from '../cursor.ts';
import { answerPage } from '../pages.ts';
import { isBeingPlaced } from '../placement.ts';
import { defineRoute, type Route } from '../route.ts';
import { orderMovement, orderMovementsQuery, presentOrderMovement } from '../schemas/order-movements.ts';
import { orderPath } from '../schemas/orders.ts';

const list = defineRoute({
  method: 'GET',
  path: '/api/orders/{id}/movements/',
  operationId: 'listOrderMovements',
  access: 'viewer',
  tag: 'orders',
  summary: 'What moved in the ledger for an order, oldest first',
  params: orderPath,
  query: orderMovementsQuery,
  responses: { 200: { description: 'A page of movements', items: orderMovement } },
  problems: ['validation-failed', 'not-found', 'unavailable'],
  handle: async ({ params: { id }, query, note }, { db, client, config }) => {
    note({ order_id: id });
    const page = await answerPage(
      { list: `movements of ${id}`, query, position: positions.id },
      (request) => listOrderMovements(db, id, request),
      (found) => presentOrderMovement(found, config.temporalUi),
    );
    // For an order that waits nothing has moved yet.
    const placed = page.items.length > 0 || query.cursor !== undefined || (await readOrder(db, id)) !== undefined;
    if (!placed && !(await isBeingPlaced(client, orderWorkflowId(id)))) throw notFound('Order', id);
    return page;
  },
});

export const orderMovementRoutes: readonly Route[] = [list];
