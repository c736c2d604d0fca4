import { z } from 'zod';
import { limitNames, type Shortage } from '../../domain/errors.ts';
import { roles } from '../../domain/identity.ts';
import { orderStatuses } from '../../domain/order-status.ts';
import { reservationEndings } from '../../domain/reservation.ts';
import { problems, type ProblemCode } from '../problems.ts';
import { dependencies } from './health.ts';
import { money, timestamp } from './values.ts';

const fieldError = z
  .strictObject({
    path: z
      .string()
      .meta({ description: 'A JSON Pointer into the body, `?name` of a query parameter, or the name of a header.' }),
    message: z.string(),
  })
  .meta({ id: 'FieldError', description: 'One bad field.' });

export const shortage = z
  .strictObject({
    product_id: z.guid(),
    sku: z.string(),
    requested: z.int(),
    available: z.int(),
    waiting: z.int().optional(),
  })
  .meta({ id: 'Shortage', description: 'A product of which there were not enough units.' });

export function presentShortage({
  productId,
  sku,
  requested,
  available,
  waiting,
}: Shortage): z.output<typeof shortage> {
  return { product_id: productId, sku, requested, available, ...(waiting === undefined ? {} : { waiting }) };
}

/** What each problem says beside the members that all have. */
const members: { readonly [Code in ProblemCode]?: z.ZodRawShape } = {
  'validation-failed': { errors: z.array(fieldError).min(1) },
  forbidden: { needed: z.enum(roles), role: z.enum(roles).nullable() },
  'insufficient-stock': { shortages: z.array(shortage).min(1) },
  'invalid-transition': {
    from: z.enum(orderStatuses),
    to: z.enum(orderStatuses),
    allowed: z.array(z.enum(orderStatuses)),
  },
  'reservation-ended': { ended_as: z.enum(reservationEndings) },
  'not-reserved': { order_id: z.guid(), until: timestamp },
  'reservation-expired': {
    order_id: z.guid(),
    expired_at: timestamp,
    refund: money,
    shortages: z.array(shortage),
  },
  'limit-exceeded': { limit: z.enum(limitNames), allowed: z.int(), left: z.int() },
  'belongs-to-order': { order_id: z.guid() },
  'sku-taken': { sku: z.string() },
  'stock-conflict': { total: z.int(), reserved: z.int(), delta: z.int(), warehouse: z.string().optional() },
  'stock-moved': { warehouse: z.string(), expected: z.int(), total: z.int() },
  'code-taken': { warehouse: z.string() },
  'default-warehouse': { warehouse: z.string() },
  'not-delivered': { order_id: z.guid(), order_status: z.enum(orderStatuses) },
  'return-exceeds-delivery': { line: z.int(), delivered: z.int(), returned: z.int(), requested: z.int() },
  'product-inactive': { product_id: z.guid(), sku: z.string() },
  unavailable: { dependencies: dependencies.optional() },
};

/** The shape of a problem with this code (RFC 9457). */
export function problemSchema(code: ProblemCode): z.ZodObject {
  const { status, title, meaning } = problems[code];
  return z
    .strictObject({
      type: z.literal(`/docs/problems#${code}`),
      title: z.literal(title),
      status: z.literal(status),
      detail: z.string().min(1),
      code: z.literal(code),
      request_id: z.guid(),
      ...members[code],
    })
    .meta({ id: `${pascalCase(code)}Problem`, description: meaning });
}

function pascalCase(code: string): string {
  return code.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
