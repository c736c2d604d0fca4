import { z } from 'zod';
import { movementTypes } from '../../domain/movement.ts';
import type { StockFigures } from '../../domain/stock.ts';
import type { ExplainedMovement, Explanation } from '../../persistence/stock-explanation.ts';
import { asOf, paging } from './queries.ts';
import { timestamp, warehouseCode } from './values.ts';

export const explanationQuery = z.strictObject({
  ...paging,
  warehouse: warehouseCode.optional().meta({ description: 'In this warehouse alone, instead of over all of them.' }),
  at: asOf.optional(),
});

const figures = z
  .strictObject({ total: z.int(), available: z.int(), reserved: z.int() })
  .meta({ id: 'StockFigures', description: 'Units. The total is what is available and what is reserved.' });

/** A reservation of an order moves for the order; both ids are there. */
const cause = z
  .union([
    z.strictObject({ type: z.literal('order'), id: z.guid(), reservation_id: z.guid().nullable() }),
    z.strictObject({ type: z.literal('reservation'), id: z.guid() }),
    z.strictObject({ type: z.literal('transfer'), id: z.guid() }),
    z.strictObject({ type: z.literal('return'), id: z.guid(), order_id: z.guid().nullable() }),
  ])
  .meta({ id: 'MovementCause', description: 'What units moved for. A reservation of an order moves for the order.' });

export const movement = z
  .strictObject({
    id: z.string().regex(/^\d+$/),
    at: timestamp,
    type: z.enum(movementTypes),
    warehouse: z.string(),
    change: figures,
    balance: figures,
    cause: cause.nullable(),
    actor: z.string(),
    reason: z.string().nullable(),
    request_id: z.guid().nullable(),
    workflow_id: z.string().nullable(),
    workflow_url: z.string().nullable(),
  })
  .meta({
    id: 'Movement',
    description:
      'One change of one stock level. `balance` is of what was asked for: the product, or it in one warehouse.',
  });

export const namedProduct = z.strictObject({ id: z.guid(), sku: z.string(), name: z.string() });

export const explanation = z
  .strictObject({
    product: namedProduct,
    warehouse: z.string().nullable(),
    at: timestamp.nullable(),
    since: timestamp.nullable(),
    figures,
    movements: z.array(movement),
  })
  .meta({ id: 'Explanation', description: 'Stock figures by the ledger, and the movements that made them.' });

/** Where workflows can be looked at. */
export interface WorkflowPages {
  /** Of the Temporal Web UI, without a slash at the end. */
  readonly url: string;
  readonly namespace: string;
}

/** What was asked for, beside what was found. */
interface Asked {
  readonly product: { readonly id: string; readonly sku: string; readonly name: string };
  readonly warehouse: string | null;
  readonly at: Date | null;
}

export function presentExplanation(
  of: Explanation,
  { product: { id, sku, name }, warehouse, at }: Asked,
  pages: WorkflowPages | undefined,
): z.output<typeof explanation> {
  return {
    product: { id, sku, name },
    warehouse,
    at: at && at.toISOString(),
    since: of.since,
    figures: presentFigures(of.figures),
    movements: of.movements.items.map((item) => presentMovement(item, pages)),
  };
}

export function presentMovement(of: ExplainedMovement, pages: WorkflowPages | undefined): z.output<typeof movement> {
  const { workflowId } = of;
  return {
    id: of.id,
    at: of.at,
    type: of.type,
    warehouse: of.warehouse,
    change: presentFigures(of.change),
    balance: presentFigures(of.balance),
    cause: causeOf(of),
    actor: of.actor,
    reason: of.reason,
    request_id: of.requestId,
    workflow_id: workflowId,
    workflow_url: workflowUrl(workflowId, pages),
  };
}

function presentFigures({ total, available, reserved }: StockFigures): z.output<typeof figures> {
  return { total, available, reserved };
}

function causeOf({ orderId, reservationId, transferId, returnId }: ExplainedMovement): z.output<typeof cause> | null {
  if (returnId !== null) return { type: 'return', id: returnId, order_id: orderId };
  if (transferId !== null) return { type: 'transfer', id: transferId };
  if (orderId !== null) return { type: 'order', id: orderId, reservation_id: reservationId };
  return reservationId === null ? null : { type: 'reservation', id: reservationId };
}

/** Where a workflow can be looked at; null without one, and where nobody said where the pages are. */
export function workflowUrl(workflowId: string | null, pages: WorkflowPages | undefined): string | null {
  if (workflowId === null || pages === undefined) return null;
  const { url, namespace } = pages;
  return `${url}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}
