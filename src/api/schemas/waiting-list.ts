import { z } from 'zod';
import type { WaitingOrder } from '../../domain/waiting.ts';
import type { WaitingList } from '../../persistence/waiting-lists.ts';
import { paging } from './queries.ts';
import { timestamp } from './values.ts';

export const waitingOrder = z
  .strictObject({
    position: z.int().meta({ description: 'From 1: whoever is first is served next.' }),
    order_id: z.guid(),
    quantity: z.int(),
    placed_by: z.string(),
    joined_at: timestamp,
    until: timestamp.meta({ description: 'When it gives up.' }),
  })
  .meta({ id: 'WaitingOrder', description: 'An order in the waiting list of a product.' });

export function presentWaitingOrder(of: WaitingOrder): z.output<typeof waitingOrder> {
  return {
    position: of.position,
    order_id: of.orderId,
    quantity: of.quantity,
    placed_by: of.placedBy,
    joined_at: of.joinedAt,
    until: of.until,
  };
}

export const waitingListQuery = z.strictObject(paging);

export const waitingList = z
  .strictObject({
    product: z.strictObject({ id: z.guid(), sku: z.string(), name: z.string(), active: z.boolean() }),
    available_stock: z.int(),
    orders: z.int(),
    units: z.int(),
    first: z
      .strictObject({ order_id: z.guid(), quantity: z.int(), until: timestamp, joined_at: timestamp })
      .meta({ description: 'The order that is served next.' }),
  })
  .meta({
    id: 'WaitingList',
    description: 'A product that somebody waits for: how many `orders` wait, and for how many `units` together.',
  });

export function presentWaitingList(of: WaitingList): z.output<typeof waitingList> {
  const { id, sku, name, active } = of.product;
  const { orderId, quantity, until, joinedAt } = of.first;
  return {
    product: { id, sku, name, active },
    available_stock: of.available,
    orders: of.orders,
    units: of.units,
    first: { order_id: orderId, quantity, until, joined_at: joinedAt },
  };
}
