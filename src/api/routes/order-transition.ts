import type { Knex } from 'knex';
import { DomainError, notFound } from '../../domain/errors.ts';
import type { Order } from '../../domain/order.ts';
import { invalidTransition, isFinal, type OrderStatus } from '../../domain/order-status.ts';
import { readOrder } from '../../persistence/orders.ts';
import { orderAddress } from '../addresses.ts';
import { answerOf, orphaned, type Asked } from '../ask-workflow.ts';
import { defined } from '../defined.ts';
import { ProblemError } from '../problems.ts';
import { remember, rememberAfterwards, rememberStep } from '../remember.ts';
import { isExpired, rescueOrder, rescuingOrderId } from '../rescue.ts';
import { defineRoute, linksById, noticeOf } from '../route.ts';
import { accepted } from '../schemas/accepted.ts';
import { acceptedOrder, order, orderPath, presentOrder, transition } from '../schemas/orders.ts';
import { moveOrder, signalOrder } from '../move.ts';

export const moveOrderRoute = defineRoute({
  method: 'POST',
  path: '/api/orders/{id}/transition/',
  operationId: 'transitionOrder',
  access: 'operator',
  tag: 'orders',
  summary: 'Move an order to another status',
  params: orderPath,
  body: transition,
  preference: true,
  responses: {
    200: {
      description:
        'The order after the step; of one that expired before it was confirmed, the order that takes its place',
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
    'not-reserved',
    'invalid-transition',
    'reservation-expired',
    'stock-conflict',
    'idempotency-key-reused',
    'unavailable',
  ],
  handle: async ({ params: { id }, body, by, attempt, prefersAsync, note }, deps) => {
    note({ order_id: id });
    const { db, client, config } = deps;
    const { new_status, reason } = body;
    const said = defined({ reason });
    const step = { ...noticeOf({ by }), new_status, ...said };
    /** The answer of a closed workflow: the order that takes the place of an expired one, if it is confirmed; else a refusal. */
    const judgeClosed = async () => {
      const expired = await findClosed(db, id, new_status);
      note({ rescuing_order_id: rescuingOrderId(id) });
      const { holdSeconds } = config;
      const rescuing = await rescueOrder(deps, expired, { by, holdSeconds, ...said });
      if (rescuing.outcome !== 'placed') throw undecided(expired);
      return rescuing.value;
    };
    const signal = async () => {
      const rescuing = await answerOf(signalOrder(client, id, step), judgeClosed);
      const moving = rescuing?.id ?? id;
      const headers = { Location: orderAddress(moving), 'Preference-Applied': 'respond-async' };
      return { status: 202, headers, data: acceptedOrder(moving) } as const;
    };
    const move = async () => {
      let rescued = false;
      const rescue = async () => {
        const order = await judgeClosed();
        rescued = true;
        return order;
      };
      const moved = await answerOf(expiredFirst(moveOrder(deps, id, attempt, step), new_status), rescue);
      const answer = { status: 200, data: presentOrder(moved, config.currency) } as const;
      // The workflow of the new order knows no keys, since it answers everybody: the answer is kept with the key.
      return rescued ? ((await remember(db, attempt, async () => answer)) ?? answer) : answer;
    };
    const asItStands = async () => {
      const found = await readOrder(db, id);
      if (!found) throw notFound('Order', id);
      return { status: 200, data: presentOrder(found, config.currency) } as const;
    };
    // Temporal keeps the answer of an update, and none of a signal. A key is known to both, whichever way it came first.
    const moveOnce = () => rememberStep(db, attempt, move, asItStands);
    return prefersAsync ? rememberAfterwards(db, attempt, signal, moveOnce) : moveOnce();
  },
});

/** A confirmation that was refused since the hold ended first means what it means to the closed workflow of an expired order. */
async function expiredFirst(moving: Promise<Asked<Order>>, to: OrderStatus): Promise<Asked<Order>> {
  try {
    return await moving;
  } catch (error) {
    if (to === 'confirmed' && error instanceof DomainError && isFromCancelled(error)) return { outcome: 'closed' };
    throw error;
  }
}

function isFromCancelled({ code, details }: DomainError): boolean {
  return code === 'invalid-transition' && 'from' in details && details.from === 'cancelled';
}

/**
 * The order without an open workflow that a step can still mean something to: an expired one that is confirmed.
 * @throws DomainError what the step means to every other; ProblemError unavailable when it should have a workflow
 */
async function findClosed(db: Knex, id: string, to: OrderStatus): Promise<Order> {
  const found = await readOrder(db, id);
  if (!found) throw notFound('Order', id);
  if (to === 'confirmed' && isExpired(found)) return found;
  throw isFinal(found.status) ? invalidTransition(found.status, to) : orphaned(`order ${id}`);
}

function undecided({ id }: Order): ProblemError {
  const where = orderAddress(rescuingOrderId(id));
  return new ProblemError(
    'unavailable',
    `Order ${id} has expired, and whether it can be placed again as ${where} was not decided in time. Repeating the request is safe.`,
  );
}
