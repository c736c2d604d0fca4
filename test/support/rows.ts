import type { Knex } from 'knex';
import { v4 } from 'uuid';
import { insertOrderRows } from './order-rows.ts';
import type { StockedProduct } from './orders.ts';

/** The millisecond that rows for paging are all made in. */
export const oneMillisecond = new Date('2026-05-06T07:08:09.123Z');

/**
 * Writes orders of one line and one reservation, all created in one millisecond, without moving any stock. Totals repeat, so
 * that an order by total has many ties.
 * @returns their ids
 */
export async function ordersInOneMillisecond(db: Knex, product: StockedProduct, count: number): Promise<string[]> {
  const orders = Array.from({ length: count }, (_, n) => ({
    createdAt: oneMillisecond.toISOString(),
    status: 'pending' as const,
    totalMinor: (n % 7) * 100,
  }));
  const ids = await insertOrderRows(db, product.id, orders);
  const reservations = ids.map((order_id) => ({
    id: v4(),
    order_id,
    line: 1,
    product_id: product.id,
    quantity: 1,
    expires_at: oneMillisecond,
    created_at: oneMillisecond,
    held_by: 'anna',
  }));
  await db('reservations').insert(reservations);
  return ids;
}

/** A stock level as a row, with nothing in the ledger behind it. */
export function stockLevelRow(product_id: string, warehouse_id: string, units: number): object {
  return { product_id, warehouse_id, total: units, available: units };
}
