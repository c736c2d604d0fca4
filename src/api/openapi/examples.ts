import type { z } from 'zod';
import { problemBody, ProblemError, type ProblemCode } from '../problems.ts';
import { accepted, type Accepted } from '../schemas/accepted.ts';
import { auditEntry } from '../schemas/audit-log.ts';
import { liveness, readiness } from '../schemas/health.ts';
import { newOrder, order, transition } from '../schemas/orders.ts';
import { newProduct, product, productChanges, stockAdjustment } from '../schemas/products.ts';
import { newReservation, reservation } from '../schemas/reservations.ts';
import { explanation } from '../schemas/stock-explanation.ts';

export const exampleRequestId = '6f1c2a52-8f35-4c0e-9d7e-2f6b3f1a9c11';

const productId = '01985b3e-7a10-7c3e-8f5a-0d2a6c1e4b01';
const orderId = '01985b3e-9c42-7f10-a2b7-51c9d3e80f02';
const at = '2026-03-01T09:30:00.000Z';
const until = '2026-03-01T09:40:00.000Z';

const lamp: z.output<typeof product> = {
  id: productId,
  sku: 'LAMP-1',
  name: 'Desk lamp',
  price: '12.50',
  currency: 'EUR',
  active: true,
  total_stock: 100,
  available_stock: 98,
  reserved_stock: 2,
  created_at: at,
  updated_at: at,
};

const held: z.output<typeof reservation> = {
  id: '8d7f3c1a-6f0b-5a52-9c46-2c1f6a0b7e03',
  order_id: orderId,
  product_id: productId,
  quantity: 2,
  expires_at: until,
  is_active: true,
  confirmed: false,
  ended_as: null,
  allocations: [{ warehouse: 'MAIN', quantity: 2 }],
  created_at: at,
};

const placed: z.output<typeof order> = {
  id: orderId,
  status: 'pending',
  reference: 'cart-17',
  quantity: 2,
  total: '25.00',
  currency: 'EUR',
  lines: [
    {
      product: { id: productId, sku: 'LAMP-1', name: 'Desk lamp' },
      quantity: 2,
      unit_price: '12.50',
      line_total: '25.00',
    },
  ],
  reservations: [held],
  cancel_reason: null,
  placed_by: 'anna',
  expires_at: until,
  created_at: at,
  updated_at: at,
  workflow_id: `order-${orderId}`,
};

const entry: z.output<typeof auditEntry> = {
  id: '17',
  actor: 'anna',
  action: 'ORDER_CREATED',
  object_type: 'Order',
  object_id: orderId,
  old_value: null,
  new_value: { status: 'pending', total: '25.00' },
  timestamp: at,
  request_id: exampleRequestId,
  workflow_id: `order-${orderId}`,
};

const explained: z.output<typeof explanation> = {
  product: { id: productId, sku: 'LAMP-1', name: 'Desk lamp' },
  warehouse: null,
  at: null,
  since: at,
  figures: { total: 100, available: 98, reserved: 2 },
  movements: [
    {
      id: '23',
      at,
      type: 'reserved',
      warehouse: 'MAIN',
      change: { total: 0, available: -2, reserved: 2 },
      balance: { total: 100, available: 98, reserved: 2 },
      cause: { type: 'order', id: orderId, reservation_id: held.id },
      actor: 'anna',
      reason: null,
      request_id: exampleRequestId,
      workflow_id: `order-${orderId}`,
      workflow_url: `http://127.0.0.1:8233/namespaces/default/workflows/order-${orderId}`,
    },
  ],
};

const waiting: Accepted = { id: orderId, status: 'accepted', workflow_id: `order-${orderId}` };

const up = { status: 'up', detail: null } as const;

const answers = new Map<z.ZodType, unknown>([
  [product, lamp],
  [order, placed],
  [reservation, held],
  [auditEntry, entry],
  [explanation, explained],
  [accepted, waiting],
  [liveness, { status: 'alive' }],
  [readiness, { status: 'ready', dependencies: { database: up, temporal: up } }],
]);

const bodies = new Map<z.ZodType, Readonly<Record<string, unknown>>>([
  [newProduct, { product: { name: 'Desk lamp', price: '12.50', total_stock: 100, sku: 'LAMP-1' } }],
  [productChanges, { price: { price: '13.00' }, withdrawn: { active: false } }],
  [stockAdjustment, { delivery: { delta: 50, reason: 'delivery 4711' }, loss: { delta: -1, reason: 'broken' } }],
  [
    newOrder,
    {
      'one product': { product_id: productId, quantity: 2, reference: 'cart-17' },
      'several items': { items: [{ product_id: productId, quantity: 2 }], hold_seconds: 600 },
    },
  ],
  [
    transition,
    { confirm: { new_status: 'confirmed' }, cancel: { new_status: 'cancelled', reason: 'changed their mind' } },
  ],
  [newReservation, { reservation: { product_id: productId, quantity: 2, hold_seconds: 600 } }],
]);

const problemMembers: { readonly [Code in ProblemCode]?: Readonly<Record<string, unknown>> } = {
  'validation-failed': {
    errors: [{ path: '/items/0/quantity', message: 'must be a whole number from 1 to 1,000,000' }],
  },
  'insufficient-stock': { shortages: [{ product_id: productId, sku: 'LAMP-1', requested: 200, available: 98 }] },
  'invalid-transition': { from: 'cancelled', to: 'confirmed', allowed: [] },
  'reservation-ended': { ended_as: 'expired' },
  'belongs-to-order': { order_id: orderId },
  'sku-taken': { sku: 'LAMP-1' },
  'stock-conflict': { total: 100, reserved: 2, delta: -99 },
  'stock-moved': { warehouse: 'MAIN', expected: 100, total: 97 },
  'code-taken': { warehouse: 'HAM' },
  'default-warehouse': { warehouse: 'MAIN' },
  'not-delivered': { order_id: orderId, order_status: 'shipped' },
  'return-exceeds-delivery': { line: 1, delivered: 2, returned: 1, requested: 2 },
  'product-inactive': { product_id: productId, sku: 'LAMP-1' },
};

/**
 * An example of what a schema of an answer describes.
 * @throws Error when there is none: every answer in the document has one
 */
export function exampleOf(schema: z.ZodType): unknown {
  if (!answers.has(schema)) throw new Error('An answer has no example in openapi/examples.ts');
  return answers.get(schema);
}

/** Examples of a request body by name. */
export function bodyExamples(schema: z.ZodType): Record<string, { readonly value: unknown }> {
  const examples = bodies.get(schema);
  if (!examples) throw new Error('A request body has no example in openapi/examples.ts');
  return Object.fromEntries(Object.entries(examples).map(([name, value]) => [name.replaceAll(' ', '-'), { value }]));
}

/** A problem as the API would answer with it. */
export function problemExample(code: ProblemCode): Record<string, unknown> {
  const members = problemMembers[code] ?? {};
  return problemBody(new ProblemError(code, 'What went wrong, in a sentence.', { members }), exampleRequestId);
}
