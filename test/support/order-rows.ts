import type { Knex } from 'knex';
import { v7 as uuidv7 } from 'uuid';

/** An order to be written straight into the tables, for lists that a test needs to control to the millisecond. */
export interface OrderRowFields {
  readonly createdAt: string;
  readonly status?: 'pending' | 'delivered' | 'cancelled';
  readonly totalMinor?: number;
  readonly reference?: string;
}

/** Writes orders of one unit each, without workflows and without stock; returns their ids in the order given. */
export async function insertOrderRows(
  db: Knex,
  productId: string,
  orders: readonly OrderRowFields[],
): Promise<string[]> {
  const rows = orders.map(({ createdAt, status = 'delivered', totalMinor = 100, reference = null }) => ({
    id: uuidv7(),
    status,
    reference,
    quantity: 1,
    total_minor: totalMinor,
    cancel_reason: status === 'cancelled' ? 'requested' : null,
    placed_by: 'anna',
    expires_at: createdAt,
    request_id: uuidv7(),
    created_at: createdAt,
    updated_at: createdAt,
  }));
  const lines = rows.map(({ id, total_minor, created_at }) => ({
    order_id: id,
    line: 1,
    product_id: productId,
    quantity: 1,
    unit_price_minor: total_minor,
    order_total_minor: total_minor,
    created_at,
  }));
  await db('orders').insert(rows);
  await db('order_lines').insert(lines);
  return rows.map(({ id }) => id);
}
