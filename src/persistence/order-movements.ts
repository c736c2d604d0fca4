import type { Queryable } from './database.ts';
import { readPage, type Keyset, type Page, type PageRequest } from './keyset.ts';
import { presentMovement, type ExplainedMovement, type MovementRow } from './stock-explanation.ts';

/** A movement of an order. Its balance is that of its level: the product in the warehouse. */
export interface OrderMovement extends ExplainedMovement {
  readonly product: { readonly id: string; readonly sku: string; readonly name: string };
}

interface OrderMovementRow extends MovementRow {
  product_id: string;
  sku: string;
  name: string;
}

const pages: Keyset<OrderMovementRow> = {
  keys: [{ column: 'm.id', type: 'bigint' }],
  direction: 'asc',
  position: ({ id }) => [id],
};

/** What moved for one order, its returns included, oldest first; nothing when it has no units yet or is not there. */
export function listOrderMovements(db: Queryable, orderId: string, page: PageRequest): Promise<Page<OrderMovement>> {
  const query = db('stock_movements as m')
    .join('warehouses as w', 'w.id', 'm.warehouse_id')
    .join('products as p', 'p.id', 'm.product_id')
    .where('m.order_id', orderId)
    .select('m.*', 'w.code as warehouse', 'p.sku', 'p.name');
  return readPage(query, pages, page, (row) => ({
    ...presentMovement(row, { total: row.total_after, available: row.available_after, reserved: row.reserved_after }),
    product: { id: row.product_id, sku: row.sku, name: row.name },
  }));
}
