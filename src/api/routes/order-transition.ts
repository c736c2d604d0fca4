import type { Knex } from 'knex';
import { notFound } from '../../domain/errors.ts';
import { invalidTransition, isFinal, type OrderStatus } from '../../domain/order-status.ts';
import { readOrder } from '../../persistence/orders.ts';
import { orderAddress } from '../addresses.ts';
import { answerOf, orphaned } from '../ask-workflow.ts';
import { defined } from '../defined.ts';
import { noteKey, rememberAfterwards } from '../remember.ts';
import { defineRoute, linksById } from '../route.ts';
import { accepted } from '../schemas/accepted.ts';
import { acceptedOrder, order, orderPath, presentOrder, transition } from '../schemas/orders.ts';
import { moveOrder, signalOrder } from '../move.ts';

export const moveOrderRoute = defineRoute({
  method: 'POST',
  path: '/api/orders/{id}/transition/',
  operationId: 'transitionOrder',
  tag: 'orders',
  summary: 'Move an order to another status',
  params: orderPath,
  body: transition,
  preference: true,
  responses: {
    200: {
      description: 'The order after the step',
      data: order,
      links: linksById('getOrder', 'transitionOrder', 'listOrderAudit'),
    },
    202: {
      description: 'Sent as a signal (Prefer: respond-async); an illegal step is ignored',
      headers: ['Preference-Applied'],
      data: accepted,
      links: linksById('getOrder'),
    },
  },
  problems: [
    'validation-failed',
    'not-found',
    'invalid-transition',
    'stock-conflict',
    'idempotency-key-reused',
    'unavailable',
  ],
  handle: async ({ params: { id }, body, actor, requestId, attempt, prefersAsync, note }, { db, client, config }) => {
    note({ order_id: id });
    const { new_status, reason } = body;
    const step = { actor, request_id: requestId, new_status, ...defined({ reason }) };
    const judgeClosed = () => refuseClosed(db, id, new_status);
    const signal = async () => {
      await answerOf(signalOrder(client, id, step), judgeClosed);
      const headers = { Location: orderAddress(id), 'Preference-Applied': 'respond-async' };
      return { status: 202, headers, data: acceptedOrder(id) } as const;
    };
    const move = async () => {
      const moved = await answerOf(moveOrder(client, id, attempt, step), judgeClosed);
      return { status: 200, data: presentOrder(moved, config.currency) } as const;
    };
    // Temporal keeps the answer of an update, and none of a signal. A key is known to both, whichever way it came first.
    if (prefersAsync) return rememberAfterwards(db, attempt, signal, move);
    return noteKey(db, attempt, move) as ReturnType<typeof move | typeof signal>;
  },
});

/** What a step means to an order that has no open workflow. */
async function refuseClosed(db: Knex, id: string, to: OrderStatus): Promise<never> {
  const found = await readOrder(db, id);
  if (!found) throw notFound('Order', id);
  throw isFinal(found.status) ? invalidTransition(found.status, to) : orphaned(`order ${id}`);
}
