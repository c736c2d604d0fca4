import type { z } from 'zod';
import type { OrderFilters } from '../persistence/order-lists.ts';
import { defined } from './defined.ts';
import type { orderExportQuery } from './schemas/orders.ts';

/** What orders are to be listed, out of the query of a request. */
export function orderFilters(query: z.output<typeof orderExportQuery>): OrderFilters {
  return defined({
    statuses: query.status,
    productId: query.product_id,
    reference: query.reference,
    minTotal: query.min_total,
    maxTotal: query.max_total,
    start: query.start_date,
    end: query.end_date,
  });
}
