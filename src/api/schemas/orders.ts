import { z } from 'zod';
import { limits } from '../../domain/limits.ts';
import { cancelReasons, sumByProduct, type Order, type RequestedItem } from '../../domain/order.ts';
import { orderStatuses } from '../../domain/order-status.ts';
import { orderSorts } from '../../persistence/orders.ts';
import { orderWorkflowId } from '../../workflows/messages.ts';
import type { Accepted } from './accepted.ts';
import { paging, rangeEnd, rangeStart } from './queries.ts';
import { presentReservation, reservation } from './reservations.ts';
import {
  amount,
  commaList,
  holdSeconds,
  jsonSchema,
  money,
  otherwise,
  plainText,
  quantity,
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

export function presentOrder(of: Order, currency: string): z.output<typeof order> {
  return {
    id: of.id,
    status: of.status,
    reference: of.reference,
    quantity: of.quantity,
    total: of.total,
    currency,
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

const item = z.strictObject({ product_id: uuid, quantity });

const orderBody = z.strictObject({
  product_id: uuid.optional(),
  quantity: quantity.optional(),
  items: z.array(item).min(1).max(limits.linesPerOrder).optional(),
  hold_seconds: holdSeconds.optional(),
  reference: plainText(limits.reference).optional(),
});

type OrderBody = z.output<typeof orderBody>;

/** One product with its quantity, or several items. What comes out has only items, each product once. */
export const newOrder = orderBody
  .superRefine((body, context) => {
    const refuse = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message, input: body });
    for (const field of ['product_id', 'quantity'] as const) {
      if (body.items === undefined && body[field] === undefined) refuse(field, 'is required when there are no items');
      if (body.items !== undefined && body[field] !== undefined) refuse(field, 'must not stand beside items');
    }
    const tooMany = (of: readonly { readonly quantity: number }[]) =>
      of.some(({ quantity }) => quantity > limits.quantity);
    // A single quantity that is too large has its own message.
    if (body.items !== undefined && !tooMany(body.items) && tooMany(itemsOf(body))) {
      refuse('items', `must not add up to more than ${limits.quantity} units of one product`);
    }
  })
  .transform((body) => ({
    items: itemsOf(body),
    holdSeconds: body.hold_seconds,
    reference: body.reference ?? null,
  }))
  .meta({
    id: 'NewOrder',
    type: 'object',
    oneOf: [
      jsonSchema(orderBody.omit({ items: true }).required({ product_id: true, quantity: true })),
      jsonSchema(orderBody.omit({ product_id: true, quantity: true }).required({ items: true })),
    ],
  });

function itemsOf({ product_id, quantity, items }: OrderBody): RequestedItem[] {
  const single = product_id === undefined || quantity === undefined ? [] : [{ product_id, quantity }];
  return sumByProduct((items ?? single).map(({ product_id, quantity }) => ({ productId: product_id, quantity })));
}
