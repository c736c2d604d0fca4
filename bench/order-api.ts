import { Router } from '@koa/router';
import Koa from 'koa';
import type { Knex } from 'knex';
import { v7 } from 'uuid';
import type { z } from 'zod';
import { listen } from '../src/api/http-server.ts';
import { errors } from '../src/api/middleware/errors.ts';
import type { RequestState } from '../src/api/middleware/context.ts';
import { requestId } from '../src/api/middleware/request-id.ts';
import { security } from '../src/api/middleware/security.ts';
import { ProblemError, validationFailed } from '../src/api/problems.ts';
import { parseBody, readBytes, usualBodies } from '../src/api/read-body.ts';
import { newOrder, presentOrder, transition } from '../src/api/schemas/orders.ts';
import { validate } from '../src/api/validation.ts';
import type { Cause } from '../src/domain/audit.ts';
import type { Order } from '../src/domain/order.ts';
import type { OrderStatus } from '../src/domain/order-status.ts';
import { createLogger } from '../src/log.ts';
import type { ReserveOrderInput } from '../src/activities/reserve-order.ts';
import { addReads } from './reads.ts';

/** Who asks: the benchmark has no names. */
export type Asker = Pick<Cause, 'actor'> & { readonly requestId: string };

/** What a system for comparison does about orders. */
export interface Orders {
  /** @throws DomainError the refusal */
  place(order: ReserveOrderInput, by: Asker): Promise<Order>;
  /** @throws DomainError the refusal */
  move(orderId: string, newStatus: OrderStatus, by: Asker): Promise<Order>;
}

/** As in Earmark when nothing else is set. */
const holdSeconds = 600;
const currency = 'USD';

/**
 * Serves two routes of Earmark's API that write, create-order and the transition, and those that are measured for reading, with the same
 * schemas and the same answers.
 * @param db where is read from
 * @returns the address
 */
export async function serveOrders(orders: Orders, db: Knex, name: string): Promise<string> {
  const log = createLogger('warn', name);
  const app = new Koa<RequestState>();
  const router = new Router<RequestState>();
  const write = (ctx: Koa.ParameterizedContext<RequestState>, status: number, order: Order): void => {
    ctx.status = status;
    ctx.type = 'json';
    ctx.body = JSON.stringify({ request_id: ctx.state.requestId, data: presentOrder(order, currency) });
  };
  router.post('/api/create-order', async (ctx) => {
    const body = await bodyOf(ctx.req, newOrder);
    const order: ReserveOrderInput = {
      orderId: v7(),
      items: body.items,
      holdSeconds: body.holdSeconds ?? holdSeconds,
      reference: body.reference,
      ...(body.allocation === undefined ? {} : { allocation: body.allocation }),
      ...(body.region === undefined ? {} : { region: body.region }),
      ...(body.onShortage === undefined ? {} : { onShortage: body.onShortage }),
    };
    write(ctx, 201, await orders.place(order, askerOf(ctx.state)));
  });
  router.post('/api/orders/:id/transition', async (ctx) => {
    const { new_status } = await bodyOf(ctx.req, transition);
    write(ctx, 200, await orders.move(String(ctx.params['id']), new_status, askerOf(ctx.state)));
  });
  addReads(router, db, currency);
  app.use(requestId).use(security()).use(errors(log)).use(router.routes());
  const server = await listen(app.callback(), { host: '127.0.0.1', port: 0, log });
  return `http://127.0.0.1:${server.port}`;
}

function askerOf({ requestId }: RequestState): Asker {
  return { actor: 'anonymous', requestId };
}

async function bodyOf<Schema extends z.ZodType>(
  request: Koa.Request['req'],
  schema: Schema,
): Promise<z.output<Schema>> {
  const sent = parseBody(request, await readBytes(request, usualBodies), usualBodies);
  if (sent === undefined) throw new ProblemError('malformed-json', 'The body is missing.');
  const checked = validate(schema, sent.value, 'body');
  if ('errors' in checked) throw validationFailed(checked.errors);
  return checked.value as z.output<Schema>;
}
