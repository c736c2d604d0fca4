import { z } from 'zod';
import { allocationStrategies, defaultRule } from '../../domain/allocation.ts';
import { limits } from '../../domain/limits.ts';
import { cancelReasons, type Order } from '../../domain/order.ts';
import { orderStatuses } from '../../domain/order-status.ts';
import { orderSorts } from '../../persistence/orders.ts';
import { orderWorkflowId } from '../../workflows/messages.ts';
import type { Accepted } from './accepted.ts';
import { checkItems, itemFields, itemForms, itemsOf } from './items.ts';
import { paging, rangeEnd, rangeStart } from './queries.ts';
import { presentReservation, reservation } from './reservations.ts';
import {
  acrossFields,
  allocation,
  amount,
  checkRegion,
  commaList,
  holdSeconds,
  money,
  nearestNeedsRegion,
  otherwise,
  plainText,
  region,
  timestamp,
  uuid,
} from './values.ts';

export const order = z
  .strictObject({
    id: z.guid(),
    status: z.enum(orderStatuses),
    reference: z.string().nullable(),
    quantity: z.int(),
    total: money,
    currency: z.string(),
    allocation: z.enum(allocationStrategies),
    region: z.string().nullable(),
    lines: z.array(
      z.strictObject({
        line: z.int(),
        product: z.strictObject({ id: z.guid(), sku: z.string(), name: z.string() }),
        quantity: z.int(),
        returned: z.int().meta({ description: 'Units that came back so far.' }),
        unit_price: money,
        line_total: money,
      }),
    ),
    reservations: z.array(reservation),
    cancel_reason: z.enum(cancelReasons).nullable(),
    placed_by: z.string(),
    expires_at: timestamp,
    created_at: timestamp,
    updated_at: timestamp,
    workflow_id: z.string(),
  })
  .meta({ id: 'Order' });

/** An order, or what the workflow of an older version answered with: that one knew no allocation. */
type AnsweredOrder = Omit<Order, 'allocation' | 'region'> & Partial<Pick<Order, 'allocation' | 'region'>>;

export function presentOrder(of: AnsweredOrder, currency: string): z.output<typeof order> {
  const { allocation = defaultRule.strategy, region = defaultRule.region } = of;
  return {
    id: of.id,
    status: of.status,
    reference: of.reference,
    quantity: of.quantity,
    total: of.total,
    currency,
    allocation,
    region,
    // The answer of a workflow may be one that an older version stored.
    lines: of.lines.map(({ line, product: { id, sku, name }, quantity, returned, unitPrice, lineTotal }, index) => ({
      line: line ?? index + 1,
      product: { id, sku, name },
      quantity,
      returned: returned ?? 0,
      unit_price: unitPrice,
      line_total: lineTotal,
    })),
    reservations: of.reservations.map(presentReservation),
    cancel_reason: of.cancelReason,
    placed_by: of.placedBy,
    expires_at: of.expiresAt,
    created_at: of.createdAt,
    updated_at: of.updatedAt,
    workflow_id: orderWorkflowId(of.id),
  };
}

/** The answer about an order whose outcome is not known yet. */
export function acceptedOrder(id: string): Accepted {
  return { id, status: 'accepted', workflow_id: orderWorkflowId(id) };
}

export const orderPath = z.strictObject({ id: uuid });

const status = z.enum(orderStatuses, otherwise(`must be one of ${orderStatuses.join(', ')}`));

export const orderQuery = z.strictObject({
  ...paging,
  status: commaList(status).optional(),
  product_id: uuid.optional(),
  reference: plainText(limits.reference).optional(),
  min_total: amount.optional(),
  max_total: amount.optional(),
  start_date: rangeStart.optional(),
  end_date: rangeEnd.optional(),
  sort: z.enum(orderSorts).default('-created_at'),
});

export const orderAuditQuery = z.strictObject(paging);

export const transition = z
  .strictObject({ new_status: status, reason: plainText(limits.reason).optional() })
  .meta({ id: 'Transition' });

const orderBody = z.strictObject({
  ...itemFields,
  hold_seconds: holdSeconds.optional(),
  reference: plainText(limits.reference).optional(),
  allocation: allocation.optional(),
  region: region.optional(),
});

/** One product with its quantity, or several items. What comes out has only items, each product once. */
export const newOrder = orderBody
  .superRefine(
    acrossFields((body, refuse) => {
      checkItems(body, refuse);
      checkRegion(body, refuse);
    }),
  )
  .transform((body) => ({
    items: itemsOf(body),
    holdSeconds: body.hold_seconds,
    reference: body.reference ?? null,
    // As they came: a body without them is the same body as before there were any, also to an Idempotency-Key.
    allocation: body.allocation,
    region: body.region,
  }))
  .meta({ id: 'NewOrder', type: 'object', oneOf: itemForms(orderBody), ...nearestNeedsRegion });
