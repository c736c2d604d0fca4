import { z } from 'zod';
import { reservationEndings, type Reservation } from '../../domain/reservation.ts';
import { reservationWorkflowId } from '../../workflows/messages.ts';
import type { Accepted } from './accepted.ts';
import { flag, paging } from './queries.ts';
import {
  acrossFields,
  allocation,
  checkRegion,
  holdSeconds,
  nearestNeedsRegion,
  quantity,
  region,
  timestamp,
  uuid,
} from './values.ts';

export const reservation = z
  .strictObject({
    id: z.guid(),
    order_id: z.guid().nullable(),
    product_id: z.guid(),
    quantity: z.int(),
    expires_at: timestamp,
    is_active: z.boolean(),
    confirmed: z.boolean(),
    ended_as: z.enum(reservationEndings).nullable(),
    extended_seconds: z.int().meta({ description: 'By how much its hold was extended.' }),
    allocations: z.array(z.strictObject({ warehouse: z.string(), quantity: z.int() })),
    created_at: timestamp,
  })
  .meta({
    id: 'Reservation',
    description: 'Units of one product, set aside until they are confirmed, released or expired.',
  });

export function presentReservation(of: Reservation): z.output<typeof reservation> {
  return {
    id: of.id,
    order_id: of.orderId,
    product_id: of.productId,
    quantity: of.quantity,
    expires_at: of.expiresAt,
    is_active: of.isActive,
    confirmed: of.confirmed,
    ended_as: of.endedAs,
    extended_seconds: of.extendedSeconds ?? 0,
    allocations: of.allocations.map(({ warehouse, quantity }) => ({ warehouse, quantity })),
    created_at: of.createdAt,
  };
}

/** The answer about a reservation whose outcome is not known yet. */
export function acceptedReservation(id: string): Accepted {
  return { id, status: 'accepted', workflow_id: reservationWorkflowId(id) };
}

export const reservationPath = z.strictObject({ id: uuid });

export const reservationQuery = z.strictObject({
  ...paging,
  is_active: flag.optional(),
  product_id: uuid.optional(),
  order_id: uuid.optional(),
});

export const newReservation = z
  .strictObject({
    product_id: uuid,
    quantity,
    hold_seconds: holdSeconds.optional(),
    allocation: allocation.optional(),
    region: region.optional(),
  })
  .superRefine(acrossFields(checkRegion))
  .meta({ id: 'NewReservation', ...nearestNeedsRegion });
