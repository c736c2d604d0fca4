import type { Router } from '@koa/router';
import type { Knex } from 'knex';
import type { z } from 'zod';
import { positions } from '../src/api/cursor.ts';
import { defined } from '../src/api/defined.ts';
import type { RequestState } from '../src/api/middleware/context.ts';
import { answerPage } from '../src/api/pages.ts';
import { ProblemError, validationFailed } from '../src/api/problems.ts';
import { parseQueryString } from '../src/api/query-string.ts';
import { orderQuery, presentOrder } from '../src/api/schemas/orders.ts';
import { presentProduct, productPath, productQuery } from '../src/api/schemas/products.ts';
import { validate } from '../src/api/validation.ts';
import { listOrders } from '../src/persistence/order-lists.ts';
import { listProducts, readProduct } from '../src/persistence/products.ts';

/**
 * Adds three reads of Earmark's API with the same queries and the same answers: a product, which is read from the database each time, a page of
 * products, and a page of orders by its sort, without filters.
 * @param currency ISO 4217, as in the answers
 */
export function addReads(router: Router<RequestState>, db: Knex, currency: string): void {
  router.get('/api/products/:id', async (ctx) => {
    const { success, data: params } = productPath.safeParse(ctx.params);
    const found = success ? await readProduct(db, params.id) : undefined;
    if (found === undefined) throw new ProblemError('not-found', `There is nothing at ${ctx.path}.`);
    ctx.type = 'json';
    ctx.body = JSON.stringify({ request_id: ctx.state.requestId, data: presentProduct(found, currency) });
  });
  router.get('/api/products', async (ctx) => {
    const query = queryOf(ctx.querystring, productQuery);
    const { items, nextCursor } = await answerPage(
      { list: 'products', query, position: positions.createdAt },
      (page) => listProducts(db, defined({ skus: query.sku, search: query.q }), page),
      (found) => presentProduct(found, currency),
    );
    ctx.type = 'json';
    ctx.body = JSON.stringify({ request_id: ctx.state.requestId, data: items, next_cursor: nextCursor });
  });
  router.get('/api/orders', async (ctx) => {
    const query = queryOf(ctx.querystring, orderQuery.pick({ limit: true, cursor: true, sort: true }));
    const position = query.sort.endsWith('total') ? positions.total : positions.createdAt;
    const { items, nextCursor } = await answerPage(
      { list: 'orders', query, position },
      (page) => listOrders(db, {}, query.sort, page),
      (found) => presentOrder(found, currency),
    );
    ctx.type = 'json';
    ctx.body = JSON.stringify({ request_id: ctx.state.requestId, data: items, next_cursor: nextCursor });
  });
}

function queryOf<Schema extends z.ZodType>(text: string, schema: Schema): z.output<Schema> {
  const parsed = parseQueryString(text);
  if ('errors' in parsed) throw validationFailed(parsed.errors);
  const checked = validate(schema, parsed.values, 'query');
  if ('errors' in checked) throw validationFailed(checked.errors);
  return checked.value as z.output<Schema>;
}
