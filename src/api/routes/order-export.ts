import { exportOrders } from '../export-orders.ts';
import { orderFilters } from '../order-filters.ts';
import { defineRoute, type Route } from '../route.ts';
import { orderExportQuery } from '../schemas/orders.ts';

const exported = defineRoute({
  method: 'GET',
  path: '/api/orders.csv',
  operationId: 'exportOrders',
  access: 'viewer',
  tag: 'orders',
  summary: 'All orders of a list as CSV',
  query: orderExportQuery,
  responses: {
    200: {
      description: 'The orders, each in a row; a file that breaks off is not complete',
      headers: ['Content-Disposition'],
      content: ['text/csv'],
    },
  },
  problems: ['validation-failed', 'unavailable'],
  handle: async ({ query, by: { requestId } }, { db, config, exporting, log }) => {
    const body = await exportOrders(exporting, {
      db,
      filters: orderFilters(query),
      sort: query.sort,
      currency: config.currency,
      failed: (error) => log.error({ request_id: requestId, err: error }, 'an export broke off'),
    });
    return {
      status: 200,
      headers: { 'Content-Disposition': 'attachment; filename="orders.csv"' },
      content: { type: 'text/csv; charset=utf-8', body },
    };
  },
});

export const orderExportRoutes: readonly Route[] = [exported];
