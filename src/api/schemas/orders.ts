import { z } from 'zod';
import { allocationStrategies, defaultRule } from '../../domain/allocation.ts';
import { limits } from '../../domain/limits.ts';
import { cancelReasons, defaultShortagePolicy, shortagePolicies, type Order } from '../../domain/order.ts';
import { orderStatuses } from '../../domain/order-status.ts';
import { orderSorts } from '../../persistence/order-lists.ts';
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
  onShortage,
  otherwise,
  plainText,
  region,
  timestamp,
  uuid,
  waitingSaysHowLong,
  waitSeconds,
  type Refuse,
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
        quantity: z.int().meta({ description: 'Units that it is for: those reserved, or those it waits for.' }),
        ordered_quantity: z.int().meta({ description: 'Units that were asked for.' }),
        reserved_quantity: z.int().meta({ description: 'Units that were reserved for it.' }),
        returned: z.int().meta({ description: 'Units that came back so far.' }),
        unit_price: money,
        line_total: money,
      }),
    ),
    reservations: z.array(reservation),
    cancel_reason: z.enum(cancelReasons).nullable(),
    placed_by: z.string(),
    on_shortage: z.enum(shortagePolicies),
    waiting: z.strictObject({ position: z.int(), until: timestamp }).nullable().meta({
      description: 'Its place in the waiting list, from 1, and how long it waits at most. Null when it does not wait.',
    }),
    rescued_from: z.guid().nullable().meta({ description: 'The expired order that this one takes the place of.' }),
    rescued_by: z.guid().nullable().meta({ description: 'The order that takes the place of this expired one.' }),
    expires_at: timestamp.nullable().meta({ description: 'When its hold ends. Null while it waits.' }),
    created_at: timestamp,
    updated_at: timestamp,
    workflow_id: z.string(),
  })
  .meta({ id: 'Order' });

/** An order, or what the workflow of an older version answered with: that one knew less of it. */
type AnsweredOrder = Omit<Order, LaterField> & Partial<Pick<Order, LaterField>>;

type LaterField = 'allocation' | 'region' | 'onShortage' | 'waiting' | 'rescuedFrom' | 'rescuedBy';

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
    lines: of.lines.map(({ product: { id, sku, name }, quantity, unitPrice, lineTotal, ...line }, index) => ({
      line: line.line ?? index + 1,
      product: { id, sku, name },
      quantity,
      ordered_quantity: line.orderedQuantity ?? quantity,
      reserved_quantity: line.reservedQuantity ?? quantity,
      returned: line.returned ?? 0,
      unit_price: unitPrice,
      line_total: lineTotal,
    })),
    reservations: of.reservations.map(presentReservation),
    cancel_reason: of.cancelReason,
    placed_by: of.placedBy,
    on_shortage: of.onShortage ?? defaultShortagePolicy,
    waiting: of.waiting ?? null,
    rescued_from: of.rescuedFrom ?? null,
    rescued_by: of.rescuedBy ?? null,
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

/** The same for all pages at once. */
export const orderExportQuery = orderQuery.omit({ limit: true, cursor: true });

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
  on_shortage: onShortage.optional(),
  wait_seconds: waitSeconds.optional(),
});

/** Refuses what the fields of waiting do not say of one another: an order waits for one product, and only one that waits says how long. */
function checkWait(body: z.output<typeof orderBody>, refuse: Refuse): void {
  const waits = body.on_shortage === 'wait';
  if (waits && itemsOf(body).length > 1) refuse('on_shortage', 'must not be wait when there are several products');
  if (!waits && body.wait_seconds !== undefined) refuse('wait_seconds', 'must only be there when on_shortage is wait');
}

/** One product with its quantity, or several items. What comes out has only items, each product once. */
export const newOrder = orderBody
  .superRefine(
    acrossFields((body, refuse) => {
      checkItems(body, refuse);
      checkRegion(body, refuse);
      checkWait(body, refuse);
    }),
  )
  .transform((body) => ({
    items: itemsOf(body),
    holdSeconds: body.hold_seconds,
    reference: body.reference ?? null,
    // As they came: a body without them is the same body as before there were any, also to an Idempotency-Key.
    allocation: body.allocation,
    region: body.region,
    onShortage: body.on_shortage,
    waitSeconds: body.wait_seconds,
  }))
  .meta({ id: 'NewOrder', type: 'object', oneOf: itemForms(orderBody), ...nearestNeedsRegion, ...waitingSaysHowLong });
