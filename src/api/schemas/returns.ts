import { z } from 'zod';
import { limits } from '../../domain/limits.ts';
import type { Return } from '../../domain/return.ts';
import { returnWorkflowId } from '../../workflows/messages.ts';
import type { Accepted } from './accepted.ts';
import { paging } from './queries.ts';
import { jsonSchema, plainText, quantity, timestamp, uuid, warehouseCode, wholeNumber } from './values.ts';

export const orderReturn = z
  .strictObject({
    id: z.guid(),
    order_id: z.guid(),
    line: z.int(),
    product_id: z.guid(),
    quantity: z.int(),
    restock: z.boolean(),
    warehouse: z.string().nullable(),
    reason: z.string(),
    returned_by: z.string(),
    created_at: timestamp,
    workflow_id: z.string(),
  })
  .meta({ id: 'Return', description: 'Units of a delivered order that came back.' });

export function presentReturn(of: Return): z.output<typeof orderReturn> {
  return {
    id: of.id,
    order_id: of.orderId,
    line: of.line,
    product_id: of.productId,
    quantity: of.quantity,
    restock: of.restock,
    warehouse: of.warehouse,
    reason: of.reason,
    returned_by: of.returnedBy,
    created_at: of.createdAt,
    workflow_id: returnWorkflowId(of.id),
  };
}

/** The answer about a return whose outcome is not known yet. */
export function acceptedReturn(id: string): Accepted {
  return { id, status: 'accepted', workflow_id: returnWorkflowId(id) };
}

export const returnsPath = z.strictObject({ id: uuid });

export const returnPath = z.strictObject({ id: uuid, return_id: uuid });

export const returnsQuery = z.strictObject(paging);

const returnBody = z.strictObject({
  line: wholeNumber(1, limits.linesPerOrder),
  quantity,
  restock: z.boolean(),
  reason: plainText(limits.reason),
  warehouse: warehouseCode.optional(),
});

/** What comes back. Units that cannot be sold again go into no warehouse. */
export const newReturn = returnBody
  .superRefine(({ restock, warehouse }, context) => {
    if (restock || warehouse === undefined) return;
    context.addIssue({
      code: 'custom',
      path: ['warehouse'],
      message: 'must not stand beside restock: false',
      input: warehouse,
    });
  })
  .meta({
    id: 'NewReturn',
    type: 'object',
    oneOf: [
      jsonSchema(returnBody.extend({ restock: z.literal(true) })),
      jsonSchema(returnBody.omit({ warehouse: true }).extend({ restock: z.literal(false) })),
    ],
  });
