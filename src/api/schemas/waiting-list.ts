import { z } from 'zod';
import type { WaitingOrder } from '../../domain/waiting.ts';
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
